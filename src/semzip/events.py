"""What a run tells its watcher, and how it is asked to stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import anyio
from attrs import frozen

from semzip.errors import StoppedError

_LOOK = 0.1
"""Seconds from one look at whether to stop to the next."""


@frozen
class Event:
    """A stage began, did an item, took a step, waits, or ended.

    Args:
        stage: corpus, generate, judge, dataset, train, evaluate or release.
        state: begin, item, wait or end.
        counts: Outcomes so far; of a training step, its figures; of a wait, its `seconds`.
        total: Items in all, where known.
    """

    stage: str
    state: Literal["begin", "item", "wait", "end"]
    counts: Mapping[str, float]
    total: int | None = None


def ignore(event: Event) -> None:
    """Watch nothing."""


def never() -> bool:
    """Do not stop."""
    return False


@frozen
class Watch:
    """The watcher's two ends: told of events, asked whether to stop."""

    on_event: Callable[[Event], None] = ignore
    stopping: Callable[[], bool] = never

    def begin(self, stage: str, total: int | None = None) -> None:
        """A stage begins."""
        self.on_event(Event(stage, "begin", {}, total))

    def item(self, stage: str, counts: Mapping[str, float], total: int | None = None) -> None:
        """An item or a step of a stage is done."""
        self.on_event(Event(stage, "item", counts, total))

    def wait(self, stage: str, seconds: float) -> None:
        """A stage can do nothing for so long: a provider has asked to wait."""
        self.on_event(Event(stage, "wait", {"seconds": round(seconds, 1)}))

    def end(self, stage: str, counts: Mapping[str, float], total: int | None = None) -> None:
        """A stage ends."""
        self.on_event(Event(stage, "end", counts, total))

    async def stopped(self) -> None:
        """Return once the run is asked to stop."""
        while not self.stopping():  # noqa: ASYNC110 - what is asked is a plain function, which can wake nobody
            await anyio.sleep(_LOOK)

    def heed(self) -> None:
        """Stop here if asked to.

        Raises:
            StoppedError: The run was asked to stop.
        """
        if self.stopping():
            raise StoppedError("stopped as asked; what was under way is finished and kept. The same command goes on")
