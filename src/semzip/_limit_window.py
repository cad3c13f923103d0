"""How many requests may be under way at once: what limits one's own server, which announces nothing and rejects nothing."""

from __future__ import annotations

import math
from statistics import median

from attrs import define, field

FIRST = 20
"""Requests under way before anything is known; also the least burst that is saved up while waiting."""

MOST = 1000
"""Requests under way at most: the connections that the SDKs keep."""


@define(eq=False)
class Window:
    """Doubles round by round as long as the answers do not get slower; halves where most requests of a round fail."""

    size: int = field(default=FIRST, init=False)
    under_way: int = field(default=0, init=False)
    _round: list[float] = field(factory=list[float], init=False)
    _failed: int = field(default=0, init=False)
    _best: float = field(default=math.inf, init=False)

    @property
    def full(self) -> bool:
        """Whether no other request may leave."""
        return self.under_way >= self.size

    def answered(self, seconds: float, *, paced: bool) -> None:
        """An answer took so long. Where a known limit sets the pace, slow answers are no reason to send fewer."""
        self._round.append(seconds)
        if len(self._round) < self.size:
            return
        typical = median(self._round)
        self._best = min(self._best, typical)
        if paced or typical <= 2 * self._best:
            self.size = min(MOST, 2 * self.size)
        self._round.clear()
        self._failed = 0

    def failed(self) -> None:
        """A request ended otherwise than by an answer or a 429."""
        self._failed += 1
        if self._failed > max(5, self.size // 2):
            self.size, self._failed = max(1, self.size // 2), 0
            self._round.clear()
