"""How sure a figure is: bootstrap intervals, and p-values of paired comparisons. Seeded: the same rows, the same figures.

Sources: percentile bootstrap, Efron and Tibshirani, An Introduction to the Bootstrap (1993); exact test of paired
outcomes, McNemar, Note on the sampling error of the difference between correlated proportions (1947); paired
permutation test by flipped signs, Fisher, The Design of Experiments (1935), which is never 0, as Phipson and Smyth,
Permutation p-values should never be zero (2010), show it must not be.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1_000
FLIPS = 9_999
SEED = 20_26
INTERVAL = (2.5, 97.5)
_BLOCK = 200_000

Floats = NDArray[np.float64]


def resampled_sums(columns: Floats) -> Floats:
    """The columns' sums over resampled rows.

    Args:
        columns: One line a column, of the same n rows each: shape (k, n).

    Returns:
        Shape (k, RESAMPLES).
    """
    width, n = columns.shape
    out = np.empty((width, RESAMPLES))
    draw = np.random.default_rng(SEED)
    block = max(1, _BLOCK // n)
    for start in range(0, RESAMPLES, block):
        picks = draw.integers(0, n, size=(min(block, RESAMPLES - start), n))
        out[:, start : start + block] = columns[:, picks].sum(axis=2)
    return out


def interval(name: str, value: float, resampled: Floats) -> dict[str, float]:
    """`{name, name_low, name_high}`: the value and its 95 % interval, rounded to six digits."""
    low, high = np.percentile(resampled, INTERVAL)
    return {name: round(value, 6), f"{name}_low": round(float(low), 6), f"{name}_high": round(float(high), 6)}


def permutation_p(differences: Floats) -> float:
    """Two-sided p-value of no difference, each row's sign being as likely one as the other.

    Args:
        differences: One for each row, whole numbers, so that sums compare exactly.
    """
    measured = abs(differences.sum())
    draw = np.random.default_rng(SEED)
    block = max(1, _BLOCK // len(differences))
    reached = 0
    for start in range(0, FLIPS, block):
        signs = draw.integers(0, 2, size=(min(block, FLIPS - start), len(differences))) * 2.0 - 1.0
        reached += int((np.abs(signs @ differences) >= measured).sum())
    return (reached + 1) / (FLIPS + 1)


def mcnemar_p(better: int, worse: int) -> float:
    """Exact two-sided p-value that a row that changed is as likely to have become better as worse."""
    changed = better + worse
    tail = sum(math.comb(changed, count) for count in range(min(better, worse) + 1))
    return min(1.0, 2.0 * (tail / (1 << changed)))
