"""Negations, conditions, bounds, directions, quantifiers, units and sources: each beside the words that it governs."""

from __future__ import annotations

from bisect import bisect_left
from types import MappingProxyType

from semzip.local.facts import lexicon
from semzip.local.facts.terms import WORD
from semzip.local.prose_check import additions, amounts, conditions, negations, places
from semzip.local.prose_check.counterparts import ANCHORS
from semzip.local.prose_check.findings import Findings

_ROUNDS = (0, 2, 8)
_SOURCED = frozenset({"according to", "laut", "zufolge"})
_SOURCE, _BESIDE, _AROUND = 3, 3, 4
"""Words of a source, words on either side of it, and items about its place."""
_TIED = frozenset({"negation", WORD})
"""What belongs to words of its own sentence."""
_CLASHES = MappingProxyType({
    "all": frozenset({"some", "few", "most", "many"}), "most": frozenset({"few", "some", "all"}),
    "few": frozenset({"many", "most", "all"}), "many": frozenset({"few", "all"}), "always": frozenset({"some", "few"}),
    "some": frozenset({"all", "always", "most"}),
})  # fmt: skip
"""Quantifiers that cannot stand for each other."""


def check(found: Findings) -> None:
    """Report every sense word that was lost, turned round or added."""
    a, b = found.pair.a, found.pair.b
    spots: dict[tuple[str, str], list[int]] = {}
    fresh = {j for j, kind in enumerate(b.kinds) if kind in places.SENSES}
    for j in sorted(fresh):
        spots.setdefault((b.kinds[j], b.keys[j]), []).append(j)
    waiting = [
        i for i, kind in enumerate(a.kinds) if kind in places.SENSES or (kind == WORD and negations.is_weak(found, i))
    ]
    for reach in _ROUNDS:
        rest: list[int] = []
        for i in waiting:
            if reach > amounts.ADJACENT and a.kinds[i] == "direction":
                rest.append(i)
                continue
            if a.kinds[i] == "bound":
                j = amounts.beside_number(found, i, spots.get(("bound", a.keys[i]), []), fresh)
                if j != amounts.ELSEWHERE:
                    if j >= 0:
                        fresh.discard(j)
                    else:
                        rest.append(i)
                    continue
            sense = ("negation", "no") if a.kinds[i] == WORD else (a.kinds[i], a.keys[i])
            j = _nearest(found, spots.get(sense, []), i, reach, fresh)
            if j < 0:
                rest.append(i)
            else:
                fresh.discard(j)
        waiting = rest
    for i in waiting:
        if a.kinds[i] == WORD:
            negations.check_weak(found, i, fresh)
    waiting = [i for i in waiting if a.kinds[i] != WORD]
    for i in waiting:
        _lost(found, i, fresh, spots)
    for i, kind in enumerate(a.kinds):
        if kind == "attribution" and _unsourced(found, i):
            found.lose(kind, i)
    missed = {i for i in waiting if i in found.lost or i in found.soft}
    additions.check(found, sorted(fresh), missed)


def _unsourced(found: Findings, i: int) -> bool:
    """Whether nothing is left of the source that something is said according to, and what is said survives."""
    a, to = found.pair.a, found.pair.to
    end = i + 1
    while end < len(a.keys) and a.sentences[end] == a.sentences[i] and (end == i + 1 or a.links[end] != ","):
        end += 1
    source = [k for k in range(i + 1, end) if a.kinds[k] in ANCHORS][:_SOURCE]
    if len(source) < 1 + found.retold or found.original[a.starts[i] : a.ends[i]].lower() not in _SOURCED:
        return False
    if any(
        to[k] >= 0 or a.keys[k] in found.pair.spread or found.near(a.keys[k], k, _AROUND) or found.covered(a.keys[k], k)
        for k in source
    ):
        return False
    near = [k for k in range(max(0, i - _BESIDE), min(len(a.keys), end + _BESIDE)) if not i <= k < end]
    kept = [to[k] >= 0 for k in near if a.sentences[k] == a.sentences[i] and a.kinds[k] in ANCHORS]
    return sum(kept) > len(kept) // 2


def _nearest(found: Findings, spots: list[int], i: int, reach: int, fresh: set[int]) -> int:
    """The free place for sense word `i` closest to the words beside it, if within `reach` of touching them."""
    if not spots:
        return -1
    a, b, to, left, right = found.pair.a, found.pair.b, found.pair.to, found.left[i], found.right[i]
    count = len(b.keys)
    if left < 0 and right < 0:
        at = bisect_left(spots, i * count // len(to))
        return next((j for j in spots[max(0, at - 2) : at + 2] if j in fresh), -1)
    low = to[left] if left >= 0 else -1
    high = to[right] if right >= 0 else count
    best, distance = -1, reach + 1
    inside = {b.sentences[to[c]] for c in (left, right) if c >= 0} if a.kinds[i] in _TIED else None
    for aim in (low, high):
        at = bisect_left(spots, aim)
        for j in spots[max(0, at - 2) : at + 2]:
            if j not in fresh or (inside is not None and b.sentences[j] not in inside):
                continue
            if low < j < high and high - low <= 6:
                off = 0
            else:
                off = min(abs(j - low - 1) if left >= 0 else 99, abs(high - 1 - j) if right >= 0 else 99)
                off += (left >= 0 and j < low) or (right >= 0 and j > high)
            if off < distance:
                best, distance = j, off
    return best


def _lost(found: Findings, i: int, fresh: set[int], spots: dict[tuple[str, str], list[int]]) -> None:
    """Blame the loss of sense word `i`, unless its surroundings are gone too or something else says the same."""
    a, b = found.pair.a, found.pair.b
    kind, key = a.kinds[i], a.keys[i]
    place = places.expected(found, i)
    if place is None:
        if kind == "condition" and conditions.clause_gone(found, i):
            found.lose(kind, i)
        else:
            found.soften(i)
        return
    rivals = [
        j for j in range(max(0, place.low - 2), min(len(b.keys), place.high + 3)) if j in fresh and b.kinds[j] == kind
    ]
    left = found.left[i]
    beside = found.pair.to[left] + 1 if kind == "direction" and left == i - 1 >= 0 else len(b.keys)
    if beside < len(b.keys) and b.keys[beside] == lexicon.OPPOSITE.get(key) and b.kinds[beside] == kind:
        found.lose(kind, i)
    elif kind == "unit":
        amounts.check_unit(found, i, fresh, spots)
    elif kind == "bound":
        amounts.check_bound(found, i, [b.keys[j] for j in rivals])
    elif kind == "negation":
        negations.check_lost(found, i, place, fresh)
    elif kind == "condition":
        conditions.check_lost(found, i, place, [b.keys[j] for j in rivals], fresh)
    elif (key == "all" and i and a.kinds[i - 1] == "negation") or any(b.keys[j] == key for j in rivals):
        found.soften(i)
    elif any(b.keys[j] == lexicon.OPPOSITE.get(key) or b.keys[j] in _CLASHES.get(key, ()) for j in rivals):
        found.lose(kind, i)
    else:
        found.soften(i)
