from __future__ import annotations

from collections.abc import AsyncGenerator

import anyio
import pytest

from semzip._stream import map_stream

pytestmark = pytest.mark.anyio


async def numbers(n: int, seen: list[int]) -> AsyncGenerator[int]:
    for number in range(n):
        seen.append(number)
        yield number


async def test_every_item_comes_out_once() -> None:
    async def double(x: int) -> int:
        await anyio.sleep(0.001 * (x % 3))
        return 2 * x

    async with map_stream(double, range(100), limit=7) as stream:
        got = [item async for item in stream]
    assert sorted(got) == [2 * x for x in range(100)]


async def test_no_more_than_limit_run_at_once() -> None:
    running, most = 0, 0

    async def work(x: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await anyio.sleep(0.002)
        running -= 1
        return x

    async with map_stream(work, range(60), limit=5) as stream:
        assert len([item async for item in stream]) == 60
    assert most == 5


async def test_the_source_is_read_no_faster_than_results_are_taken() -> None:
    seen: list[int] = []

    async def work(x: int) -> int:
        return x

    async with map_stream(work, numbers(1_000, seen), limit=4) as stream:
        assert [await stream.receive() for _ in range(10)]
        await anyio.sleep(0.05)
        assert len(seen) < 30


async def test_leaving_early_cancels_and_closes_the_source() -> None:
    seen: list[int] = []
    closed = False

    async def source() -> AsyncGenerator[int]:
        nonlocal closed
        try:
            for number in range(1_000):
                seen.append(number)
                yield number
        finally:
            closed = True

    async def work(x: int) -> int:
        await anyio.sleep(0.001)
        return x

    async with map_stream(work, source(), limit=3) as stream:
        await stream.receive()
    assert closed
    assert len(seen) < 20


async def test_nested_stages_overlap() -> None:
    order: list[str] = []

    async def first(x: int) -> int:
        order.append(f"first {x}")
        await anyio.sleep(0.001)
        return x

    async def second(x: int) -> int:
        order.append(f"second {x}")
        return x

    async with map_stream(first, range(50), limit=2) as stage, map_stream(second, stage, limit=2) as out:
        assert sorted([item async for item in out]) == list(range(50))
    assert order.index("second 0") < order.index("first 49")


async def test_an_exception_of_the_function_ends_the_stream() -> None:
    async def work(x: int) -> int:
        if x == 5:
            raise RuntimeError("five")
        return x

    with pytest.raises(BaseExceptionGroup) as caught:
        async with map_stream(work, range(100), limit=2) as stream:
            async for _ in stream:
                pass
    assert caught.group_contains(RuntimeError, match="five")
