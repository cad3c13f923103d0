"""Where each item of an original stands in its compressed text: by rare words first, then by what stands next to them."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache

from attrs import define

from semzip.local.facts import WORD, Scan

ANCHORS = frozenset({WORD, "name", "number", "date", "identifier", "url"})
"""Kinds that are found again by their key alone; the others mean something only next to these."""
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
    """Match items one to one: unique keys, then equal keys near their neighbours' places, then abbreviations."""
    to, back = [-1] * len(a.keys), [-1] * len(b.keys)
    places: dict[str, list[int]] = {}
    for j, (kind, key) in enumerate(zip(b.kinds, b.keys, strict=True)):
        if kind in ANCHORS:
            places.setdefault(key, []).append(j)
    keys = a.keys
    anchors = [i for i, kind in enumerate(a.kinds) if kind in ANCHORS]
    sources: dict[str, int] = {}
    for i in anchors:
        key = keys[i]
        sources[key] = -1 if key in sources else i
    words = [i for i in anchors if a.kinds[i] == WORD]
    _match(keys, words, places, sources, to, back)
    _match(keys, anchors, places, sources, to, back)
    spread = _abbreviations(a, b, to, back, sources)
    _defined(a, places, spread)
    return Alignment(a, b, to, back, spread, places)


def _match(
    keys: list[str],
    anchors: list[int],
    places: dict[str, list[int]],
    sources: dict[str, int],
    to: list[int],
    back: list[int],
) -> None:
    """Match these items: what is unique in both texts at once, the rest by its neighbours."""
    rest: list[int] = []
    for i in anchors:
        found = places.get(keys[i])
        if found is None or to[i] >= 0:
            continue
        if len(found) == 1 and sources[keys[i]] >= 0:
            to[i] = found[0]
            back[found[0]] = i
        else:
            rest.append(i)
    for reach in _ROUNDS:
        if rest:
            rest = _extend(keys, anchors, places, to, back, rest, reach)


def _extend(
    keys: list[str],
    anchors: list[int],
    places: dict[str, list[int]],
    to: list[int],
    back: list[int],
    rest: list[int],
    reach: int,
) -> list[int]:
    """One round: give each open item the nearest free place within `reach` of its neighbours' places."""
    following: dict[int, int] = {}
    ahead = -1
    waiting = set(rest)
    for i in reversed(anchors):
        if to[i] >= 0:
            ahead = to[i]
        elif i in waiting:
            following[i] = ahead
    before = -1
    left: list[int] = []
    for i in anchors:
        if to[i] >= 0:
            before = to[i]
        elif i in following:
            place = _nearest(places[keys[i]], back, before + 1, following[i] - 1, reach)
            if place < 0:
                left.append(i)
            else:
                to[i] = before = place
                back[place] = i
    return left


def _nearest(found: list[int], back: list[int], after: int, until: int, reach: int) -> int:
    best, distance = -1, reach + 1
    for aim in (after, until):
        if aim < 0:
            continue
        at = bisect_left(found, aim)
        for step in (0, -1, 1, -2):
            if 0 <= at + step < len(found):
                place = found[at + step]
                off = abs(place - aim)
                if off < distance and back[place] < 0:
                    best, distance = place, off
    return best


@lru_cache(maxsize=65536)
def shortens(short: str, long: str) -> bool:
    """Whether `short` abbreviates `long`, or both have the same beginning: mgmt, govt, tech, decoloni(s|z)ation."""
    if short[:1] != long[:1] or len(short) < 2 or short[0] == "#":
        return False
    size = min(len(short), len(long))
    if size >= 3 and (long.startswith(short) or short.startswith(long)):
        return True
    if size >= 5 and short[:4] == long[:4]:
        return True
    if len(short) > 6 or len(long) <= len(short):
        return False
    at = 0
    for char in short:
        at = long.find(char, at) + 1
        if at == 0:
            return False
    return len(short) >= 3 or long[-1] == short[-1]


def _abbreviations(a: Scan, b: Scan, to: list[int], back: list[int], sources: dict[str, int]) -> dict[str, int]:
    """Match new words of the compressed text with open words of the original that stand about there."""
    spread: dict[str, int] = {}
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
    return spread


def _defined(a: Scan, places: dict[str, list[int]], spread: dict[str, int]) -> None:
    """Words that the original itself introduces an initialism for, as in `neural network (NN)`, survive with that."""
    keys = a.keys
    for i, link in enumerate(a.links):
        key = keys[i]
        if link == "(" and 2 <= len(key) <= 6 and key in places and i >= len(key):
            span = range(i - len(key), i)
            if "".join(keys[k][:1] for k in span) == key:
                for k in span:
                    spread.setdefault(keys[k], places[key][0])


def _expansion(key: str, a: Scan, to: list[int], low: int, high: int) -> list[int]:
    """The items between `low` and `high` that `key` is short for: one word, or the words whose initials it is made of."""
    keys, kinds = a.keys, a.kinds
    for i in range(low, high):
        if to[i] < 0 and kinds[i] in {WORD, "name"} and (shortens(key, keys[i]) or shortens(keys[i], key)):
            return [i]
    letters = key.replace(".", "").replace("&", "")
    if 2 <= len(letters) <= 6 and letters.isalpha():
        initials = "".join(keys[i][:1] if kinds[i] in ANCHORS else " " for i in range(low, high))
        at = initials.find(letters)
        if at >= 0:
            return list(range(low + at, low + at + len(letters)))
    return []
