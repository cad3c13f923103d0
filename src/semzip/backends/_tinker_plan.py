"""What a training run does at each step: which rows, which learning rate. A pure function of the settings, so a resumed run agrees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from attrs import field, frozen

from semzip.records import digest

Schedule = Literal["linear", "cosine"]


@frozen(kw_only=True)
class Plan:
    """Steps of a run. A step takes one batch; the last batch of an epoch may be smaller.

    Args:
        lengths: Trained tokens of each row.
        epochs: Times that each row is seen.
        batch_size: Rows of a step.
        learning_rate: The highest rate, reached at the end of the warm-up.
        warmup_ratio: Share of the steps in which the rate rises.
        schedule: How it falls to 0 afterwards.
        seed: Decides the order of the rows.
    """

    lengths: Sequence[int] = field(repr=False)
    epochs: int
    batch_size: int
    learning_rate: float
    warmup_ratio: float
    schedule: Schedule
    seed: int

    @property
    def steps_per_epoch(self) -> int:
        """Steps until each row was seen once."""
        return math.ceil(len(self.lengths) / self.batch_size)

    @property
    def steps(self) -> int:
        """Steps of the run."""
        return self.epochs * self.steps_per_epoch

    @property
    def warmup(self) -> int:
        """Steps of the warm-up, rounded up."""
        return math.ceil(self.warmup_ratio * self.steps)

    @property
    def tokens(self) -> int:
        """Trained tokens of the run."""
        return self.epochs * sum(self.lengths)

    def rate(self, step: int) -> float:
        """Learning rate of a step; steps count from 1. It rises to the peak in `warmup` steps and falls to 0 after the last."""
        done = step - 1
        if done < self.warmup:
            return self.learning_rate * step / self.warmup
        left = (self.steps - done) / (self.steps - self.warmup)
        if self.schedule == "cosine":
            return self.learning_rate * 0.5 * (1 - math.cos(math.pi * left))
        return self.learning_rate * left

    def batch(self, step: int) -> tuple[int, ...]:
        """Indices of the rows of a step."""
        epoch, part = divmod(step - 1, self.steps_per_epoch)
        first = part * self.batch_size
        return _order(len(self.lengths), self.seed, epoch)[first : first + self.batch_size]


@lru_cache(maxsize=2)
def _order(rows: int, seed: int, epoch: int) -> tuple[int, ...]:
    """The rows in an order that hashes decide: the same on every machine and version."""
    return tuple(sorted(range(rows), key=lambda row: digest(str(seed), str(epoch), str(row))))
