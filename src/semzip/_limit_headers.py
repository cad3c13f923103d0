"""What a provider's headers say of its limits, and how many tokens they leave."""

from __future__ import annotations

import math
from collections.abc import Mapping

from attrs import define, field

_TOKEN_LIMITS = ("tokens", "input-tokens", "output-tokens")


@define(eq=False)
class _Bucket:
    """A limit in tokens per second, as the headers tell it; full, it holds a minute's worth."""

    rate: float
    level: float
    at: float

    def now(self, time: float) -> float:
        return min(self.rate * 60, self.level + self.rate * (time - self.at))


@define(eq=False)
class Tokens:
    """The limits in tokens that headers have announced."""

    _buckets: dict[str, _Bucket] = field(factory=dict[str, _Bucket], init=False)

    def take(self, cost: Mapping[str, float], now: float) -> None:
        """A request of this cost leaves."""
        for name, bucket in self._buckets.items():
            bucket.level, bucket.at = bucket.now(now) - cost.get(name, 0.0), now

    def wait(self, cost: Mapping[str, float], now: float) -> float:
        """Seconds until a request of this cost fits; one that is larger than a whole bucket goes when that is full."""
        return max(
            (
                (min(cost.get(name, 0.0), bucket.rate * 60) - bucket.now(now)) / bucket.rate
                for name, bucket in self._buckets.items()
            ),
            default=0.0,
        )

    def read(self, headers: Mapping[str, str], since: list[Mapping[str, float]], seconds: float, now: float) -> None:
        """Take over what the headers of an answer say.

        Args:
            headers: In lower case.
            since: The costs of what left after the request that is answered.
            seconds: How long ago that was sent.
            now: The time.
        """
        for name in _TOKEN_LIMITS:
            limit, remaining = announced(headers, name)
            if limit:
                left = limit if remaining is None else remaining
                later = sum(cost.get(name, 0.0) for cost in since)
                known = self._buckets.get(name)
                if known is None or remaining is not None or known.rate != limit / 60:
                    self._buckets[name] = _Bucket(limit / 60, left + limit / 60 * seconds - later, now)


def announced(headers: Mapping[str, str], name: str) -> tuple[float | None, float | None]:
    """The limit per minute and what is left of it, as Anthropic's and OpenAI's headers say; None where they do not."""
    limit = headers.get(f"anthropic-ratelimit-{name}-limit", headers.get(f"x-ratelimit-limit-{name}"))
    remaining = headers.get(f"anthropic-ratelimit-{name}-remaining", headers.get(f"x-ratelimit-remaining-{name}"))
    return _number(limit), _number(remaining)


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and math.isfinite(value) and value >= 0 else None
