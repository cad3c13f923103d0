"""Who is said to have done what: two names that have exchanged the words that belong to them."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from semzip.local.facts.items import Scan
from semzip.local.prose_check.counterparts import ANCHORS
from semzip.local.prose_check.findings import Findings

_FEW = 3
"""Words that the two together must have handed over."""
_BREATH = 2
_BEHIND = frozenset({"by"})
"""What stands before a name that what precedes belongs to."""
_MORE = 2
"""How many times more words must have changed hands than stayed."""


def check(found: Findings) -> None:
    """Report every two names of which each now owns what was the other's; where nothing moved, none does."""
    pair = found.pair
    if all(one < other for one, other in pairwise(j for j in pair.to if j >= 0)):
        return
    of, by = _owners(pair.a), _owners(pair.b)
    hands: Counter[tuple[str, str]] = Counter()
    for i, j in enumerate(pair.to):
        if j >= 0 and pair.a.kinds[i] != "name" and of[i] >= 0 and by[j] >= 0:
            hands[pair.a.keys[of[i]], pair.b.keys[by[j]]] += 1
    for (one, other), given in sorted(hands.items()):
        if one >= other or one not in pair.places or other not in found.have:
            continue
        back = hands[other, one]
        turned = back and given + back >= _FEW and given + back > _MORE * (hands[one, one] + hands[other, other])
        if turned and not _together(found, one, other):
            for key in (one, other):
                i = found.have[key][0]
                if i not in found.lost:
                    found.lose("attribution", i)
                    found.lose("name", i)


def _together(found: Findings, one: str, other: str) -> bool:
    """Whether the original says two names in one breath somewhere: the director of a house, and the house."""
    return any(abs(i - k) <= _BREATH for i in found.have[one] for k in found.have[other])


def _owners(items: Scan) -> list[int]:
    """For each item the last word of the name before it in its sentence, or else of the first behind it; -1 for none."""
    owners = [-1] * len(items.keys)
    first = 0
    for at in range(1, len(items.keys) + 1):
        if at == len(items.keys) or items.sentences[at] != items.sentences[first]:
            ahead = -1
            for k in range(at - 1, first - 1, -1):
                if items.kinds[k] == "name":
                    ahead = _last(items, k, at)
                owners[k] = ahead
            before = -1
            for k in range(first, at):
                if items.kinds[k] == "name":
                    if items.links[k] in _BEHIND:
                        _give(items, owners, k, first)
                    before = k
                elif before >= 0 and items.kinds[k] in ANCHORS:
                    owners[k] = before
            first = at
    return owners


def _give(items: Scan, owners: list[int], name: int, first: int) -> None:
    """Give the words before a name that stands behind what it owns to that name."""
    owner, k = _last(items, name, len(owners)), name - 1
    while k >= first and items.kinds[k] != "name":
        owners[k] = owner
        k -= 1


def _last(items: Scan, at: int, end: int) -> int:
    """The last word of the name that item `at` belongs to."""
    while at + 1 < end and items.kinds[at + 1] == "name" and not items.links[at + 1]:
        at += 1
    return at
