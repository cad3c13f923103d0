"""The limiter against a provider's token bucket, in virtual time: minutes pass in a moment."""

from __future__ import annotations

import random

import anyio
import pytest
import trio.testing

from semzip._limit import Limiter
from semzip._limit_headers import announced
from semzip._limit_patience import HeldError, Patience


@pytest.fixture
def anyio_backend():
    return ("trio", {"clock": trio.testing.MockClock(autojump_threshold=0)})


class Provider:
    def __init__(self, rate, *, burst=50, claim=None, retry_after=None, drop=None):
        self.rate, self.burst, self.claim, self.retry_after, self.drop = rate, burst, claim, retry_after, drop
        self.level, self.at, self.start = float(burst), anyio.current_time(), anyio.current_time()
        self.rng = random.Random(1)
        self.accepted = self.rejected = 0
        self.under_way = self.peak = 0

    async def call(self, limiter: Limiter) -> bool:
        ticket = await limiter.acquire()
        now = anyio.current_time()
        factor = self.drop[2] if self.drop and self.drop[0] <= now - self.start < self.drop[1] else 1.0
        self.level, self.at = min(self.burst, self.level + self.rate * factor * (now - self.at)), now
        ok = self.level >= 1
        self.level -= ok
        self.accepted += ok
        self.rejected += not ok
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        await anyio.sleep(0.4 * self.rng.lognormvariate(0, 0.4) if ok else 0.005)
        self.under_way -= 1
        if ok:
            limiter.accepted(ticket, {"x-ratelimit-limit-requests": str(self.claim)} if self.claim else {})
        else:
            limiter.rejected(ticket, self.retry_after)
        return ok

    @property
    def rejected_share(self) -> float:
        return self.rejected / (self.rejected + self.accepted)


async def run(provider: Provider, calls: int, limiter: Limiter | None = None) -> float:
    limiter = limiter or Limiter()
    todo = iter(range(calls))

    async def work() -> None:
        for _ in todo:
            while not await provider.call(limiter):
                pass

    started = anyio.current_time()
    async with anyio.create_task_group() as group:
        for _ in range(256):
            group.start_soon(work)
    return anyio.current_time() - started


@pytest.mark.anyio
async def test_announced_limit_is_used_fully_and_never_exceeded():
    provider = Provider(50, claim=3000)
    best = (2000 - 50) / 50 + 0.4
    assert await run(provider, 2000) <= best / 0.96
    assert provider.rejected == 0


@pytest.mark.anyio
@pytest.mark.parametrize("retry_after", [None, 1.0])
@pytest.mark.parametrize("claim", [None, 3000])
async def test_hidden_limit_is_found(retry_after, claim):
    provider = Provider(20, claim=claim, retry_after=retry_after)
    best = (1200 - 50) / 20 + 0.4
    assert await run(provider, 1200) <= best / 0.96
    assert provider.rejected_share <= 0.05


@pytest.mark.anyio
async def test_limit_that_falls_and_rises_again_is_followed():
    provider = Provider(50, claim=3000, retry_after=1.0, drop=(20, 80, 0.25))
    allowed = 80 + (4500 - 50 - 1000 - 60 * 12.5) / 50 + 0.4
    assert allowed >= 0.90 * await run(provider, 4500)


@pytest.mark.anyio
async def test_retry_after_stops_everybody_for_as_long_as_asked():
    limiter = Limiter()
    ticket = await limiter.acquire()
    limiter.rejected(ticket, 300.0)
    started = anyio.current_time()
    await limiter.acquire()
    assert anyio.current_time() - started == pytest.approx(300.0, abs=0.01)


@pytest.mark.anyio
async def test_those_who_are_not_patient_leave_the_line_when_a_long_wait_is_asked_for():
    limiter, patience = Limiter(), Patience(longest=15.0)
    tickets = [await limiter.acquire() for _ in range(20)]
    left: list[float] = []

    async def wait(of: Patience | None) -> None:
        try:
            await limiter.acquire(None, of)
        except HeldError as held:
            left.append(held.until)

    async with anyio.create_task_group() as group:
        group.start_soon(wait, patience)
        group.start_soon(wait, None)
        await anyio.sleep(1)
        limiter.rejected(tickets[0], 10.0)
        await anyio.sleep(1)
        assert left == []
        limiter.rejected(tickets[1], 300.0)
        await anyio.sleep(0.001)
        assert left == [anyio.current_time() - 0.001 + 300.0]
        with pytest.raises(HeldError):
            limiter.heed(patience)
        for ticket in tickets[2:]:
            limiter.failed(ticket)
    # The other one stood in line all the time.
    assert anyio.current_time() == pytest.approx(left[0], abs=1)
    over = Patience()
    over.over = True
    with pytest.raises(HeldError):
        await Limiter().acquire(None, over)


@pytest.mark.anyio
async def test_one_cut_for_all_requests_that_were_under_way():
    limiter = Limiter()
    tickets = [await limiter.acquire() for _ in range(10)]
    limiter.rejected(tickets[0])
    cut = limiter.rate()
    for ticket in tickets[1:]:
        limiter.rejected(ticket)
    assert limiter.rate() == cut
    assert limiter.rejections == 10


@pytest.mark.anyio
async def test_pace_returns_after_a_long_time_of_rejections():
    limiter = Limiter()
    for _ in range(20):
        limiter.rejected(await limiter.acquire())
    assert limiter.rate() < 1
    provider = Provider(50)
    await run(provider, 3000, limiter)
    assert limiter.rate() > 25


@pytest.mark.anyio
async def test_a_server_that_only_gets_slower_is_not_flooded():
    limiter, lock, under_way, peak = Limiter(), anyio.CapacityLimiter(8), 0, 0

    async def call() -> None:
        nonlocal under_way, peak
        ticket = await limiter.acquire()
        under_way += 1
        peak = max(peak, under_way)
        async with lock:
            await anyio.sleep(0.5)
        under_way -= 1
        limiter.accepted(ticket, {})

    async with anyio.create_task_group() as group:
        for _ in range(800):
            group.start_soon(call)
    assert peak <= 160


@pytest.mark.anyio
async def test_token_limits_are_kept():
    limiter = Limiter()
    first = await limiter.acquire({"input-tokens": 500})
    limiter.accepted(
        first,
        {"anthropic-ratelimit-input-tokens-limit": "60000", "anthropic-ratelimit-input-tokens-remaining": "1000"},
    )
    started = anyio.current_time()
    for _ in range(11):
        await limiter.acquire({"input-tokens": 500})
    # 1,000 tokens are left, and 1,000 come back each second.
    assert anyio.current_time() - started == pytest.approx(4.5, abs=0.1)


@pytest.mark.anyio
async def test_cancelled_waiters_leave_the_queue():
    limiter = Limiter()
    limiter.rejected(await limiter.acquire(), 60.0)
    with anyio.move_on_after(1):
        await limiter.acquire()
    started = anyio.current_time()
    await limiter.acquire()
    assert anyio.current_time() - started == pytest.approx(59.0, abs=0.01)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-ratelimit-limit-requests": "500", "x-ratelimit-remaining-requests": "499"}, (500.0, 499.0)),
        ({"anthropic-ratelimit-requests-limit": "50"}, (50.0, None)),
        ({"x-ratelimit-limit-requests": "many"}, (None, None)),
        ({"x-ratelimit-limit-requests": "-1"}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_headers_of_both_providers_are_read(headers: dict[str, str], expected: tuple[float | None, float | None]):
    assert announced(headers, "requests") == expected
