"""What Tinker charges: list prices with their date, which an argument overrides. A model that is not listed has no price."""

from __future__ import annotations

from attrs import frozen

from semzip.costs import Price

PRICES_DATE = "2026-10-07"
"""Day of the lists below: https://tinker-docs.thinkingmachines.ai/tinker/models/, as api-evangelist transcribed it."""

TRAINING = {"Qwen/Qwen3-8B": 0.44}
"""US dollars per million trained tokens."""

SAMPLING = {"Qwen/Qwen3-8B": Price(0.195, 0.60, cached=0.195)}
"""US dollars per million tokens read and written."""


@frozen(kw_only=True)
class TrainingEstimate:
    """What a training will send to Tinker, counted with the real tokenizer and template.

    Args:
        rows: Training rows.
        left_out: Rows of which truncation leaves no answer.
        steps: Optimizer steps.
        trained_tokens: Tokens in forward and backward passes, over all epochs.
        valid_tokens: Tokens in forward passes that measure the validation loss.
        price_per_million: US dollars per million tokens, taken for both; None if unknown.
        price_date: Day of the list price; empty if it was given.
    """

    rows: int
    left_out: int
    steps: int
    trained_tokens: int
    valid_tokens: int
    price_per_million: float | None
    price_date: str

    @property
    def usd(self) -> float | None:
        """US dollars; None if the price is unknown."""
        if self.price_per_million is None:
            return None
        return (self.trained_tokens + self.valid_tokens) * self.price_per_million / 1e6

    def figures(self) -> dict[str, float]:
        """The counts, and `usd` if the price is known, for `on_step`."""
        counts = {
            "rows": self.rows,
            "left_out": self.left_out,
            "steps": self.steps,
            "trained_tokens": self.trained_tokens,
            "valid_tokens": self.valid_tokens,
        }
        known = {} if self.usd is None else {"usd": self.usd}
        return {name: float(value) for name, value in {**counts, **known}.items()}
