"""Generating and judging as one stage: each passage becomes a judged pair or a Failure, judging as soon as there is a pair.

Where a provider asks to wait for long, the items that need it are put off, and the others go on with the other providers.
Those are gone through again when the wait is over: what the store has of them by then is not done again, and in the
meantime they are rows of the roster and nothing in memory.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping

import anyio
from attrs import define, field

from semzip._calls import Session
from semzip._items import Item, Items
from semzip._limit_patience import HeldError
from semzip._retry import PATIENCE
from semzip._roster import Roster
from semzip._stream import map_stream
from semzip.canaries import Canaries
from semzip.errors import ConfigError, RateLimitError, TooManyFailuresError
from semzip.events import Watch
from semzip.protocols import Compressor
from semzip.records import Compression, Failure, Passage

ENOUGH_TO_TELL = 100


async def compression(items: Items, compressor: Compressor | None, item: Passage | Failure) -> Item:
    """The passage's compression; a Failure as it is."""
    if isinstance(item, Failure):
        return item
    if compressor is None:
        raise ConfigError("this pipeline has no compressor: give one, or pairs instead of passages")
    return await items.compress(compressor, item)


@define(eq=False, kw_only=True)
class Generating:
    """Carries the passages of a roster through generate and judge.

    Args:
        items: Compresses and judges, and keeps what it did.
        compressor: Makes the compressions.
        roster: Has the passages, and is told what became of them.
        session: The run's paid calls.
        watch: Told of every item, asked whether to stop.
        stages: generate and judge, or one of them; what the other would do is looked up in the store.
        concurrency: Most items in flight at once.
        max_failures: Largest share of failed items.
    """

    items: Items
    compressor: Compressor | None
    roster: Roster
    session: Session
    watch: Watch
    stages: Collection[str]
    concurrency: int
    max_failures: float
    _canaries: Canaries = field(factory=Canaries, init=False)
    _generated: Counter[str] = field(factory=Counter[str], init=False)
    _judged: Counter[str] = field(factory=Counter[str], init=False)
    _reason: str = field(default="", init=False)
    _total: int = field(default=0, init=False)

    async def run(self) -> None:
        """Settle every passage of the roster.

        Raises:
            StoppedError: The run was asked to stop.
            TooManyFailuresError: More than `max_failures` of the items failed.
        """
        total = self._total = len(self.roster)
        counts = {"generate": self._generated, "judge": self._judged}
        for stage in counts:
            if stage in self.stages:
                self.watch.begin(stage, total)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._heed)
            with self.session.putting_off():
                await self._passes()
            tasks.cancel_scope.cancel()
        if not self.watch.stopping():
            self._check_failures(total)
        if "judge" in self.stages:
            self.roster.canaries = self._canaries.figures
        await self.items.store.commit()
        self.watch.heed()
        self._canaries.finish()
        for stage, done in counts.items():
            if stage in self.stages:
                self.watch.end(stage, done, total)

    async def _heed(self) -> None:
        """Once the run is asked to stop, nothing more is sent; what is under way is finished."""
        await self.watch.stopped()
        self.session.hold()

    async def _passes(self) -> None:
        before, since = -1, anyio.current_time()
        until = await self._once(unsettled=False)
        while math.isfinite(until) and not self.watch.stopping():
            done, now = self.session.paid + sum(self._judged.values()), anyio.current_time()
            if done > before:
                before, since = done, now
            if until - since > PATIENCE:
                raise RateLimitError(
                    f"a provider lets nothing through, and asks to wait for {max(0.0, until - now) / 60:.0f} minutes "
                    "more: run the same command again then, it goes on from here; what is paid for is kept"
                )
            await self._rest(until)
            until = await self._once(unsettled=True)

    async def _rest(self, until: float) -> None:
        seconds = max(0.0, until - anyio.current_time())
        self.watch.wait("judge", seconds)
        with anyio.move_on_after(seconds):
            await self.watch.stopped()

    async def _once(self, *, unsettled: bool) -> float:
        """Go through the passages once. Returns when the first provider that items wait for takes requests again."""
        until = math.inf
        source = (item for item in self.roster.items(unsettled=unsettled) if not self.watch.stopping())
        async with (
            map_stream(self._generate, source, limit=self.concurrency) as compressions,
            map_stream(self._judge, compressions, limit=self.concurrency) as verdicts,
        ):
            async for item in verdicts:
                if isinstance(item, HeldError):
                    until = min(until, item.until)
                elif item is not None:
                    self._judged[self.roster.settle(item)] += 1
                    if "judge" in self.stages:
                        self.watch.item("judge", self._judged, self._total)
                    if isinstance(item, Failure):
                        self._reason = item.message
                    self._check_failures(ENOUGH_TO_TELL)
        return until

    async def _generate(self, item: Passage | Compression) -> Item | HeldError | None:
        result: Item | None
        try:
            if isinstance(item, Compression):
                await self.items.keep_passage(Passage(item.original, item.domain))
                result = item
            elif "generate" in self.stages:
                result = await compression(self.items, self.compressor, item)
            else:
                by = "" if self.compressor is None else self.compressor.id
                result = await self.items.stored_compression(by, item)
        except HeldError as held:
            return held
        passage_id = item.passage_id if isinstance(item, Compression) else item.id
        if result is not None and "generate" in self.stages and self.roster.first(passage_id):
            self._generated[_outcome(result)] += 1
            self.watch.item("generate", self._generated, self._total)
        return result

    async def _judge(self, item: Item | HeldError | None) -> Item | HeldError | None:
        if item is None or isinstance(item, HeldError):
            return item
        if "judge" not in self.stages:
            return await self.items.stored_verdict(item)
        try:
            result = await self.items.judge(item)
            if isinstance(result, Compression):
                for one in self.items.judges:
                    await self._canaries.watch(one, result, self.items.ask)
        except HeldError as held:
            return held
        return result

    def _check_failures(self, enough: int) -> None:
        counts: Mapping[str, int] = self._judged
        done, failed = sum(counts.values()), counts.get("failed", 0)
        if done >= min(enough, ENOUGH_TO_TELL) and failed > self.max_failures * done:
            raise TooManyFailuresError(
                f"{failed} of {done} items failed, more than {self.max_failures:.0%}; the last one: {self._reason}. All "
                "reasons are in the store's 'failure' rows; after mending, the same command goes on"
            )


def _outcome(item: Item) -> str:
    if isinstance(item, Failure):
        return "failed"
    return "unchanged" if item.unchanged else "compressed"
