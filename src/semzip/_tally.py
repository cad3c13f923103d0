"""Counts, sums and histograms as a report has them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

BINS = 20
"""Of a histogram over [0, 1]; the last one holds 1, and what is above."""


def counts(names: Iterable[str]) -> dict[str, int]:
    """How often each name is there, sorted by name."""
    return dict(sorted(Counter(names).items()))


def histogram(values: Iterable[float | None]) -> list[int]:
    """How many values are in each of BINS equal parts of [0, 1]; None counts nowhere."""
    bins = [0] * BINS
    for value in values:
        if value is None:
            continue
        # Rounded first, so that 0.15 is where a reader looks for it, whatever its last bit says.
        bins[min(int(round(value * BINS, 9)), BINS - 1)] += 1
    return bins


def dollars(each: Iterable[float | None]) -> float | None:
    """The sum, in dollars; None if one of them is unknown."""
    known: list[float] = []
    for usd in each:
        if usd is None:
            return None
        if usd:
            known.append(usd)
    return round(math.fsum(known), 6)


def share(part: float, whole: float) -> float | None:
    """`part / whole`, rounded to six digits; None of nothing."""
    return round(part / whole, 6) if whole else None
