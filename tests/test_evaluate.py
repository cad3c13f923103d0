from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from semzip import evaluate
from semzip._resampling import mcnemar_p, permutation_p
from semzip.evaluate import Example
from semzip.records import Failure, Loss, Passage, Verdict


def rows(tokens: list[int], *, passed: bool = True, original: int = 100) -> list[Example]:
    return [
        Example(f"{number:03d}", "nl", original, count, passed=passed, score=0.9) for number, count in enumerate(tokens)
    ]


def test_a_sum_is_sum_over_sum_and_a_mean_is_a_mean() -> None:
    examples = [
        Example("a", "nl", 100, 50, passed=True, score=1.0),
        Example("b", "code", 300, 270, passed=False, score=0.5),
    ]
    figures = evaluate.figures(examples)
    assert figures["ratio"] == 0.8
    assert figures["mean_ratio"] == 0.7
    assert figures["pass_rate"] == 0.5
    assert figures["equivalence"] == 0.75
    assert figures["domains"]["code"]["ratio"] == 0.9
    assert figures["ratio_low"] <= figures["ratio"] <= figures["ratio_high"]


def test_unchanged_and_failed_texts_count_with_ratio_one_and_as_not_passed() -> None:
    passage = Passage("one two three four")
    unchanged = passage.compressed(passage.text, by="x", verdict=Verdict(score=1.0, passed=True))
    failed = Failure(passage_id=passage.id, stage="generate", error="ReplyError", message="")
    for result, outcome in ((unchanged, "unchanged"), (failed, "failed")):
        one = evaluate.example(passage, 4, result)
        assert (one.tokens, one.passed, one.score, one.outcome) == (4, False, None, outcome)


def test_a_rejected_text_counts_with_its_ratio_and_its_losses() -> None:
    passage = Passage("one two three four")
    verdict = Verdict(score=0.4, passed=False, losses=(Loss("number", "three"),))
    one = evaluate.example(passage, 4, passage.compressed("one two", by="x", verdict=verdict))
    assert (one.tokens, one.passed, one.score, one.losses) == (2, False, 0.4, ("number",))


def test_a_gain_is_paired() -> None:
    wide = [20, 40, 60, 80, 100] * 40
    better = evaluate.gain(rows(wide), rows([count - 3 for count in wide]))
    assert better["ratio"] == 0.03
    assert better["ratio_low"] == better["ratio_high"] == 0.03
    assert better["p_value"] == 0.0001
    none = evaluate.gain(rows(wide), rows(wide))
    assert (none["ratio"], none["ratio_low"], none["p_value"]) == (0.0, 0.0, 1.0)


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    import random

    draw = random.Random(5)
    inside = 0
    for _ in range(40):
        figures = evaluate.figures(rows([draw.choice([40, 80]) for _ in range(60)]))
        inside += figures["ratio_low"] <= 0.6 <= figures["ratio_high"]
    assert inside >= 34


def test_other_passages_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="not of the same passages"):
        evaluate.gain(rows([1, 2]), rows([1]))


def test_no_examples_have_no_rates() -> None:
    assert evaluate.figures([])["pass_rate"] is None
    assert evaluate.gain([], [])["ratio"] is None


def test_a_gain_counts_what_became_better_and_worse() -> None:
    before = rows([50] * 6, passed=False) + rows([50] * 2)
    after = rows([50] * 8)
    one = evaluate.gain(
        [evolve(row, id=str(n)) for n, row in enumerate(before)],
        [evolve(row, id=str(n)) for n, row in enumerate(after)],
    )
    assert (one["better"], one["worse"], one["pass_rate"]) == (6, 0, 0.75)
    assert one["pass_rate_p_value"] == round(2 / 2**6, 6)


@pytest.mark.parametrize(("better", "worse", "p"), [(0, 0, 1.0), (5, 5, 1.0), (10, 0, 2 / 1024), (1, 8, 20 / 512)])
def test_mcnemar_is_a_binomial_tail(better: int, worse: int, p: float) -> None:
    assert mcnemar_p(better, worse) == pytest.approx(p)


def test_a_permutation_of_signs_counts_the_sums_that_reach_the_measured_one() -> None:
    # Of the 2^3 sums of ±1 ±2 ±4 two reach 7.
    assert permutation_p(np.array([1.0, 2.0, 4.0])) == pytest.approx(0.25, abs=0.02)
    assert permutation_p(np.zeros(5)) == 1.0


def test_lengths_judges_and_histograms_count_every_example_once() -> None:
    examples = [
        Example(str(n), "nl", 40 * n + 1, 20 * n + 1, passed=n % 3 > 0, score=n / 40, judges={"a": (n % 3 > 0, n / 40)})
        for n in range(40)
    ]
    found = evaluate.figures(examples)
    assert sum(band["n"] for band in found["lengths"].values()) == 40
    assert list(found["lengths"]) == ["0-99", "100-199", "200-499", "500-999", "1000+"]
    assert sum(found["histograms"]["ratio"]) == sum(found["histograms"]["equivalence"]) == 40
    assert found["judges"] == {"a": {"n": 40, "pass_rate": 0.65, "equivalence": 0.4875}}


def test_what_it_cost_is_unknown_where_one_price_is() -> None:
    known = Example("a", "nl", 10, 5, passed=True, usd=0.25)
    assert evaluate.figures([known, known])["usd"] == 0.5
    assert evaluate.figures([known, evolve(known, usd=None)])["usd"] is None
