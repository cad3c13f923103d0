from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples import DIFF, service_log
from semzip import count_tokens
from semzip.local.structure import engine as structure


@pytest.mark.parametrize("ratio", [0.5, 0.2, 0.05, 0.0])
@pytest.mark.parametrize(
    "text",
    [
        service_log(150),
        DIFF,
        json.dumps([{"id": i, "w": f"word {i}"} for i in range(90)]),
        json.dumps({f"k{i}": {"deep": [i] * 20} for i in range(9)}),
    ],
)
def test_a_budget_is_never_exceeded(text: str, ratio: float) -> None:
    budget = int(ratio * count_tokens(text))
    assert count_tokens(structure.fit(text, budget=budget, count=count_tokens)) <= budget


def test_what_is_asked_for_and_errors_are_kept_first() -> None:
    text = json.dumps([{"id": i, "name": f"user{i}", "score": i * i % 17} for i in range(200)])
    assert "user137" in structure.fit(text, budget=80, count=count_tokens, question="What is the score of user137?")
    log = service_log(300)
    short = structure.fit(log, budget=count_tokens(log) // 5, count=count_tokens)
    errors = [line for line in log.split("\n") if " ERROR " in line]
    assert sum(line[17:23] in short for line in errors) == len(errors)
    assert "omitted" in short


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("ab ", min_size=1, max_size=6), min_size=3, max_size=8), st.integers(0, 40))
def test_fit_says_what_it_left_out(names: list[str], budget: int) -> None:
    text = json.dumps([{"name": name, "at": i} for i, name in enumerate(names)])
    short = structure.fit(text, budget=budget, count=count_tokens)
    assert count_tokens(short) <= budget
