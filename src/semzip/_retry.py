"""When to send a request again. The one retry policy for calls over HTTP; SDK clients are built with `max_retries=0`.

What is retryable is a property of our own error, never of an error's text. A 429 is no failure: the limiter has made
everybody wait, so the request goes again at once, for as long as `PATIENCE`. What the provider could not do (5xx,
resets, cut-off answers) is tried `ATTEMPTS` times, with growing waits in which chance keeps requests apart.
"""

from __future__ import annotations

import random

import anyio
from attrs import define, field
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from semzip.errors import BackendError, RateLimitError

ATTEMPTS = 8
PATIENCE = 3600.0
"""Seconds for which a request may be answered with 429, and the longest Retry-After that is waited for."""

FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0


def retrying() -> AsyncRetrying:
    """A fresh policy for one request, on asyncio and trio."""
    policy = _Policy()
    return AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, BackendError) and error.retryable),
        stop=policy.stop,
        wait=policy.wait,
        sleep=anyio.sleep,
        reraise=True,
    )


@define(eq=False)
class _Policy:
    started: float = field(factory=anyio.current_time)
    failures: int = 0

    def stop(self, state: RetryCallState) -> bool:
        error = _error(state)
        if isinstance(error, RateLimitError):
            return anyio.current_time() - self.started + (error.retry_after or 0.0) > PATIENCE
        self.failures += 1
        return self.failures >= ATTEMPTS or (error.retry_after or 0.0) > PATIENCE

    def wait(self, state: RetryCallState) -> float:
        error = _error(state)
        if isinstance(error, RateLimitError):
            return 0.0
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0**self.failures)
        return max(error.retry_after or 0.0, random.uniform(longest / 4, longest))  # noqa: S311 - spreads requests


def _error(state: RetryCallState) -> BackendError:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, BackendError):
        raise TypeError(f"only a BackendError is retried, not {error!r}")
    return error
