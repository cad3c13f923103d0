"""Figures of compressors on the same rows: rates with confidence intervals, per domain, and paired differences.

Intervals are 95 % percentile bootstrap intervals over passages, with a fixed seed. A text that comes back unchanged, or
not at all, counts with ratio 1 and as not passed: a fallback hides nothing here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from semzip._items import Item, Items
from semzip._stream import map_stream
from semzip.prompts import row_texts
from semzip.protocols import Compressor
from semzip.records import GIVEN, Dataset, Domain, Failure, Passage

RESAMPLES = 1_000
SEED = 20_26

Floats = NDArray[np.float64]


@frozen
class Example:
    """One row of an evaluation. `score` is None where nothing was judged."""

    id: str
    domain: Domain
    original_tokens: int
    tokens: int
    passed: bool
    score: float | None = None
    outcome: str = "passed"
    losses: tuple[str, ...] = ()
    text: str = ""


def example(passage_id: str, domain: Domain, original_tokens: int, result: Item) -> Example:
    """What a compressor made of one passage, `result` being judged."""
    if isinstance(result, Failure):
        return Example(passage_id, domain, original_tokens, original_tokens, passed=False, outcome="failed")
    verdict = result.verdict
    if result.unchanged or verdict is None:
        return Example(
            passage_id, domain, original_tokens, original_tokens, passed=False, outcome="unchanged", text=result.text
        )
    return Example(
        passage_id,
        domain,
        original_tokens,
        result.tokens,
        passed=verdict.passed,
        score=verdict.score,
        outcome="passed" if verdict.passed else "rejected",
        losses=tuple(loss.kind for loss in verdict.losses),
        text=result.text,
    )


async def examples(
    passages: Iterable[tuple[Passage, str]], compressor: Compressor | None, items: Items, *, limit: int
) -> list[Example]:
    """What a compressor makes of the passages, judged.

    Args:
        passages: Each with the compression that its dataset row has.
        compressor: What is evaluated; None for the rows' own compressions.
        items: Compresses and judges, and keeps what it did.
        limit: Most passages in flight at once.

    Returns:
        An example for each passage, in the order of their ids.
    """

    async def one(row: tuple[Passage, str]) -> Example:
        passage, short = row
        own = passage.compressed(short, by=f"{GIVEN}dataset")
        pair = own if compressor is None else await items.compress(compressor, passage)
        return example(passage.id, passage.domain, own.original_tokens, await items.judge(pair))

    async with map_stream(one, passages, limit=limit) as done:
        return sorted([row async for row in done], key=lambda row: row.id)


def test_rows(dataset: Dataset) -> list[tuple[Passage, str]]:
    """The passages of the test split, each with its row's compression."""
    rows = [(row["domain"], *row_texts(row["messages"])) for row in dataset.rows("test")]
    return [(Passage(text, domain), short) for domain, text, short in rows]


def compare(arms: Mapping[str, Sequence[Example]]) -> dict[str, Any]:
    """The figures of each arm, and the gain of each other one over "v1": under "gain" that of "v2"."""
    out: dict[str, Any] = {name: figures(rows) for name, rows in arms.items()}
    for name in arms:
        if name != "v1":
            out["gain" if name == "v2" else f"{name}_gain"] = gain(arms["v1"], arms[name])
    return out


def figures(examples: Sequence[Example]) -> dict[str, Any]:
    """Figures of one compressor: overall, each with its interval, and under `domains` per domain.

    Args:
        examples: In a fixed order; the same passages in the same order for every compressor compared.

    Returns:
        `n, pass_rate, ratio, mean_ratio, equivalence`, each rate with `*_low` and `*_high`, the outcomes' counts under
        `outcomes`, and the losses' under `losses`. Rates of no examples are None.
    """
    out = _rates(examples)
    out["outcomes"] = dict(sorted(Counter(row.outcome for row in examples).items()))
    out["losses"] = dict(sorted(Counter(kind for row in examples for kind in row.losses).items()))
    domains = sorted({row.domain for row in examples})
    out["domains"] = {domain: _rates([row for row in examples if row.domain == domain]) for domain in domains}
    return out


def gain(before: Sequence[Example], after: Sequence[Example]) -> dict[str, Any]:
    """How much better `after` is than `before` on the same passages, with paired intervals.

    Returns:
        `ratio` = the ratio of `before` minus that of `after`; `pass_rate` = that of `after` minus that of `before`;
        each with `*_low` and `*_high`; `p_value` of no gain in ratio (share of resamples at or below 0, one-sided).
    """
    if [row.id for row in before] != [row.id for row in after]:
        raise ValueError("the two evaluations are not of the same passages in the same order")
    if not before:
        return {"n": 0, "ratio": None, "pass_rate": None, "p_value": None}
    original = _column(before, lambda row: row.original_tokens)
    saved = _column(before, lambda row: row.tokens) - _column(after, lambda row: row.tokens)
    better = _column(after, lambda row: row.passed) - _column(before, lambda row: row.passed)
    n = len(before)
    ratios = _resampled(n, lambda pick: saved[pick].sum() / original[pick].sum())
    return {
        "n": n,
        **_interval("ratio", float(saved.sum() / original.sum()), ratios),
        **_interval("pass_rate", float(better.mean()), _resampled(n, lambda pick: better[pick].mean())),
        "p_value": round(float((ratios <= 0).mean()), 6),
    }


def _rates(examples: Sequence[Example]) -> dict[str, Any]:
    if not examples:
        return {"n": 0, "pass_rate": None, "ratio": None, "mean_ratio": None, "equivalence": None}
    original = _column(examples, lambda row: row.original_tokens)
    tokens = _column(examples, lambda row: row.tokens)
    passed = _column(examples, lambda row: row.passed)
    each = tokens / np.maximum(original, 1)
    scores = np.array([row.score for row in examples if row.score is not None])
    n = len(examples)
    ratios = _resampled(n, lambda pick: tokens[pick].sum() / original[pick].sum())
    out = {
        "n": n,
        **_interval("pass_rate", float(passed.mean()), _resampled(n, lambda pick: passed[pick].mean())),
        **_interval("ratio", float(tokens.sum() / original.sum()), ratios),
        **_interval("mean_ratio", float(each.mean()), _resampled(n, lambda pick: each[pick].mean())),
    }
    if not len(scores):
        return {**out, "equivalence": None}
    means = _resampled(len(scores), lambda pick: scores[pick].mean())
    return {**out, **_interval("equivalence", float(scores.mean()), means)}


def _column(examples: Sequence[Example], value: Callable[[Example], float]) -> Floats:
    return np.array([value(row) for row in examples], dtype=np.float64)


def _resampled(n: int, statistic: Callable[[NDArray[np.int64]], float]) -> Floats:
    random = np.random.default_rng(SEED)
    return np.array([statistic(random.integers(0, n, size=n)) for _ in range(RESAMPLES)])


def _interval(name: str, value: float, resampled: Floats) -> dict[str, float]:
    low, high = np.percentile(resampled, [2.5, 97.5])
    return {name: round(value, 6), f"{name}_low": round(float(low), 6), f"{name}_high": round(float(high), 6)}
