"""What was cut out of a sentence: content words in a row of which nothing is left there, and names behind a preposition."""

from __future__ import annotations

import re
from collections.abc import Iterator

from semzip.local.prose_check.counterparts import ANCHORS
from semzip.local.prose_check.findings import Findings
from semzip.records import Loss

_REACH = 4
_BESIDE = 3
"""Items around the place of a row among which new words may say it."""
_ROW, _NOTED = 3, 4
"""Content words of a row that are a clause, and in shorthand; in a text with words of its own they may be said anyhow."""
_WITH_FACT = 2
"""Content words of a row that are a clause if a fact is lost with them."""
_ELSEWHERE = 0.5
"""What a word counts that the compressed text has somewhere else."""
_SIGNS, _SHORTHAND = ("|", "→", "∵", "∴", "="), 3
_LONGEST = 80
_PREPOSED = re.compile(r"\b(?:by|from|with|in|at|near)\s(?:the\s)?$", re.IGNORECASE)
_FREE = 10


def check(found: Findings) -> None:
    """Report every row of content words that is gone, less the new words where it stood."""
    if found.retold and not found.lost:
        return
    noted = sum(map(found.compressed.count, _SIGNS)) >= _SHORTHAND
    enough = len(found.original) if found.retold else _NOTED if noted else _ROW
    a = found.pair.a
    told = {loss.where for loss in found.losses if loss.kind == "statement" and not loss.invented}
    for row in _rows(found):
        with_fact = not found.lost.isdisjoint(range(row[0] - 1, row[-1] + 2))
        gone = sum(1.0 if a.keys[i] not in found.pair.places else _ELSEWHERE for i in row)
        least = _WITH_FACT if with_fact else enough
        if gone < least or gone - _anew(found, row) < least:
            continue
        start, end = a.starts[row[0]], a.ends[row[-1]]
        if not any(where is not None and where <= start < where + _LONGEST for where in told):
            what = " ".join(found.original[start:end].split())
            found.losses.append(Loss("statement", what if len(what) <= _LONGEST else what[: _LONGEST - 1] + "…", start))


def _rows(found: Findings) -> Iterator[list[int]]:
    """Content words in a row, each in one sentence, that are gone and not said near their place in another form."""
    for run in _runs(found):
        row: list[int] = []
        for i in run if len(run) >= _WITH_FACT else ():
            if not found.covered(found.pair.a.keys[i], i):
                row.append(i)
            elif row:
                yield row
                row = []
        if row:
            yield row


def _runs(found: Findings) -> Iterator[list[int]]:
    """Content words in a row, each in one sentence, that are gone and not kept near their place."""
    a, to, spread = found.pair.a, found.pair.to, found.pair.spread
    run: list[int] = []
    for i, kind in enumerate(a.kinds):
        if kind not in ANCHORS:
            continue
        gone = to[i] < 0 and a.keys[i] not in spread and not found.near(a.keys[i], i, _REACH)
        if run and not (gone and a.sentences[i] == a.sentences[run[0]]):
            yield run
            run = []
        if gone:
            run.append(i)
    if run:
        yield run


def _anew(found: Findings, row: list[int]) -> int:
    """How many new words the compressed text has about the place of a row; all that it needs where the place is not known."""
    a, pair = found.pair.a, found.pair
    neighbours = (found.left[row[0]], found.right[row[-1]])
    aims = [pair.to[k] for k in neighbours if k >= 0 and a.sentences[k] == a.sentences[row[0]]]
    if not aims:
        return len(row)
    low, high = min(aims), max(aims)
    size = len(row) + _BESIDE
    places = [(low, high)] if high - low <= 2 * size else [(aim - size + _BESIDE, aim + size - _BESIDE) for aim in aims]
    return max(
        sum(found.new(j) for j in range(max(0, first - _BESIDE), min(len(pair.b.keys), last + _BESIDE + 1)))
        for first, last in places
    )


def name_cut_out(found: Findings, first: int, last: int) -> bool:
    """Whether a name behind a preposition is gone with it, and its neighbours stand side by side: 16,000 objects from China."""
    a = found.pair.a
    before = found.original[max(0, a.starts[first] - 12) : a.starts[first]]
    if _PREPOSED.search(before) is None or not found.gap(first, last):
        return False
    if found.original[a.ends[last] - 2 : a.ends[last]] in {"'s", "’s"}:
        return False
    free = [j for k in range(first, last + 1) for j in found.pair.places.get(a.keys[k], ()) if found.pair.back[j] < 0]
    return not any(abs(j - found.pair.to[found.left[first]]) <= _FREE for j in free)
