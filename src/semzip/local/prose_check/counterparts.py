"""Where each item of an original stands in its compressed text: by rare words first, then by what stands next to them."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache

from attrs import define

from semzip.local.facts.items import Scan
from semzip.local.facts.terms import WORD

ANCHORS = frozenset({WORD, "name", "number", "date", "identifier", "url"})
"""Kinds that are found again by their key alone; the others mean something only next to these."""
_LETTERS = 6
"""An initialism's at most."""
_APART = frozenset({"northeast", "northwest", "southeast", "southwest"})
"""Words that begin alike, and are no forms of each other."""
_ROUNDS = (2, 8, 40)
"""How many items a repeated word may be off its neighbours' places, in each round."""


@define
class Alignment:
    """Two scans and which item of one is which of the other.

    Args:
        a: The original.
        b: The compressed text.
        to: For each item of the original its item in the compressed text, or -1.
        back: The other way round.
        spread: Keys of the original that an initialism or an abbreviation of the compressed text stands for.
        places: Where the compressed text has each key.
    """

    a: Scan
    b: Scan
    to: list[int]
    back: list[int]
    spread: dict[str, int]
    places: dict[str, list[int]]


def align(a: Scan, b: Scan) -> Alignment:
    """Match items one to one: words by their keys, then values among the words, then abbreviations."""
    places: dict[str, list[int]] = {}
    for j, (kind, key) in enumerate(zip(b.kinds, b.keys, strict=True)):
        if kind in ANCHORS:
            places.setdefault(key, []).append(j)
    sources: dict[str, int] = {}
    anchors = [i for i, kind in enumerate(a.kinds) if kind in ANCHORS]
    for i in anchors:
        key = a.keys[i]
        sources[key] = -1 if key in sources else i
    pair = Alignment(a, b, [-1] * len(a.keys), [-1] * len(b.keys), {}, places)
    _match(pair, [i for i in anchors if a.kinds[i] == WORD], sources)
    _match(pair, anchors, sources)
    _abbreviations(pair, sources)
    _defined(pair)
    return pair


def _match(pair: Alignment, anchors: list[int], sources: dict[str, int]) -> None:
    """Match these items: what is unique in both texts at once, the rest by its neighbours."""
    keys, to = pair.a.keys, pair.to
    rest: set[int] = set()
    for i in anchors:
        found = pair.places.get(keys[i])
        if found is None or to[i] >= 0:
            continue
        if len(found) == 1 and sources[keys[i]] >= 0:
            to[i] = found[0]
            pair.back[found[0]] = i
        else:
            rest.add(i)
    for reach in _ROUNDS:
        if rest:
            rest = _extend(pair, anchors, rest, reach)


def _extend(pair: Alignment, anchors: list[int], waiting: set[int], reach: int) -> set[int]:
    """One round: give each waiting item the nearest free place within `reach` of its neighbours' places."""
    keys, to, back = pair.a.keys, pair.to, pair.back
    density = min(1.0, len(back) / max(1, len(to)))
    following: dict[int, int] = {}
    ahead, at = -1, -1
    for i in reversed(anchors):
        if to[i] >= 0:
            ahead, at = to[i], i
        elif i in waiting:
            following[i] = ahead - max(1, round((at - i) * density)) if ahead >= 0 else -1
    before, at = -1, -1
    left: set[int] = set()
    for i in anchors:
        if to[i] >= 0:
            before, at = to[i], i
        elif i in following:
            found = pair.places[keys[i]]
            place, off = _nearest(found, back, before + max(1, round((i - at) * density)), reach)
            if off and following[i] >= 0:
                other, distance = _nearest(found, back, following[i], off - 1)
                place = other if distance < off else place
            if place < 0:
                left.add(i)
            else:
                to[i] = before = place
                at = i
                back[place] = i
    return left


def _nearest(found: list[int], back: list[int], aim: int, reach: int) -> tuple[int, int]:
    """The free place nearest to `aim`, and how far off it is; -1 if none is within `reach`."""
    best, distance = -1, reach + 1
    at = bisect_left(found, aim)
    for step in (0, -1, 1, -2):
        if 0 <= at + step < len(found):
            place = found[at + step]
            if abs(place - aim) < distance and back[place] < 0:
                best, distance = place, abs(place - aim)
    return best, distance


@lru_cache(maxsize=65536)
def shortens(short: str, long: str) -> bool:
    """Whether `short` abbreviates `long`, or both have the same beginning: mgmt, govt, tech, decoloni(s|z)ation."""
    if short[:1] != long[:1] or len(short) < 2 or short[0] == "#":
        return False
    if " " in short and " " in long:
        return short == long
    size = min(len(short), len(long))
    if size >= 3 and (long.startswith(short) or short.startswith(long)):
        return True
    if size >= 5 and short[:4] == long[:4]:
        return short not in _APART and short[-1:].isdigit() == long[-1:].isdigit() is False
    if len(short) > _LETTERS or len(long) <= len(short) or long.endswith(short):
        return False
    at = 0
    for char in short:
        at = long.find(char, at) + 1
        if at == 0:
            return False
    return len(short) >= 3 or long[-1] == short[-1]


def _abbreviations(pair: Alignment, sources: dict[str, int]) -> None:
    """Match new words of the compressed text with open words of the original that stand about there."""
    a, b, to, back, spread = pair.a, pair.b, pair.to, pair.back, pair.spread
    count = len(a.keys)
    tried: dict[str, bool] = {}
    last = -1
    for j, key in enumerate(b.keys):
        if back[j] >= 0:
            last = back[j]
            continue
        if key in sources or b.kinds[j] not in {WORD, "name", "identifier"} or len(key) < 2 or tried.get(key):
            continue
        ahead = next((back[k] for k in range(j + 1, min(j + 6, len(back))) if back[k] >= 0), -1)
        spans = [(max(0, aim - 12), min(count, aim + 14)) for aim in dict.fromkeys((last, ahead)) if aim >= 0]
        for low, high in spans or [(0, min(count, 30))]:
            found = _expansion(key, a, to, low, high)
            if found:
                tried[key] = True
                for i in found:
                    spread[a.keys[i]] = j
                    if to[i] < 0:
                        to[i] = j
                back[j] = found[0]
                break


def _defined(pair: Alignment) -> None:
    """Words that the original itself introduces an initialism for, as in `neural network (NN)`, survive with that."""
    keys, places, spread = pair.a.keys, pair.places, pair.spread
    for i, link in enumerate(pair.a.links):
        key = keys[i]
        if link == "(" and 2 <= len(key) <= 6 and key in places and i >= len(key):
            span = range(i - len(key), i)
            if "".join(keys[k][:1] for k in span) == key:
                for k in span:
                    spread.setdefault(keys[k], places[key][0])


def _expansion(key: str, a: Scan, to: list[int], low: int, high: int) -> list[int]:
    """The items between `low` and `high` that `key` is short for: one word, or the words whose initials it is made of."""
    keys, kinds = a.keys, a.kinds
    letters = key.replace(".", "").replace("&", "")
    run = _initialled(letters, a, low, high)
    if run and all(kinds[i] == "name" for i in run):
        return run
    for i in range(low, high):
        if to[i] < 0 and kinds[i] in {WORD, "name"} and (shortens(key, keys[i]) or shortens(keys[i], key)):
            return [i]
    return run


def _initialled(letters: str, a: Scan, low: int, high: int) -> list[int]:
    """The first items between `low` and `high` that follow each other and begin with these letters."""
    if not (2 <= len(letters) <= _LETTERS and letters.isalpha()):
        return []
    initials = "".join(a.keys[i][:1] if a.kinds[i] in ANCHORS else " " for i in range(low, high))
    at = initials.find(letters)
    return list(range(low + at, low + at + len(letters))) if at >= 0 else []
