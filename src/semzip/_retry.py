"""When to send a request again. The one retry policy for calls over HTTP; SDK clients are built with `max_retries=0`.

What is retryable is a property of our own error, never of an error's text. A 429 is no failure: the limiter has made
everybody wait, so the request goes again at once, for as long as `PATIENCE`. What the provider could not do (5xx,
resets, cut-off answers) is tried `ATTEMPTS` times, with growing waits in which chance keeps requests apart.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import anyio
from attrs import Factory, define
from tenacity import AsyncRetrying, RetryCallState, Retrying, retry_if_exception

from semzip.errors import BackendError, RateLimitError

ATTEMPTS = 8
BLOCKING_ATTEMPTS = 4
PATIENCE = 3600.0
"""Seconds for which a request may be answered with 429, and the longest Retry-After that is waited for."""

FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0


def retrying() -> AsyncRetrying:
    """A fresh policy for one request, on asyncio and trio."""
    policy = _Policy(anyio.current_time, ATTEMPTS)
    return AsyncRetrying(
        retry=retry_if_exception(_retryable), stop=policy.stop, wait=policy.wait, sleep=anyio.sleep, reraise=True
    )


def blocking() -> Retrying:
    """The same for code that blocks, over an SDK that tries again by itself: fewer attempts."""
    policy = _Policy(time.monotonic, BLOCKING_ATTEMPTS)
    return Retrying(retry=retry_if_exception(_retryable), stop=policy.stop, wait=policy.wait, reraise=True)


def _retryable(error: BaseException) -> bool:
    return isinstance(error, BackendError) and error.retryable


@define(eq=False)
class _Policy:
    now: Callable[[], float]
    attempts: int
    started: float = Factory(lambda self: self.now(), takes_self=True)
    failures: int = 0

    def stop(self, state: RetryCallState) -> bool:
        error = _error(state)
        if isinstance(error, RateLimitError):
            return self.now() - self.started + (error.retry_after or 0.0) > PATIENCE
        self.failures += 1
        return self.failures >= self.attempts or (error.retry_after or 0.0) > PATIENCE

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
