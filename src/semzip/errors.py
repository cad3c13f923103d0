"""Every error that semzip raises.

    SemzipError
    ├ ConfigError (ValueError)          a bad argument, or arguments that contradict each other
    ├ MissingBackendError (ImportError) an optional package is not installed; says which extra has it
    ├ DataError (ValueError)            an input that cannot be read or is too large
    ├ StoreError                        the store cannot be read or written: version, disk, lock
    ├ TargetsError                      a run missed its targets, so it has no release
    ├ TrainingError                     a training run that cannot go on
    ├ BackendError                      a model or a service did not do its part; `retryable`, `retry_after`
    │ ├ RateLimitError                  asked to slow down; retryable
    │ ├ UnavailableError                overloaded, unreachable or too slow; retryable
    │ ├ ReplyError                      answered, but the answer cannot be used
    │ ├ RefusalError                    declined to answer this text
    │ └ AccountError                    key, permission, spending limit or hold; stops the run
    ├ BudgetError                       the next call could exceed the budget; stops the run
    ├ UnreliableJudgeError              a judge passes pairs with a planted loss; stops the run
    ├ TooManyFailuresError              the share of failed items passed its limit; stops the run
    └ StoppedError                      asked to stop: what was under way is finished and kept

To add one: give it a parent that says who has to act, one sentence here, and a message that tells the reader what to do.
A Pipeline turns an error about one item into a `Failure` record and goes on; an error whose `stops_run` is true ends the run.
"""

from __future__ import annotations

from typing import ClassVar


class SemzipError(Exception):
    """Base of every error that semzip raises."""

    stops_run: ClassVar[bool] = False


class ConfigError(SemzipError, ValueError):
    """A bad argument, or arguments that contradict each other."""

    stops_run = True


class MissingBackendError(SemzipError, ImportError):
    """An optional package is not installed."""

    stops_run = True


class DataError(SemzipError, ValueError):
    """An input that cannot be read or is too large."""


class StoreError(SemzipError):
    """The store cannot be read or written."""

    stops_run = True


class TargetsError(SemzipError):
    """A run missed its targets, so it has no release."""

    stops_run = True


class TrainingError(SemzipError):
    """A training run that cannot go on."""

    stops_run = True


class BackendError(SemzipError):
    """A model or a service did not do its part.

    Args:
        message: What happened and what to do.
        retry_after: Seconds that the service asked to wait, if it did.
        uncertain: The request may have been billed although no answer arrived.
    """

    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, retry_after: float | None = None, uncertain: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.uncertain = uncertain


class RateLimitError(BackendError):
    """The service asked to slow down."""

    retryable = True


class UnavailableError(BackendError):
    """The service is overloaded, unreachable or too slow."""

    retryable = True


class ReplyError(BackendError):
    """The model answered, but the answer cannot be used."""


class RefusalError(BackendError):
    """The model declined to answer this text."""


class AccountError(BackendError):
    """Key, permission, spending limit or hold: no call can succeed until a person acts."""

    stops_run = True


class BudgetError(SemzipError):
    """The next call could exceed the budget."""

    stops_run = True


class UnreliableJudgeError(SemzipError):
    """A judge passes pairs with a planted loss."""

    stops_run = True


class TooManyFailuresError(SemzipError):
    """The share of failed items passed its limit."""

    stops_run = True


class StoppedError(SemzipError):
    """The run was asked to stop; what was under way is finished and kept."""

    stops_run = True


def telling(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error of a task group that tells a reader what to do, if all of its errors are ours; else the group."""
    ours, others = group.split(SemzipError)
    if ours is None or others is not None:
        return group
    first = ours.exceptions[0]
    return telling(first) if isinstance(first, BaseExceptionGroup) else first
