"""What a compressed prose text lost or invented: every fact must stand where its surviving neighbours stand.

A fact is blamed only on evidence: its value is gone from the whole text, or the words around it survived and it is not
among them, or something else stands in its place.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from semzip.local.facts.items import Scan
from semzip.local.facts.openers import is_german
from semzip.local.facts.reading import scan
from semzip.local.facts.terms import WORD
from semzip.local.prose_check import also, clauses, contraries, owners, quotes, senses, values
from semzip.local.prose_check.counterparts import ANCHORS, Alignment, align
from semzip.local.prose_check.findings import Findings
from semzip.records import Loss

_DETAIL = 0.08
_GONE = 0.2
_DENSE = 0.7
_BORROWED = 0.6
_HINT = 0.2
_UNTOLD = 0.6
_CLOSE = 6
_ANEW = 0.5
"""What a word of a retelling's own counts for those that it may stand for."""
_CLOSE_BY = 3
_NEW = 0.25
_OPENING = 1500
"""Characters that tell the language."""
_FORMULAS = ("see ", "cf", "kind regards", "best regards", "regards", "yours ", "dear ", "thank", "hello")
"""Sentences that tell nothing begin so."""
_HALF = 0.6
_RESTATED = 0.5
"""A sentence of which less is kept is told no more, unless new words may tell it."""
_SURE = 2.0
_SHORT = 4
_BENEFIT = 0.8
"""What a text is granted beyond its own facts, so that a short one does not fail by two reworded words."""


def compare(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]]:
    """Compare two prose texts.

    Args:
        original: The text as it was.
        compressed: The text to be checked.

    Returns:
        The weighted share of facts and content words that survive, in [0, 1], and what was lost or invented, in the
        order of the original.
    """
    if not compressed.strip():
        return (0.0, (Loss("statement", _shown(original), 0),)) if original.strip() else (1.0, ())
    if original.split() == compressed.split():
        return 1.0, ()
    german = is_german(original[:_OPENING]) or is_german(compressed[:_OPENING])
    found = Findings(original, compressed, align(scan(original, german=german), scan(compressed, german=german)))
    values.check(found)
    owners.check(found)
    senses.check(found)
    contraries.check(found)
    quotes.check(found)
    _statements(found)
    clauses.check(found)
    also.check(found)
    score = _score(found)
    losses = sorted(dict.fromkeys(found.losses), key=lambda loss: (loss.invented, loss.where or 0, loss.kind))
    return score, tuple(losses)


@lru_cache(maxsize=512)
def compare_part(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]]:
    """`compare` of docstrings and comments, which compressing asks first and checking again."""
    return compare(original, compressed)


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:79] + "…"


def _statements(found: Findings) -> None:
    """Sentences of which next to nothing survives, and sentences made of what the original does not have."""
    pair = found.pair
    shares = list(_shares(found))
    sure = sorted(share for _, _, share, _ in shares if share < _SURE)
    usual = sure[len(sure) // 2] if sure else 1.0
    enough = _GONE + max(0.0, usual - _DENSE)
    blamed = sorted(found.lost)
    extract = all(i >= 0 or key in found.have for i, key in zip(pair.back, pair.b.keys, strict=True))
    for first, last, share, kept in shares:
        told = bisect_left(blamed, first)
        wrong = told < len(blamed) and blamed[told] < last
        if share < enough or (extract and _cut(found, first, last, kept)) or (wrong and kept < _HALF):
            what = _shown(found.original[pair.a.starts[first] : pair.a.ends[last - 1]])
            if not what.lower().startswith(_FORMULAS):
                found.losses.append(Loss("statement", what, pair.a.starts[first]))
    for first, last in _sentences(pair.b):
        inside = [j for j in range(first, last) if pair.b.kinds[j] in ANCHORS]
        if len(inside) < _SHORT:
            continue
        hits = sum(1 if pair.back[j] >= 0 else 0.5 * (pair.b.keys[j] in found.have) for j in inside)
        if hits <= _NEW * len(inside):
            what = _shown(found.compressed[pair.b.starts[first] : pair.b.ends[last - 1]])
            found.losses.append(Loss("statement", what, pair.b.starts[first], invented=True))


def _cut(found: Findings, first: int, last: int, kept: float) -> bool:
    """Whether of a sentence with more than a few words less is kept than what would restate it."""
    if kept >= _RESTATED:
        return False
    return sum(kind in ANCHORS for kind in found.pair.a.kinds[first:last]) > _SHORT and not _heading(found, first)


def _shares(found: Findings) -> Iterator[tuple[int, int, float, float]]:
    """First and last of each sentence of the original, the share of it that survives together, and the same unweighted.

    The first share is _SURE for a sentence too short to say, or of which every value survives.
    """
    pair, have = found.pair, found.have
    a, to = pair.a, pair.to
    owners = _owners(pair)
    for first, last in _sentences(a):
        sentence = a.sentences[first]
        inside = [i for i in range(first, last) if a.kinds[i] in ANCHORS]
        placed = [to[i] for i in inside if to[i] >= 0]
        beside = {k for one, two in pairwise(placed) if abs(one - two) <= 2 for k in (one, two)}
        hits, told, rare, sure = 0.0, {True: 0, False: 0}, 0, 0
        for i in inside:
            place, key = to[i], a.keys[i]
            own = place >= 0 and (place in beside or sentence in owners[pair.b.sentences[place]])
            unique = place >= 0 and len(have[key]) == 1
            if a.kinds[i] != WORD:
                told[own] += 1
                sure += unique
            rare += own and unique
            if place >= 0:
                hits += 1 if own else _BORROWED
            elif key in pair.spread:
                hits += _BORROWED
            elif found.near(key, i, _CLOSE):
                hits += _HINT
        if found.retold and placed:
            hits += _ANEW * min(len(inside) - hits, _own_words(found, placed))
        kept = hits / len(inside) if len(inside) > 1 else 1.0
        short = len(inside) <= _SHORT and ((rare > 0 and told[False] == 0) or sure == told[True] + told[False] > 0)
        if len(inside) < 3 or short or (told[True] > 0 and told[False] == 0 and hits >= 2) or _heading(found, first):
            yield first, last, _SURE, kept
        elif told[False] > 0 and told[True] == 0 and not found.lost.isdisjoint(range(first, last)):
            yield first, last, _UNTOLD * kept, kept
        else:
            yield first, last, kept, kept


def _own_words(found: Findings, placed: list[int]) -> int:
    """How many words of its own a retelling has around what it keeps of a sentence."""
    count = len(found.pair.back)
    around = {j for k in placed for j in range(max(0, k - _CLOSE_BY), min(count, k + _CLOSE_BY + 1))}
    return sum(found.new(j) for j in around)


def _heading(found: Findings, first: int) -> bool:
    """Whether a sentence is a heading: its words are those of the text below it."""
    start = found.pair.a.starts[first]
    line = found.lines[bisect_right(found.lines, start) - 1]
    return found.original[line:start].strip()[:1] in {"#", "="}


def _owners(pair: Alignment) -> dict[int, set[int]]:
    """For each sentence of the compressed text the sentences of the original that most of it comes from."""
    counts: dict[int, dict[int, int]] = {}
    for j, i in enumerate(pair.back):
        if i >= 0:
            shares = counts.setdefault(pair.b.sentences[j], {})
            shares[pair.a.sentences[i]] = shares.get(pair.a.sentences[i], 0) + 1
    return {
        sentence: {source for source, share in shares.items() if 2 * share >= max(shares.values())}
        for sentence, shares in counts.items()
    }


def _sentences(items: Scan) -> Iterator[tuple[int, int]]:
    """First item of each sentence, and one past its last."""
    first = 0
    for at in range(1, len(items.keys) + 1):
        if at == len(items.keys) or items.sentences[at] != items.sentences[first]:
            yield first, at
            first = at


def _score(found: Findings) -> float:
    """The weighted share of what survives; adds the lost details to the losses."""
    a, to, places, spread = found.pair.a, found.pair.to, found.pair.places, found.pair.spread
    total = kept = 0.0
    for i, (kind, key) in enumerate(zip(a.kinds, a.keys, strict=True)):
        weight = _DETAIL if kind == WORD else 1.0
        total += weight
        gone = to[i] < 0 and kind in ANCHORS and key not in places and key not in spread
        if i in found.soft or (gone and i not in found.lost):
            found.losses.append(Loss("detail", found.original[a.starts[i] : a.ends[i]], a.starts[i]))
            kept += weight - _DETAIL
        elif i not in found.lost:
            kept += weight
    return (kept + _BENEFIT) / (total + _BENEFIT) if total else 1.0
