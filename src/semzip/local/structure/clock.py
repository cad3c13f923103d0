"""The times that lines open with: what they share for a while, and what changes from line to line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from attrs import frozen

MARK = "@"
_OPENING = re.compile(r"[\[(<]?(?:[A-Z][a-z]{2},? +){0,2}\d+(?:(?:[-/:.,T_]| {1,2}|[-/][A-Z][a-z]{2}[-/])\d+)*")
_CHANGES = re.compile(r"\d+(?:[:.,]\d+)*")
_DIGITS = re.compile(r"\d+")
_MOST_SHARED = 7


@frozen
class Clock:
    """How many numbers of a time are said where they change, instead of in each line; None where lines open with no time."""

    shared: int | None = None

    @classmethod
    def of(cls, lines: Sequence[str]) -> Clock:
        """The clock that costs least."""
        found = [cls(shared) for shared in range(_MOST_SHARED)]
        openings = [len(opening.group()) if (opening := _OPENING.match(line)) else 0 for line in lines]
        costs: list[tuple[float, int]] = []
        for clock in found:
            times = [
                (time[0], at - len(time[0]))
                for line, at in zip(lines, openings, strict=True)
                if (time := clock.split(line))[1]
            ]
            if len(times) * 2 >= len(lines):
                costs.append((_cost(times), found.index(clock)))
        return found[min(costs)[1]] if costs else cls()

    def split(self, line: str) -> tuple[str, str, str]:
        """What is shared of the time, what changes, and the rest of the line."""
        opening = _OPENING.match(line)
        if opening is None or self.shared is None:
            return "", "", line
        starts = [found.start() for found in _DIGITS.finditer(line, 0, opening.end())]
        changes = _CHANGES.match(line, starts[self.shared]) if self.shared < len(starts) else None
        if changes is None:
            return "", "", line
        return line[: changes.start()], changes.group(), line[changes.end() :]


def _cost(times: Sequence[tuple[str, int]]) -> float:
    """About how many tokens times take: what is shared, wherever it changes, half its letters; of the rest, 1.7 letters are one."""
    changes = sum(one[0] != other[0] for one, other in pairwise(times))
    return (changes + bool(times[0][0])) * (len(times[0][0]) / 2 + 2) + sum(rest for _, rest in times) / 1.7


__all__ = ["MARK", "Clock"]
