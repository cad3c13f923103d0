"""The openings that lines share most: which are worth a letter of their own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from itertools import islice

from semzip.tokens import count_tokens

_PIECE = re.compile(r"\s+|\w+|[^\w\s]")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MOST_PIECES = 14
_MOST_CANDIDATES = 300
_FEWEST_USES = 3
ESTIMATES: tuple[Callable[[str], int], ...] = (
    count_tokens,
    lambda opening: count_tokens(opening.rstrip() or opening),
    lambda opening: count_tokens(opening + "x") - 1,
)
"""What an opening may save: its last blank, or its last letters, can be a token with what follows. Which is right, the result says."""


def openings(lines: Sequence[str], estimate: Callable[[str], int]) -> dict[str, str]:
    """Opening -> letter, the openings that save most tokens first.

    Args:
        lines: The lines that may share openings.
        estimate: One of ESTIMATES.
    """
    uses: Counter[str] = Counter()
    for line, times in Counter(lines).items():
        for piece in islice(_PIECE.finditer(line), _MOST_PIECES):
            uses[line[: piece.end()]] += times
    saved = {
        opening: estimate(opening)
        for opening, _ in sorted(
            ((o, n) for o, n in uses.items() if n >= _FEWEST_USES), key=lambda use: (-use[1] * len(use[0]), use[0])
        )[:_MOST_CANDIDATES]
    }
    members = {opening: [i for i, line in enumerate(lines) if line.startswith(opening)] for opening in saved}
    best = [0] * len(lines)

    def gain(opening: str) -> int:
        worth = saved[opening]
        return sum([worth - best[i] for i in members[opening] if worth > best[i]]) - worth - 3

    # What an opening saves only gets less as others are chosen, so one that still leads after a new count is the best.
    heap = [(-gain(opening), opening) for opening in saved]
    heapify(heap)
    chosen: list[str] = []
    while heap and len(chosen) < len(_LETTERS):
        _, opening = heappop(heap)
        now = gain(opening)
        if now <= 0:
            continue
        if heap and (-now, opening) > heap[0]:
            heappush(heap, (-now, opening))
            continue
        chosen.append(opening)
        for i in members[opening]:
            best[i] = max(best[i], saved[opening])
    return dict(zip(chosen, _LETTERS, strict=False))


def opening_of(line: str, known: dict[str, str]) -> tuple[str, str] | None:
    """The letter of the longest known opening of a line, and the rest of the line."""
    found = max((o for o in known if line.startswith(o)), key=len, default="")
    return (known[found], line[len(found) :]) if found else None
