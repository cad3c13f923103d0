"""Data within a budget: the rows, lines and members that matter most, and how many were left out.

What bears on the question comes first, then errors and warnings, then the first and the last, then an even sample.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count

from attrs import frozen

from semzip.local.structure import rows
from semzip.local.structure.cells import Json, NotJsonError, compact, loads

_ALARM = re.compile(
    r"\b(?:error|fatal|critical|exception|traceback|fail(?:ed|ure)?|panic|alert|severe)\b", re.IGNORECASE
)
_WARNING = re.compile(r"\bwarn(?:ing)?\b|[\"_.](?:error|exception)s?\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_FIRST, _LAST = 2, 1
_ROW_LIKE: dict[type, int] = {list: 4, dict: 13}
"""From how many members on those of a list or an object are rows, each of which can be left out."""
_ANY: dict[type, int] = {list: 1, dict: 1}


@frozen
class Unit:
    """One thing that can be left out: its text, its place among its like, and the unit that it is a part of."""

    text: str
    place: int
    siblings: int
    parent: int = -1
    matters: bool = False


def fit(
    text: str, *, budget: int, measure: Callable[[str], int], question: str | None, shorten: Callable[[str], str]
) -> str | None:
    """The most that fits; None where not even one unit does."""
    for units, render in _ways(text):
        order = _order(units, question)
        low, high, best = 1, len(order) - 1, None
        while low <= high:
            middle = (low + high) // 2
            kept = set(order[:middle])
            candidate = f"{shorten(render(kept))}\n… {len(units) - len(kept)} of {len(units)} omitted"
            if measure(candidate) <= budget:
                best, low = candidate, middle + 1
            else:
                high = middle - 1
        if best is not None:
            return best
    return None


def _ways(text: str) -> Iterator[tuple[list[Unit], Callable[[set[int]], str]]]:
    """The units of a text, from coarse to fine, and how to render a choice of them."""
    try:
        value = loads(text)
    except NotJsonError:
        lines = text.rstrip("\n").split("\n")
        if "\n@@ -" in text:
            yield _diff_units(lines), lambda kept: "\n".join([lines[i] for i in sorted(kept)])
        head = 2 if rows.markdown_rows(text) else 1 if "," in lines[0] or "\t" in lines[0] else 0
        units = [Unit(line, i, len(lines) - head) for i, line in enumerate(lines[head:])]
        yield units, lambda kept: "\n".join([*lines[:head], *(lines[head + i] for i in sorted(kept))])
        return
    for fewest in (_ROW_LIKE, _ANY):
        members: list[Unit] = []
        _collect(value, members, -1, fewest)
        if members:
            yield members, partial(_without, value, fewest)


def _diff_units(lines: Sequence[str]) -> list[Unit]:
    """The lines of a diff: those of a hunk are parts of it, and it is a part of its file; context is no better than the rest."""
    units: list[Unit] = []
    file = hunk = -1
    for i, line in enumerate(lines):
        if line.startswith(("diff ", "--- ", "Index: ")) and (not line.startswith("--- ") or hunk >= 0 or file < 0):
            file, hunk = i, -1
            units.append(Unit(line, i, len(lines)))
        elif line.startswith("@@ -"):
            hunk = i
            units.append(Unit(line, i, len(lines), file))
        else:
            changed = hunk >= 0 and line[:1] in {"+", "-"}
            units.append(Unit(line, i, len(lines), hunk if hunk >= 0 else file, matters=changed))
    return units


def _collect(value: Json, units: list[Unit], parent: int, fewest: dict[type, int]) -> None:
    """The members of large lists and objects, outer ones before inner ones of the same branch."""
    if not isinstance(value, dict | list):
        return
    members = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    for place, (key, item) in enumerate(members):
        inner = parent
        if len(value) >= fewest[type(value)]:
            inner = len(units)
            units.append(Unit(f"{key or ''} {compact(item)}", place, len(value), parent))
        _collect(item, units, inner, fewest)


def _without(value: Json, fewest: dict[type, int], kept: set[int]) -> str:
    return compact(_pruned(value, count(), kept, fewest, keep=True))


def _pruned(value: Json, numbers: Iterator[int], kept: set[int], fewest: dict[type, int], *, keep: bool) -> Json:
    """The value without the units that are not kept; counts units as `_collect` does."""
    if not isinstance(value, dict | list):
        return value
    is_unit = len(value) >= fewest[type(value)]
    if isinstance(value, dict):
        members: dict[str, Json] = {}
        for key, item in value.items():
            mine = next(numbers) in kept and keep if is_unit else keep
            inner = _pruned(item, numbers, kept, fewest, keep=mine)
            if mine:
                members[key] = inner
        return members
    items: list[Json] = []
    for item in value:
        mine = next(numbers) in kept and keep if is_unit else keep
        inner = _pruned(item, numbers, kept, fewest, keep=mine)
        if mine:
            items.append(inner)
    return items


def _order(units: Sequence[Unit], question: str | None) -> list[int]:
    """Numbers of units, the most important first; a unit never before the one that it is a part of."""
    asked = {word.lower() for word in _WORD.findall(question or "")}
    found = [asked.intersection(w.lower() for w in _WORD.findall(unit.text)) if asked else asked for unit in units]
    often = Counter(word for words in found for word in words)
    weight = [sum(math.log((len(units) + 1) / often[word]) for word in sorted(words)) for words in found]

    def key(i: int) -> tuple[float, ...]:
        unit = units[i]
        alarm = 2 if unit.matters or _ALARM.search(unit.text) else 1 if _WARNING.search(unit.text) else 0
        edge = unit.place < _FIRST or unit.place >= unit.siblings - _LAST
        return (-weight[i], -alarm, -edge, _spread(unit.place), i)

    order: list[int] = []
    done: set[int] = set()
    for i in sorted(range(len(units)), key=key):
        chain = [i]
        while units[chain[-1]].parent >= 0:
            chain.append(units[chain[-1]].parent)
        for unit in reversed(chain):
            if unit not in done:
                done.add(unit)
                order.append(unit)
    return order


def _spread(place: int) -> float:
    """The van der Corput sequence backwards: places with small values are spread evenly, however many are taken."""
    value, scale = 0.0, 0.5
    while place:
        value += scale * (place & 1)
        place >>= 1
        scale /= 2
    return value


__all__ = ["fit"]
