"""How far judges agree beyond chance: Krippendorff's alpha."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

Metric = Literal["nominal", "interval"]


def krippendorff_alpha(
    units: Sequence[Mapping[str, float]] | Sequence[Sequence[float | None]], metric: Metric = "nominal"
) -> float | None:
    """Krippendorff's alpha: 1 is full agreement, 0 what chance gives, below 0 is worse than chance.

    Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011). Judges may leave pairs out.

    Args:
        units: For each pair the judges' values: by judge, or in a row with None where a judge has none.
        metric: nominal for passed or not (0 and 1), interval for scores.

    Returns:
        Alpha, or None where it is not defined: no pair has two values, or all values are the same.
    """
    totals: Counter[float] = Counter()
    observed = 0.0
    for unit in units:
        row = list(unit.values()) if isinstance(unit, Mapping) else [value for value in unit if value is not None]
        if len(row) < 2:
            continue
        counts = Counter(row)
        totals.update(counts)
        observed += _disagreement(counts, metric) / (len(row) - 1)
    values = sum(totals.values())
    expected = _disagreement(totals, metric) / (values - 1) if values > 1 else 0.0
    return None if expected == 0.0 else 1.0 - observed / expected


def _disagreement(counts: Counter[float], metric: Metric) -> float:
    """Sum over all ordered pairs of values of how far they differ."""
    number = sum(counts.values())
    if metric == "nominal":
        return float(number**2 - sum(count**2 for count in counts.values()))
    total = sum(value * count for value, count in counts.items())
    return 2.0 * (number * sum(value**2 * count for value, count in counts.items()) - total**2)
