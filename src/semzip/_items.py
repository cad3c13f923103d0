"""One item at a time against a store: look it up, else do it once for all runs; what goes wrong with it is a Failure."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import Any, TypeVar, cast

import anyio
from attrs import Factory, evolve, field, frozen

from semzip._codec import from_json, to_json
from semzip._limit_patience import HeldError
from semzip._stream import together
from semzip.errors import ReplyError, SemzipError
from semzip.judging import Panel
from semzip.protocols import Compressor, Judge, SharedStore, Store, save
from semzip.records import Compression, Failure, Passage, Verdict, digest

T = TypeVar("T")
Item = Compression | Failure

_PATIENCE = 0.05


@frozen
class Items:
    """Compresses and judges single items.

    A compression is kept under its passage's and its compressor's id, a verdict under its pair's and its judge's, so a
    panel's members are asked, and paid, one by one.
    """

    store: Store
    judges: tuple[Judge, ...]
    panel: Panel = field(init=False, default=Factory(lambda self: Panel(self.judges), takes_self=True))

    async def compress(self, compressor: Compressor, passage: Passage) -> Item:
        """The passage's compression, or why there is none."""
        await self.keep_passage(passage)

        key = _compression_key(passage, compressor.id)

        async def work() -> Mapping[str, Any]:
            began = time.perf_counter()
            pair = await compressor.compress(passage)
            await self.store.put("latency", key, {"seconds": round(time.perf_counter() - began, 6)})
            _check_answer(passage, pair)
            value = to_json(pair)
            del value["original"]
            return value

        async def look_up() -> Compression:
            value = await once(self.store, "compression", key, work)
            return from_json(Compression, {**value, "original": passage.text})

        return await self._attempt("generate", passage.id, look_up)

    async def judge(self, item: Item) -> Item:
        """The pair with its verdict; a failure or an unchanged text as it is."""
        if isinstance(item, Failure) or item.unchanged:
            return item
        return await self.judge_anyway(item)

    async def judge_anyway(self, item: Compression) -> Item:
        """The pair with its verdict, though the text may be unchanged."""

        async def ask(judge: Judge) -> Verdict | Failure | HeldError:
            try:
                return await self._attempt("judge", item.passage_id, lambda: self.ask(judge, item))
            except HeldError as held:
                # The other members finish what they have begun.
                return held

        if len(self.judges) == 1:
            results: Sequence[Verdict | Failure | HeldError] = [await ask(self.judges[0])]
        else:
            results = await together(partial(ask, judge) for judge in self.judges)
        failure = next((result for result in results if isinstance(result, Failure)), None)
        if failure is not None:
            return evolve(failure, compression=item)
        if (held := next((result for result in results if isinstance(result, HeldError)), None)) is not None:
            raise held
        return evolve(item, verdict=self.panel.combine([one for one in results if isinstance(one, Verdict)]))

    async def stored_compression(self, compressor_id: str, passage: Passage) -> Compression | None:
        """What the store has of this passage by this compressor."""
        value = await self.store.get("compression", _compression_key(passage, compressor_id))
        return None if value is None else from_json(Compression, {**value, "original": passage.text})

    async def stored_verdict(self, item: Item) -> Item:
        """The pair with the verdict that the store has; a given pair that was never judged passes as given."""
        if isinstance(item, Failure) or item.unchanged:
            return item
        found = [await self.said(judge, item) for judge in self.judges]
        known = [verdict for verdict in found if verdict is not None]
        if len(known) == len(self.judges):
            return evolve(item, verdict=self.panel.combine(known))
        given = Verdict(score=1.0, passed=True, judge="given") if item.given else None
        return evolve(item, verdict=given)

    async def said(self, judge: Judge, pair: Compression) -> Verdict | None:
        """What the store has of this judge's verdict on the pair."""
        value = await self.store.get("verdict", _verdict_key(pair, judge))
        return None if value is None else from_json(Verdict, value)

    async def latency(self, compressor_id: str, passage: Passage) -> float | None:
        """Seconds that the compressor took for the passage, where the store has them."""
        value = await self.store.get("latency", _compression_key(passage, compressor_id))
        return None if value is None else float(value["seconds"])

    async def keep_passage(self, passage: Passage) -> None:
        """Put the passage's text into the store."""
        value = {"text": passage.text, "domain": passage.domain, "source": passage.source}
        await self.store.put("passage", passage.id, value)

    async def keep_failure(self, failure: Failure) -> None:
        """Put a failure into the store, for whoever looks for the reasons."""
        await self.store.put("failure", digest(failure.stage, failure.passage_id, failure.message), to_json(failure))

    async def ask(self, judge: Judge, pair: Compression) -> Verdict:
        """One judge's verdict on the pair."""

        async def work() -> Mapping[str, Any]:
            # A verified compressor has asked this very judge already.
            known = pair.verdict if pair.verdict is not None and pair.verdict.judge == judge.id else None
            return to_json(known or evolve(await judge.judge(pair), judge=judge.id))

        return from_json(Verdict, await once(self.store, "verdict", _verdict_key(pair, judge), work))

    async def _attempt(self, stage: str, passage_id: str, work: Callable[[], Awaitable[T]]) -> T | Failure:
        try:
            return await work()
        except SemzipError as error:
            if error.stops_run:
                raise
            failure = Failure(passage_id=passage_id, stage=stage, error=type(error).__name__, message=str(error))
        await self.keep_failure(failure)
        return failure


async def once(
    store: Store, kind: str, key: str, work: Callable[[], Awaitable[Mapping[str, Any]]]
) -> Mapping[str, Any]:
    """The stored value of this key, else the value that `work` gives, kept.

    Where another run on the same store is at it, wait for its value; where that run dies, do it.
    """
    shared = _as_shared(store)
    while (kept := await store.get(kind, key)) is None:
        if shared is None:
            value = await work()
            await store.put(kind, key, value)
            return value
        if await shared.claim(kind, key):
            try:
                value = await work()
            except BaseException:
                await _release(shared, kind, key)
                raise
            await store.put(kind, key, value)
            return value
        await _wait(store)
    return kept


@asynccontextmanager
async def alone(store: Store, what: str) -> AsyncGenerator[None]:
    """Let one of the runs that share a store in at a time."""
    if not isinstance(store, SharedStore):
        yield
        return
    while not await store.claim("alone", what):
        await _wait(store)
    try:
        yield
    finally:
        await _release(store, "alone", what)


def _as_shared(store: Store) -> SharedStore | None:
    return cast("SharedStore", store) if _is_shared(type(store)) else None


@cache
def _is_shared(kind: type[Store]) -> bool:
    # A look at every method of the class: too slow to be done for each item.
    return issubclass(kind, SharedStore)


async def _wait(store: Store) -> None:
    # The other run may be waiting for a value that this one has not yet written.
    await save(store)
    await anyio.sleep(_PATIENCE)


async def _release(store: SharedStore, kind: str, key: str) -> None:
    with anyio.CancelScope(shield=True):
        await store.release(kind, key)


def _check_answer(passage: Passage, pair: Compression) -> None:
    if pair.original != passage.text:
        raise ReplyError("the compressor answered with the compression of another text")
    if not pair.text.strip() and passage.text.strip():
        raise ReplyError("the compressor answered with an empty text")
    if pair.tokens > pair.original_tokens:
        raise ReplyError(f"the answer has {pair.tokens} tokens, the passage only {pair.original_tokens}")


def _compression_key(passage: Passage, compressor_id: str) -> str:
    return digest(passage.id, passage.domain, compressor_id)


def _verdict_key(pair: Compression, judge: Judge) -> str:
    return digest(pair.id, pair.domain, judge.id)
