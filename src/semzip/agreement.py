"""Judges side by side: what each passes, what they pass together, and how far they agree beyond chance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, Literal

from semzip._tally import share
from semzip.records import Verdict

Metric = Literal["nominal", "interval"]
Said = Mapping[str, tuple[bool, float]]
"""What each judge said of one pair: passed, and the score."""


def said(verdict: Verdict) -> dict[str, tuple[bool, float]]:
    """What each judge behind a verdict said."""
    return {part.judge: (part.passed, part.score) for part in verdict.parts or (verdict,)}


def by_judge(rows: Iterable[Said]) -> dict[str, dict[str, Any]]:
    """Each judge's `n, pass_rate, equivalence` over what it judged."""
    number, passed = Counter[str](), Counter[str]()
    scores = defaultdict[str, float](float)
    for row in rows:
        for judge, (passes, score) in row.items():
            number[judge] += 1
            passed[judge] += passes
            scores[judge] += score
    return {
        judge: {"n": n, "pass_rate": share(passed[judge], n), "equivalence": share(scores[judge], n)}
        for judge, n in sorted(number.items())
    }


def side_by_side(rows: Iterable[Said]) -> list[dict[str, Any]]:
    """For every two judges how many pairs `both` passed, only `one`, only the `other`, and `neither`; `judges` are their ids."""
    found = Counter[tuple[str, str, bool, bool]]()
    for row in rows:
        for one, other in combinations(sorted(row), 2):
            found[one, other, row[one][0], row[other][0]] += 1
    return [
        {
            "judges": [one, other],
            "both": found[one, other, True, True],
            "one": found[one, other, True, False],
            "other": found[one, other, False, True],
            "neither": found[one, other, False, False],
        }
        for one, other in sorted({key[:2] for key in found})
    ]


def agreement(rows: Iterable[Said]) -> dict[str, float | None]:
    """Krippendorff's alpha of a panel's members: on `passed` or not, and on the `score`. Empty without a panel."""
    panels = [row for row in rows if len(row) > 1]
    if not panels:
        return {}
    passed = krippendorff_alpha([{judge: float(each[0]) for judge, each in row.items()} for row in panels])
    score = krippendorff_alpha([{judge: each[1] for judge, each in row.items()} for row in panels], "interval")
    return {name: None if alpha is None else round(alpha, 6) for name, alpha in (("passed", passed), ("score", score))}


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
