"""What calls cost: dated prices, an upper bound for each call, the estimate before a run, and the budget.

Prices are a table with a date, never a guess: a model that is not in it has no price, and a run with a budget stops
before its first call until `price=` says what the model costs (`Price(0, 0)` for one's own server).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen
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
        long_from: Input tokens beyond which the whole call costs `long_factor` times as much.
        long_factor: That factor.
    """

    input: float = field(converter=float, validator=ge(0.0))
    output: float = field(converter=float, validator=ge(0.0))
    cached: float | None = field(default=None, validator=optional(ge(0.0)))
    cache_write: float | None = field(default=None, validator=optional(ge(0.0)))
    long_from: int | None = None
    long_factor: float = field(default=1.0, validator=ge(1.0))

    def usd(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0, written_tokens: int = 0) -> float:
        """Dollars for a call; `input_tokens` includes those read from and written to the cache."""
        cached = self.input if self.cached is None else self.cached
        plain = input_tokens - cached_tokens - written_tokens
        entered = plain * self.input + cached_tokens * cached + written_tokens * self._written
        return self._factor(input_tokens) * (entered + output_tokens * self.output) / 1e6

    def most(self, input_tokens: int, output_tokens: int) -> float:
        """Dollars for a call of at most so many tokens, whatever the cache does with them."""
        dearest = max(self.input, self.cached or 0.0, self._written)
        return self._factor(input_tokens) * (input_tokens * dearest + output_tokens * self.output) / 1e6

    @property
    def _written(self) -> float:
        return 1.25 * self.input if self.cache_write is None else self.cache_write

    def _factor(self, input_tokens: int) -> float:
        return self.long_factor if self.long_from is not None and input_tokens > self.long_from else 1.0


# By the model's name without its date. From the providers' price pages; what is not here has no price.
PRICES: Mapping[str, Price] = {
    "claude-fable-5-1": Price(10, 50, cached=0.25),
    "claude-haiku-5-5": Price(0.10, 0.50, cached=0.01, long_from=100_000, long_factor=5),
    "claude-opus-5": Price(5, 25, cached=0.5),
    "claude-opus-5-5": Price(4, 20, cached=0.2),
    "claude-sonnet-5": Price(2, 10, cached=0.2),
    "claude-sonnet-5-5": Price(2, 10, cached=0.1),
    "gpt-5-4": Price(2.5, 15, cached=0.25, long_from=270_000, long_factor=2),
    "gpt-5-4-mini": Price(0.75, 4.5, cached=0.075),
    "gpt-5-4-nano": Price(0.2, 1.25, cached=0.02),
    "gpt-5-5": Price(5, 30, cached=0.5, long_from=270_000, long_factor=2),
    "gpt-5-6-luna": Price(0.2, 1.2, cached=0.02, long_from=270_000, long_factor=2),
    "gpt-6-luna": Price(0.1, 0.5, cached=0.01, long_from=270_000, long_factor=2),
    "gpt-6-sol": Price(2, 10, cached=0.2, long_from=270_000, long_factor=2),
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
    """What one stage will take; `usd` and `hours` are None where unknown."""

    stage: str
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    usd: float | None
    hours: float | None


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
            hours[stage.model] = hours.get(stage.model, 0.0) + (stage.hours or 0.0)
        return max(hours.values(), default=0.0)


@frozen(kw_only=True)
class CallShape:
    """One kind of call that a stage makes for each passage: what an estimate is made of.

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
    """The calls of a stage, and the model that answers them.

    Args:
        stage: generate, judge, canary or evaluate.
        model: The model's name.
        price: Its price.
        calls: For each passage.
        thinking: Output tokens that the model spends on thinking in each call, on average.
    """

    stage: str
    model: str
    price: Price | None
    calls: Sequence[CallShape]
    thinking: int = 0


THINKING = 250
"""Tokens of thinking that an estimate counts for each call to a model that thinks; measured ones replace it in a run."""


def plan(stage: str, part: Any) -> StagePlan | None:
    """The calls that a compressor or judge makes for each passage; None for one that pays nobody.

    Args:
        stage: Where it works: generate, judge or evaluate.
        part: A ChatCompressor, a ChatJudge, or what has `chat` and `shapes` as they have.
    """
    chat: Any = getattr(part, "chat", None)
    shapes: Sequence[CallShape] | None = getattr(part, "shapes", None)
    if shapes is None or not hasattr(chat, "price"):
        return None
    thinking = THINKING if getattr(chat, "headroom", 0) else 0
    return StagePlan(stage=stage, model=chat.model, price=chat.price, calls=shapes, thinking=thinking)


def again(stage: str, plans: Iterable[StagePlan], times: float) -> list[StagePlan]:
    """What it costs to judge other compressions of the same passages: calls on the originals alone are paid already.

    Args:
        stage: What they are judged for: canary, evaluate.
        plans: Of the judges.
        times: Other compressions per passage.
    """
    if not times:
        return []
    return [
        evolve(
            each,
            stage=stage,
            calls=[evolve(shape, times=times * shape.times) for shape in each.calls if shape.compressed],
        )
        for each in plans
    ]


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
    for each in plans:
        calls = entered = written = usd = 0.0
        for shape in each.calls:
            times = shape.times * passages
            one_in = round(shape.fixed + (shape.original + shape.compressed * ratio) * mean)
            one_out = round(shape.output + shape.output_share * mean + each.thinking)
            calls, entered, written = calls + times, entered + times * one_in, written + times * one_out
            usd += times * each.price.usd(one_in, one_out) if each.price else 0.0
        stages.append(
            StageEstimate(
                stage=each.stage,
                model=each.model,
                calls=round(calls),
                input_tokens=round(entered),
                output_tokens=round(written),
                usd=usd if each.price else None,
                hours=calls / rpm / 60,
            )
        )
    return Estimate(stages=tuple(stages))
