"""Numbers, dates, names, identifiers and URLs: gone, replaced, exchanged, or added."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from semzip.local.counterparts import ANCHORS, Alignment
from semzip.local.facts import WORD
from semzip.local.findings import Findings

_CLASS = {"number": "value", "date": "value", "name": "name", "identifier": "code", "url": "code"}
_EQUAL_LINKS = frozenset({"and", "or", ",", "/", "(", "with", "-"})
_VAGUE = frozenset({"one", "first", "once", "half", "second", "double", "eins", "erste", "ersten", "ones", "zero"})


@frozen
class _Group:
    """A run of items that are one fact: the words of a name, the parts of a date."""

    first: int
    last: int


def groups(pair: Alignment) -> Iterator[_Group]:
    """The value facts of the original."""
    a = pair.a
    count = len(a.keys)
    at = 0
    while at < count:
        kind = a.kinds[at]
        if kind not in _CLASS:
            at += 1
            continue
        first = at
        at += 1
        if kind in {"name", "date"}:
            while at < count and a.kinds[at] == kind and not a.links[at] and a.starts[at] - a.ends[at - 1] <= 1:
                at += 1
        yield _Group(first, at - 1)


def check(found: Findings) -> None:
    """Report every value that was lost, replaced, exchanged or invented."""
    moved: list[tuple[_Group, int, int]] = []
    pair, a, to = found.pair, found.pair.a, found.pair.to
    for group in groups(pair):
        first, last = group.first, group.last
        while first <= last and to[first] < 0:
            first += 1
        while last > first and to[last] < 0:
            last -= 1
        if first > last:
            _absent(found, group)
            continue
        if a.kinds[first] == "date" and last - first < group.last - group.first:
            for i in range(group.first, group.last + 1):
                if to[i] < 0 and not found.near(a.keys[i], i, 8):
                    found.lose("date", i)
        if not found.in_place(first, last):
            moved.append((group, first, last))
    _exchanged(found, moved)
    _invented(found)


def _absent(found: Findings, group: _Group) -> None:
    """No part of this value was matched."""
    pair, a = found.pair, found.pair.a
    i = group.first
    kind = a.kinds[i]
    keys = [a.keys[k] for k in range(i, group.last + 1)]
    if any(key in pair.spread for key in keys):
        return
    word = found.original[a.starts[i] : a.ends[i]].lower()
    if not any(key in pair.places for key in keys):
        if word in _VAGUE:
            found.soften(i)
        else:
            for k in range(i, group.last + 1) if kind == "date" else (i,):
                found.lose(kind, k)
        return
    rival = found.occupant(i, group.last, _CLASS)
    if rival >= 0:
        found.lose(kind, i)
        if kind == "name":
            found.lose("attribution", i)
    elif kind in {"number", "date"} and word not in _VAGUE and not any(found.near(key, i, 10) for key in keys):
        found.lose(kind, i)


def _exchanged(found: Findings, moved: list[tuple[_Group, int, int]]) -> None:
    """Two values of a kind, each in the other's place."""
    a, to = found.pair.a, found.pair.to
    loose = {i for group, _, _ in moved for i in range(group.first, group.last + 1)}
    for at, (one, first, last) in enumerate(moved):
        kind = _CLASS[a.kinds[first]]
        for other, start, _ in moved[at + 1 : at + 9]:
            if _CLASS[a.kinds[start]] != kind or a.keys[start] == a.keys[first]:
                continue
            if _interchangeable(found, one, other) or found.turned(first, start):
                continue
            same = found.strain(first, to[first], loose) + found.strain(start, to[start], loose)
            crossed = found.strain(first, to[start], loose) + found.strain(start, to[first], loose)
            if crossed + 0.75 < same and crossed < 0.5 * same:
                found.lose("attribution", first)
                found.lose(a.kinds[first], first)
                found.lose(a.kinds[start], start)
        rival = found.occupant(first, last, _CLASS)
        if rival >= 0 and found.pair.back[rival] < 0:
            found.lose(a.kinds[first], first)


def _interchangeable(found: Findings, one: _Group, other: _Group) -> bool:
    """Whether the two stand side by side in a list, where order says nothing."""
    a = found.pair.a
    return all(
        a.links[i] in _EQUAL_LINKS or a.kinds[i] == "unit" or a.kinds[i] == a.kinds[i - 1] == "name"
        for i in range(one.last + 1, other.first + 1)
    )


def _invented(found: Findings) -> None:
    pair, b = found.pair, found.pair.b
    for j, kind in enumerate(b.kinds):
        if kind not in _CLASS or pair.back[j] >= 0 or b.keys[j] in pair.spread:
            continue
        key = b.keys[j]
        if key in found.have:
            if _CLASS[kind] == "value" and not found.near_source(key, j, 16):
                found.invent(kind, j)
            continue
        if kind == "name" and found.derived(key, j):
            continue
        if _CLASS[kind] == "value" and found.counts(j):
            continue
        found.invent(kind, j)


__all__ = ["ANCHORS", "WORD", "check", "groups"]
