"""Prices, estimates and the cap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semzip import ChatJudge
from semzip.backends.anthropic import AnthropicChat
from semzip.backends.openai import OpenAIChat
from semzip.costs import PRICES, Budget, CallShape, Price, StagePlan, again, estimate, plan, price_of
from semzip.errors import ConfigError
from semzip.evaluation import Evaluation
from semzip.local import LocalJudge
from semzip.testing.fakes import FakeChat


def test_price_counts_input_output_and_cache():
    price = Price(2, 10, cached=0.2)
    assert price.usd(1_000_000, 0) == 2
    assert price.usd(0, 1_000_000) == 10
    assert price.usd(1_000_000, 0, 1_000_000) == pytest.approx(0.2)
    assert price.usd(1_000_000, 0, 0, 1_000_000) == 2.5


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0, 1), st.floats(0, 1))
def test_the_most_is_no_less_than_what_it_costs(entered: int, written: int, read: float, kept: float):
    cached = int(entered * read)
    stored = int((entered - cached) * kept)
    price = Price(2, 10, cached=0.2)
    assert price.usd(entered, written, cached, stored) <= price.most(entered, written) + 1e-12


def test_names_with_dates_and_dots_find_their_price_and_others_none():
    model = next(iter(PRICES))
    assert price_of(model) == price_of(model + "-20260901") == price_of(model.replace("5-5", "5.5"))
    assert price_of(model + "-turbo") is None
    assert price_of("my-own-model") is None


@pytest.mark.parametrize("bad", [-1, 0])
def test_a_budget_is_positive(bad: float):
    with pytest.raises(ValueError, match="usd"):
        Budget(usd=bad)


def test_estimate_adds_up_and_the_busiest_model_sets_the_hours():
    plans = [
        StagePlan(
            stage="generate", model="a", price=Price(1, 1), calls=[CallShape(fixed=100, original=1, output_share=0.6)]
        ),
        StagePlan(stage="judge", model="b", price=None, calls=[CallShape(fixed=0, compressed=1, output=10, times=2)]),
    ]
    found = estimate([100, 300], 1000, plans, ratio=0.5, rpm=1000)
    assert [stage.calls for stage in found.stages] == [1000, 2000]
    assert [stage.input_tokens for stage in found.stages] == [300_000, 200_000]
    assert [stage.output_tokens for stage in found.stages] == [120_000, 20_000]
    assert found.stages[0].usd == pytest.approx(0.42)
    assert found.usage.usd is None
    assert found.calls == 3000
    assert found.hours == pytest.approx(2 / 60)


def test_estimate_needs_a_sample():
    with pytest.raises(ConfigError):
        estimate([], 10, [])


def test_long_prompts_cost_more_from_the_providers_bound_on():
    haiku = PRICES["claude-haiku-5-5"]
    assert haiku.usd(100_000, 0) == pytest.approx(0.01)
    assert haiku.usd(100_001, 0) == pytest.approx(0.05, rel=1e-4)
    assert haiku.most(100_001, 10) >= haiku.usd(100_001, 10)


@pytest.mark.parametrize("method", ["tasks", "probes", "verdict"])
def test_the_plans_ten_thousand_pairs_are_judged_for_less_than_it_reckons(method):
    """The plan: Claude and GPT judge 10,000 pairs for $40 to $80; 181 tokens is the mean of its passages."""
    judges = [
        ChatJudge(AnthropicChat("claude-haiku-5-5"), method=method),
        ChatJudge(OpenAIChat("gpt-6-luna"), method=method),
    ]
    plans = [found for judge in judges if (found := plan("judge", judge))]
    evaluated = Evaluation().judged(10_000, controls=0)
    assert evaluated == 500 * 4
    plans += [*again("canary", plans, 0.01), *again("evaluate", plans, evaluated / 10_000)]
    found = estimate([181], 10_000, plans)
    assert found.stages[0].calls == 10_000 * {"tasks": 4, "probes": 2, "verdict": 1}[method]
    assert found.stages[-1].calls == 2_000 * {"tasks": 2, "probes": 1, "verdict": 1}[method]
    assert found.usage.usd is not None
    # Training 10,000 rows of 400 tokens in 3 epochs at $0.44 a million comes to $5.28.
    assert 1 < found.usage.usd < 55 - 6
    assert found.hours < 4


def test_what_pays_nobody_has_no_plan():
    assert plan("judge", LocalJudge()) is None
    assert plan("judge", ChatJudge(FakeChat("x"))) is None
