from __future__ import annotations

import pytest

from semzip import evaluate
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
        one = evaluate.example(passage.id, "nl", 4, result)
        assert (one.tokens, one.passed, one.score, one.outcome) == (4, False, None, outcome)


def test_a_rejected_text_counts_with_its_ratio_and_its_losses() -> None:
    passage = Passage("one two three four")
    verdict = Verdict(score=0.4, passed=False, losses=(Loss("number", "three"),))
    one = evaluate.example(passage.id, "nl", 4, passage.compressed("one two", by="x", verdict=verdict))
    assert (one.tokens, one.passed, one.score, one.losses) == (2, False, 0.4, ("number",))


def test_a_gain_is_paired() -> None:
    wide = [20, 40, 60, 80, 100] * 40
    better = evaluate.gain(rows(wide), rows([count - 3 for count in wide]))
    assert better["ratio"] == 0.03
    assert better["ratio_low"] == better["ratio_high"] == 0.03
    assert better["p_value"] == 0.0
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
