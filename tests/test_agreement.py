from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semzip.agreement import krippendorff_alpha

# The worked example of Krippendorff (2011), section C: four observers, twelve units, missing values.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
UNITS = [list(unit) for unit in zip(*OBSERVERS, strict=True)]


@pytest.mark.parametrize(("metric", "alpha"), [("nominal", 0.743), ("interval", 0.849)])
def test_published_example(metric, alpha):
    assert krippendorff_alpha(UNITS, metric) == pytest.approx(alpha, abs=0.001)


def test_undefined_without_pairs_or_variation():
    assert krippendorff_alpha([]) is None
    assert krippendorff_alpha([[1, None], [0]]) is None
    assert krippendorff_alpha([[1, 1], [1, 1]]) is None


@given(st.lists(st.integers(0, 1), min_size=2).filter(lambda values: len(set(values)) > 1))
def test_judges_that_always_agree_have_one(values):
    assert krippendorff_alpha([{"a": value, "b": value} for value in values]) == pytest.approx(1.0)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2))
def test_alpha_is_at_most_one(rows):
    alpha = krippendorff_alpha([list(row) for row in rows], "interval")
    assert alpha is None or alpha <= 1 + 1e-9
