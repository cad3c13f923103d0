"""What calls cost: dated prices, an upper bound for each call, the estimate before a run, and the budget.

Prices are a table with a date, never a guess: a model that is not in it has no price, and a run with a budget stops
before its first call until `price=` says what the model costs (`Price(0, 0)` for one's own server).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import field, frozen
from attrs.validators import ge, gt, optional

from semzip.errors import BudgetError, ConfigError
from semzip.records import Usage

PRICES_AS_OF = "2026-11-22"
"""The day on which PRICES was written down. Providers change prices: check theirs, and pass `price=` where it differs."""


@frozen
class Price:
    """Dollars per million tokens.

    Args:
        input: Input tokens.
        output: Output tokens.
        cached: Input tokens read from the provider's prompt cache; as `input` by default.
        cache_write: Input tokens written to it; a quarter more than `input` by default.
    """

    input: float = field(converter=float, validator=ge(0.0))
    output: float = field(converter=float, validator=ge(0.0))
    cached: float | None = field(default=None, validator=optional(ge(0.0)))
    cache_write: float | None = field(default=None, validator=optional(ge(0.0)))

    def usd(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0, written_tokens: int = 0) -> float:
        """Dollars for a call; `input_tokens` includes those read from and written to the cache."""
        cached = self.input if self.cached is None else self.cached
        written = 1.25 * self.input if self.cache_write is None else self.cache_write
        plain = input_tokens - cached_tokens - written_tokens
        return (
            plain * self.input + cached_tokens * cached + written_tokens * written + output_tokens * self.output
        ) / 1e6

    def most(self, input_tokens: int, output_tokens: int) -> float:
        """Dollars for a call of at most so many tokens, whatever the cache does with them."""
        dearest = max(
            self.input, self.cached or 0.0, 1.25 * self.input if self.cache_write is None else self.cache_write
        )
        return (input_tokens * dearest + output_tokens * self.output) / 1e6


FREE = Price(0.0, 0.0)

# The longest matching beginning of the model's name decides; dated names ("-20261001") fall under their family.
PRICES: Mapping[str, Price] = {
    "claude-opus-5-5": Price(4.0, 20.0, cached=0.4),
    "claude-sonnet-5-5": Price(2.0, 10.0, cached=0.2),
    "claude-haiku-5-5": Price(0.10, 0.50, cached=0.01),
}


def price_of(model: str) -> Price | None:
    """The price of a model in PRICES, or None. A dot in a version counts as a dash: claude-opus-5.5 is found too."""
    name = model.replace(".", "-")
    return PRICES.get(re.sub(r"-(20\d{6}|20\d\d-\d\d-\d\d|latest)$", "", name))


@frozen
class Budget:
    """The most that a run may spend, over all its resumptions.

    Args:
        usd: Dollars. A call that could exceed them is not made.
    """

    usd: float = field(converter=float, validator=gt(0.0))

    def check(self, chats: Iterable[Any]) -> None:
        """Raise BudgetError if a Chat among `chats` has no price: called before the first call of a run."""
        for chat in chats:
            if hasattr(chat, "price") and chat.price is None:
                raise unknown_price(getattr(chat, "model", chat.id))


def unknown_price(model: str) -> BudgetError:
    """The error that a capped run ends with when nobody knows what a model costs."""
    return BudgetError(
        f"no price is known for {model!r}, so a budget cannot be kept: pass price=Price(input, output) in dollars per "
        f"million tokens (Price(0, 0) for your own server)"
    )


@frozen(kw_only=True)
class StageEstimate:
    """What one stage will take."""

    stage: str
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    usd: float | None
    hours: float


@frozen(kw_only=True)
class Estimate:
    """What a run will take, before anything is spent."""

    stages: tuple[StageEstimate, ...]
    prices_as_of: str = PRICES_AS_OF

    @property
    def usage(self) -> Usage:
        """Tokens and dollars of all stages; `usd` is None where a price is unknown."""
        return sum((Usage(stage.input_tokens, stage.output_tokens, 0, stage.usd) for stage in self.stages), Usage())

    @property
    def calls(self) -> int:
        """Calls of all stages."""
        return sum(stage.calls for stage in self.stages)

    @property
    def hours(self) -> float:
        """Hours: stages overlap, so the model with the most calls decides."""
        hours: dict[str, float] = {}
        for stage in self.stages:
            hours[stage.model] = hours.get(stage.model, 0.0) + stage.hours
        return max(hours.values(), default=0.0)


@frozen(kw_only=True)
class CallShape:
    """One kind of call that a stage makes for each passage: the sums that an estimate is made of.

    Args:
        fixed: Input tokens of the prompt around the texts.
        original: How often the original stands in the input.
        compressed: How often the compressed text stands in the input.
        output: Output tokens that do not depend on the text's length.
        output_share: Output tokens per token of the original.
        times: Calls per passage.
    """

    fixed: int
    original: float = 0.0
    compressed: float = 0.0
    output: int = 0
    output_share: float = 0.0
    times: float = 1.0


@frozen(kw_only=True)
class StagePlan:
    """The calls of a stage, and the model that answers them."""

    stage: str
    model: str
    price: Price | None
    calls: Sequence[CallShape]


def estimate(
    sample: Sequence[int], passages: int, plans: Sequence[StagePlan], *, ratio: float = 0.62, rpm: float = 3000.0
) -> Estimate:
    """Calls, tokens, dollars and hours of each stage, from measured token counts of a sample.

    Args:
        sample: Tokens of some of the passages, at least one.
        passages: Number of passages of the run.
        plans: The stages.
        ratio: Expected compressed tokens / original tokens.
        rpm: Requests per minute that a model's account allows: hours are what the provider's limit leaves.
    """
    if not sample:
        raise ConfigError("an estimate needs at least one passage to measure")
    mean = sum(sample) / len(sample)
    stages: list[StageEstimate] = []
    for plan in plans:
        calls = sum(shape.times for shape in plan.calls) * passages
        entered = sum(s.times * (s.fixed + (s.original + s.compressed * ratio) * mean) for s in plan.calls) * passages
        written = sum(s.times * (s.output + s.output_share * mean) for s in plan.calls) * passages
        usd = None if plan.price is None else plan.price.usd(round(entered), round(written))
        stages.append(
            StageEstimate(
                stage=plan.stage,
                model=plan.model,
                calls=round(calls),
                input_tokens=round(entered),
                output_tokens=round(written),
                usd=usd,
                hours=calls / rpm / 60,
            )
        )
    return Estimate(stages=tuple(stages))
