"""Figures of compressors on the same rows: rates with confidence intervals, by domain, length and judge, and paired gains.

Intervals are 95 % percentile bootstrap intervals over passages, with a fixed seed. A text that comes back unchanged, or
not at all, counts with ratio 1 and as not passed: a fallback hides nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, field, frozen

from semzip._items import Item
from semzip._resampling import Floats, interval, mcnemar_p, permutation_p, resampled_sums
from semzip._tally import counts, dollars, histogram
from semzip.agreement import Said, agreement, by_judge, said
from semzip.prompts import row_texts
from semzip.records import Dataset, Domain, Failure, Passage

BANDS = (100, 200, 500, 1_000)
"""Where one band of original tokens ends and the next begins."""


@frozen
class Example:
    """One row of an evaluation. `score` is None where nothing was judged.

    Args:
        id: Of the passage.
        domain: Of the passage.
        original_tokens: Tokens of the passage.
        tokens: Tokens of what the compressor made of it.
        passed: Whether every judge passed it.
        score: The strictest judge's.
        outcome: passed, rejected, unchanged or failed.
        losses: Kinds of what was lost, one for each loss.
        invented: Kinds of what was invented.
        judges: What each judge said: passed, and the score.
        usd: What compressing and judging it cost; None where a price is unknown.
        text: What the compressor made of it.
    """

    id: str
    domain: Domain
    original_tokens: int
    tokens: int
    passed: bool
    score: float | None = None
    outcome: str = "passed"
    losses: tuple[str, ...] = ()
    invented: tuple[str, ...] = ()
    judges: Said = field(factory=dict[str, tuple[bool, float]])
    usd: float | None = 0.0
    text: str = ""


def example(passage: Passage, original_tokens: int, result: Item, *, even_unchanged: bool = False) -> Example:
    """What a compressor made of one passage.

    Args:
        passage: Of which.
        original_tokens: Its tokens.
        result: The judged pair, or why there is none.
        even_unchanged: The verdict counts for an unchanged text too: a reference that hands out the originals.
    """
    row = Example(passage.id, passage.domain, original_tokens, original_tokens, passed=False, outcome="failed")
    if isinstance(result, Failure):
        return row if result.compression is None else evolve(row, usd=result.compression.usage.usd)
    verdict = result.verdict
    if verdict is None or (result.unchanged and not even_unchanged):
        return evolve(row, outcome="unchanged", text=result.text, usd=result.usage.usd)
    return evolve(
        row,
        tokens=result.tokens,
        passed=verdict.passed,
        score=verdict.score,
        outcome="passed" if verdict.passed else "rejected",
        losses=tuple(loss.kind for loss in verdict.losses if not loss.invented),
        invented=tuple(loss.kind for loss in verdict.losses if loss.invented),
        judges=said(verdict),
        usd=(result.usage + verdict.usage).usd,
        text=result.text,
    )


def held_out(dataset: Dataset, limit: int | None = None) -> list[tuple[Passage, str]]:
    """The passages of the test split, each with its row's compression; the first `limit` by their ids, which are hashes."""
    rows = [(row["domain"], *row_texts(row["messages"])) for row in dataset.rows("test")]
    return sorted(((Passage(text, domain), short) for domain, text, short in rows), key=lambda row: row[0].id)[:limit]


def compare(arms: Mapping[str, Sequence[Example]]) -> dict[str, Any]:
    """The figures of each arm, and the gain of each other one over "v1": under "gain" that of "v2"."""
    out: dict[str, Any] = {name: figures(rows) for name, rows in arms.items()}
    for name in arms:
        if name != "v1":
            out["gain" if name == "v2" else f"{name}_gain"] = gain(arms["v1"], arms[name])
    return out


def figures(examples: Sequence[Example]) -> dict[str, Any]:
    """Figures of one compressor.

    Args:
        examples: In a fixed order; the same passages in the same order for every compressor compared.

    Returns:
        `n, pass_rate, ratio, mean_ratio, equivalence`, each rate with `*_low` and `*_high`, the same under `domains`
        and under `lengths` by original tokens; under `judges` each one's `n, pass_rate, equivalence`; the judges'
        `agreement`; counts of `outcomes`, `losses` and `invented` kinds; `histograms`; and `usd`, what compressing and
        judging cost. Rates of no examples are None.
    """
    domains = sorted({row.domain for row in examples})
    bands = [_band(low) for low in (0, *BANDS)]
    lengths = {band: [row for row in examples if _band(row.original_tokens) == band] for band in bands}
    return {
        **_rates(examples),
        "outcomes": counts(row.outcome for row in examples),
        "losses": counts(kind for row in examples for kind in row.losses),
        "invented": counts(kind for row in examples for kind in row.invented),
        "domains": {domain: _rates([row for row in examples if row.domain == domain]) for domain in domains},
        "lengths": {band: _rates(rows) for band, rows in lengths.items() if rows},
        "judges": by_judge(row.judges for row in examples),
        "agreement": agreement(row.judges for row in examples),
        "histograms": {
            "ratio": histogram(row.tokens / max(row.original_tokens, 1) for row in examples),
            "equivalence": histogram(row.score for row in examples if row.score is not None),
        },
        "usd": dollars(row.usd for row in examples),
    }


def gain(before: Sequence[Example], after: Sequence[Example]) -> dict[str, Any]:
    """How much better `after` is than `before` on the same passages, with paired intervals.

    Returns:
        `ratio` = the ratio of `before` minus that of `after`; `pass_rate` = that of `after` minus that of `before`;
        each with `*_low` and `*_high`. `p_value` is of no difference in ratio (paired permutation of signs, two-sided);
        `pass_rate_p_value` of none in what passes (McNemar, exact, two-sided), of `better` and `worse` passages.
    """
    if [row.id for row in before] != [row.id for row in after]:
        raise ValueError("the two evaluations are not of the same passages in the same order")
    if not before:
        return {"n": 0, "ratio": None, "pass_rate": None, "p_value": None, "pass_rate_p_value": None}
    original = _column(before, lambda row: row.original_tokens)
    saved = _column(before, lambda row: row.tokens) - _column(after, lambda row: row.tokens)
    passes = _column(after, lambda row: row.passed) - _column(before, lambda row: row.passed)
    better, worse = int((passes > 0).sum()), int((passes < 0).sum())
    sums = resampled_sums(np.stack([saved, original, passes]))
    return {
        "n": len(before),
        **interval("ratio", float(saved.sum() / original.sum()), sums[0] / sums[1]),
        **interval("pass_rate", float(passes.mean()), sums[2] / len(before)),
        "p_value": round(permutation_p(saved), 6),
        "better": better,
        "worse": worse,
        "pass_rate_p_value": round(mcnemar_p(better, worse), 6),
    }


def _band(tokens: int) -> str:
    place = int(np.searchsorted(BANDS, tokens, side="right"))
    low = 0 if place == 0 else BANDS[place - 1]
    return f"{low}-{BANDS[place] - 1}" if place < len(BANDS) else f"{low}+"


def _rates(examples: Sequence[Example]) -> dict[str, Any]:
    if not examples:
        return {"n": 0, "pass_rate": None, "ratio": None, "mean_ratio": None, "equivalence": None}
    n = len(examples)
    original = _column(examples, lambda row: row.original_tokens)
    tokens = _column(examples, lambda row: row.tokens)
    passed = _column(examples, lambda row: row.passed)
    each = tokens / np.maximum(original, 1)
    sums = resampled_sums(np.stack([passed, tokens, original, each]))
    out = {
        "n": n,
        **interval("pass_rate", float(passed.mean()), sums[0] / n),
        **interval("ratio", float(tokens.sum() / original.sum()), sums[1] / sums[2]),
        **interval("mean_ratio", float(each.mean()), sums[3] / n),
    }
    scores = np.array([row.score for row in examples if row.score is not None])
    if not len(scores):
        return {**out, "equivalence": None}
    means = resampled_sums(scores[None, :])[0] / len(scores)
    return {**out, **interval("equivalence", float(scores.mean()), means)}


def _column(examples: Sequence[Example], value: Callable[[Example], float]) -> Floats:
    return np.array([value(row) for row in examples], dtype=np.float64)
