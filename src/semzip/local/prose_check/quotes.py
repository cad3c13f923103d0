"""Quoted words: gone, or no longer the words that were said.

Words that are told without marks are judged by what survives of them: a retelling is no forgery.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from semzip.local.facts.items import Scan
from semzip.local.prose_check.counterparts import ANCHORS
from semzip.local.prose_check.findings import Findings
from semzip.records import Loss

_WORDS = re.compile(r"\w+(?:['’]\w+)?")
_NOT = re.compile(r"not|no|never|none|nothing|nobody|cannot|neither|nor|without|\w+n't")
_SAME = 0.7
"""Share of the words in marks that are those of a quote, from which they quote it."""
_ENOUGH = 0.45
_SPOKEN = 3
"""Words that make a quote more than a term in marks, which is told by no others."""
_BRIEF = 5
"""Words of a quote that must all be kept; a longer one may lose one, by which a phrase was shortened."""
_NEAR = 12
_CLOSE = 3
_AROUND = 4
_WORD = 3
"""Letters of a new word in marks that is more than notation."""


def check(found: Findings) -> None:
    """Report every quote that was lost, changed or made up."""
    pair = found.pair
    for start, end in pair.a.quotes:
        inside = _inside(pair.a, start, end)
        if not inside:
            if " ".join(found.original[start + 1 : end - 1].lower().split()) not in found.compressed_low:
                found.losses.append(Loss("quote", found.original[start:end], start))
            continue
        kept = sum(
            pair.to[i] >= 0 or pair.a.keys[i] in pair.spread or found.near(pair.a.keys[i], i, _NEAR) for i in inside
        )
        gone = kept < _ENOUGH * len(inside) and (len(inside) > 1 or pair.a.keys[inside[0]] not in pair.places)
        alone = all(pair.to[i] < 0 and not found.near(pair.a.keys[i], i, _CLOSE) for i in inside)
        if found.retold and len(inside) == 1 and pair.a.keys[inside[0]] in pair.places:
            lost = False
        elif alone and found.gap(inside[0], inside[-1]):
            lost = True
        elif found.retold:
            at_length = len(inside) > _SPOKEN
            lost = not _told(found, inside) if gone else _changed(found, inside, marked=at_length)
        else:
            lost = gone or len(inside) - kept > (len(inside) > _BRIEF or len(inside) == 1) or _changed(found, inside)
        if lost:
            found.losses.append(Loss("quote", found.original[start:end], start))
    _misquoted(found)
    for start, end in pair.b.quotes:
        inside = _inside(pair.b, start, end)
        new = [
            j for j in inside if pair.back[j] < 0 and pair.b.keys[j] not in found.have and len(pair.b.keys[j]) >= _WORD
        ]
        if (
            len(inside) > 2
            and sum(pair.back[j] >= 0 or pair.b.keys[j] in found.have for j in inside) < _ENOUGH * len(inside)
        ) or (new and len(inside) > 1):
            found.losses.append(Loss("quote", found.compressed[start:end], start, invented=True))


def _misquoted(found: Findings) -> None:
    """Report every quote of which most words are still in marks, but in another order, among new ones, or not denied."""
    known = [_words(found.original[start:end]) for start, end in found.pair.a.quotes]
    as_said = set(map(tuple, known))
    having: dict[str, list[int]] = {}
    for number, said in enumerate(known):
        for word in set(said):
            having.setdefault(word, []).append(number)
    for start, end in found.pair.b.quotes:
        now = _words(found.compressed[start:end])
        best = _likest(now, known, having) if len(now) > 1 and tuple(now) not in as_said else None
        if best is None:
            continue
        said = known[best]
        kept = [word for word in now if word in said]
        denied = [word for word in said if _NOT.fullmatch(word)]
        undone = len(kept) >= _SAME * (len(said) - len(denied)) and any(word not in now for word in denied)
        other = any(len(word) >= _WORD and not any(word[:_WORD] == old[:_WORD] for old in said) for word in now)
        if undone or other or not _in_order(kept, said):
            first, last = found.pair.a.quotes[best]
            found.losses.append(Loss("quote", found.original[first:last], first))


def _likest(now: list[str], known: list[list[str]], having: dict[str, list[int]]) -> int | None:
    """Number of the first of the known quotes that share most words with these, if they are enough to quote it.

    Such a quote has at least one of any words that are more than may be missing, so only those that have one of the
    rarest are compared: `having` says which quotes have a word.
    """
    words = set(now)
    missing = int((1 - _SAME) * len(words)) + 1
    rarest = sorted((len(having.get(word, ())), word) for word in words)[: missing + 1]
    open_ = sorted({number for _, word in rarest for number in having.get(word, ())})
    best = max(open_, key=lambda number: len(words.intersection(known[number])), default=None)
    return None if best is None or len(words.intersection(known[best])) < _SAME * len(words) else best


def _words(text: str) -> list[str]:
    return [word.group().lower().replace("’", "'") for word in _WORDS.finditer(text)]


def _in_order(words: list[str], said: list[str]) -> bool:
    """Whether the words stand in this order in what was said."""
    rest = iter(said)
    return all(word in rest for word in words)


def _inside(items: Scan, start: int, end: int) -> list[int]:
    """The anchors within a span."""
    first, last = bisect_left(items.starts, start), bisect_left(items.starts, end)
    return [at for at in range(first, last) if items.kinds[at] in ANCHORS]


def _in_marks(items: Scan, j: int) -> bool:
    """Whether an item stands in a quote."""
    before = bisect_left(items.quotes, (items.starts[j], 0)) - 1
    return before >= 0 and items.starts[j] < items.quotes[before][1]


def _told(found: Findings, inside: list[int]) -> bool:
    """Whether a retelling has words of its own, in no marks, where what was said at length should be."""
    pair, b = found.pair, found.pair.b
    ends = (found.left[inside[0]], found.right[inside[-1]])
    aims = {pair.to[c] for c in (*ends, *inside) if c >= 0 and pair.to[c] >= 0}
    around = {j for aim in aims for j in range(max(0, aim - _AROUND), min(len(b.keys), aim + _AROUND + 1))}
    own = [j for j in around if found.new(j)]
    if any(_in_marks(b, j) for j in own):
        return False
    return len(inside) >= _SPOKEN and len(own) > 1


def _changed(found: Findings, inside: list[int], *, marked: bool = False) -> bool:
    """Whether a word of the quote was replaced by one that the original does not have, in marks if it must be."""
    pair = found.pair
    for i in inside:
        if pair.to[i] >= 0 or pair.a.keys[i] in pair.spread:
            continue
        left, right = found.left[i], found.right[i]
        low = pair.to[left] if left >= 0 and i - left <= 2 else -1
        high = pair.to[right] if right >= 0 and right - i <= 2 else -1
        if low >= 0 and high >= 0:
            slot = range(low + 1, high) if 0 < high - low <= 3 else range(0)
        elif low >= 0:
            slot = range(low + 1, min(low + 2, len(pair.back)))
        else:
            slot = range(max(0, high - 1), high) if high >= 0 else range(0)
        if any(found.new(j) and (not marked or _in_marks(pair.b, j)) for j in slot):
            return True
    return False
