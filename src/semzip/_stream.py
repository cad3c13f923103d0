"""The one fan-out: a function over a stream, many items at once, results as they come, bounded at both ends.

And `together`, for the few things that one item needs at once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio
from anyio.abc import ObjectReceiveStream
from anyio.lowlevel import checkpoint
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

A = TypeVar("A")
B = TypeVar("B")


async def iterate(source: Iterable[A] | AsyncIterable[A]) -> AsyncIterator[A]:
    """The items of a plain or an asynchronous iterable; lets other tasks run between plain ones."""
    if isinstance(source, AsyncIterable):
        async for item in source:
            yield item
    else:
        for item in source:
            await checkpoint()
            yield item


@asynccontextmanager
async def map_stream(
    func: Callable[[A], Awaitable[B]], source: Iterable[A] | AsyncIterable[A], *, limit: int
) -> AsyncGenerator[ObjectReceiveStream[B]]:
    """Yield a stream of `func(item)` in the order of completion.

    Args:
        func: Called once for each item. An exception of it ends the stream, so expected errors should be results.
        source: The items; read no faster than the results are taken.
        limit: Most calls of `func` at once.

    Yields:
        The stream. Leaving the block cancels what still runs.
    """
    work_in, work_out = anyio.create_memory_object_stream[A]()
    done_in, done_out = anyio.create_memory_object_stream[B]()

    async def feed() -> None:
        items = iterate(source)
        try:
            async with work_in:
                async for item in items:
                    if not await _sent(work_in, item):
                        return
        finally:
            # A generator that is not closed here would be closed by the garbage collector, outside of the event loop.
            with anyio.CancelScope(shield=True):
                await _close(items)
                await _close(source)

    async def work(todo: MemoryObjectReceiveStream[A], done: MemoryObjectSendStream[B]) -> None:
        async with todo, done:
            async for item in todo:
                if not await _sent(done, await func(item)):
                    return

    async with anyio.create_task_group() as tasks, done_out:
        tasks.start_soon(feed)
        async with work_out, done_in:
            for _ in range(limit):
                tasks.start_soon(work, work_out.clone(), done_in.clone())
        yield done_out
        tasks.cancel_scope.cancel()


async def together(works: Iterable[Callable[[], Awaitable[B]]]) -> list[B]:
    """The results of all `works`, done at once, in their order; the first error ends the rest, and is raised as it is."""
    results: dict[int, B] = {}
    errors: list[Exception] = []

    async def do(number: int, work: Callable[[], Awaitable[B]]) -> None:
        try:
            results[number] = await work()
        except Exception as error:  # noqa: BLE001 - raised below, without the group that a reader would have to open
            errors.append(error)
            tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for number, work in enumerate(works):
            tasks.start_soon(do, number, work)
    if errors:
        raise errors[0]
    return [results[number] for number in sorted(results)]


async def _sent(stream: MemoryObjectSendStream[A], item: A) -> bool:
    try:
        await stream.send(item)
    except anyio.BrokenResourceError:
        # Nobody takes items any more: whatever ended the other side is raised there.
        return False
    return True


async def _close(source: object) -> None:
    if isinstance(source, AsyncGenerator | ObjectReceiveStream):
        await source.aclose()
