"""The one path of a paid call: look up by request hash, reserve, limit, send, commit the raw answer, return it.

A Chat describes a request as a `Call` and hands it to `perform`. Inside `paid_calls(store, budget)`, which a Pipeline
opens around its stages, an answer is paid for once, and committed raw (kind `call`) before anybody parses it. Outside,
a call is only limited and retried.

A call under way is shielded from cancellation until its answer is committed: a run that is stopped in order waits for
the answers it has paid for, and pays for nothing twice.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Hashable, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import anyio
from attrs import asdict, define, field, frozen

from semzip._ledger import Ledger, Reservation, Tally
from semzip._limit import LONG, Limiter, Ticket
from semzip._limit_patience import Patience
from semzip._retry import retrying
from semzip.costs import Budget, Price, unknown_price
from semzip.errors import AccountError, BackendError, RateLimitError
from semzip.protocols import Store, save
from semzip.records import Usage, digest


@frozen
class Answer:
    """What came back over the wire: the body as JSON, and the headers in lower case."""

    raw: Mapping[str, Any]
    headers: Mapping[str, str]


@frozen(kw_only=True)
class Call:
    """One request to a provider.

    Args:
        url: The server.
        account: Fingerprint of the key; it stays in memory.
        model: The model's name.
        body: What is sent, as JSON, without the key.
        input_tokens: No fewer tokens than the provider will count.
        max_tokens: Most tokens of the answer.
        price: Dollars per million tokens; None if unknown.
        send: Sends it once. Raises BackendError.
        usage: Reads tokens and dollars from the raw answer.
    """

    url: str
    account: str = field(repr=False)
    model: str
    body: Mapping[str, Any] = field(repr=False)
    input_tokens: int
    max_tokens: int
    price: Price | None
    send: Callable[[], Awaitable[Answer]] = field(repr=False)
    usage: Callable[[Mapping[str, Any]], Usage] = field(repr=False)

    @property
    def key(self) -> str:
        """Hash of server, request and draw: calls with the same key get the same answer."""
        return digest(self.url, json.dumps(self.body, sort_keys=True, ensure_ascii=False), str(_draw.get()))

    @property
    def place(self) -> Hashable:
        """What shares one rate limit."""
        return (self.url, self.account, self.model)

    @property
    def most(self) -> float | None:
        """The most dollars that it can cost."""
        return self.price.most(self.input_tokens, self.max_tokens) if self.price else None

    @property
    def expected(self) -> Mapping[str, float]:
        """Expected tokens, by the names of the providers' limits; a token is about four bytes."""
        entered = self.input_tokens / 4
        written = min(float(self.max_tokens), entered)
        return {"tokens": entered + written, "input-tokens": entered, "output-tokens": written}


@define(eq=False)
class _Flight:
    landed: anyio.Event = field(factory=anyio.Event)
    raw: Mapping[str, Any] | None = None


@define(eq=False)
class Session:
    """The calls of one run: its store, ledger and limiters, and what is under way."""

    store: Store | None
    ledger: Ledger
    tallies: dict[tuple[str, str], Tally] = field(factory=dict[tuple[str, str], Tally], init=False)
    patience: Patience = field(factory=Patience, init=False)
    limiters: dict[Hashable, Limiter] = field(factory=dict[Hashable, Limiter], init=False)
    _flights: dict[str, _Flight] = field(factory=dict[str, _Flight], init=False)
    _closed: dict[Hashable, AccountError] = field(factory=dict[Hashable, AccountError], init=False)

    @property
    def figures(self) -> dict[str, float]:
        """Calls paid, answers reused, 429s, dollars spent by every run on this store, and those of them in doubt."""
        tallies = self.tallies.values()
        return {
            "calls": self.paid,
            "reused": sum(each.reused for each in tallies),
            "rejected": sum(each.rejected for each in tallies),
            "usd": self.ledger.spent,
            "uncertain_usd": self.ledger.uncertain,
        }

    @property
    def paid(self) -> int:
        """Calls paid for in this session."""
        return sum(each.calls for each in self.tallies.values())

    @property
    def by_model(self) -> list[dict[str, Any]]:
        """The tallies as JSON, sorted by server and model: for a report."""
        rows = [asdict(tally) for _, tally in sorted(self.tallies.items())]
        return [{**row, "usd": None if row["usd"] is None else round(row["usd"], 6)} for row in rows]

    def _tally(self, call: Call) -> Tally:
        key = (urlsplit(call.url).netloc or call.url, call.model)
        return self.tallies.setdefault(key, Tally(*key))

    async def perform(self, call: Call) -> Mapping[str, Any]:
        """The raw answer to `call`: stored, that of an equal call under way, or paid for."""
        key = call.key
        while True:
            if self.store is not None and (row := await self.store.get("call", key)) is not None:
                self._tally(call).reused += 1
                return dict[str, Any](row["raw"])
            flight = self._flights.get(key)
            if flight is None:
                break
            await flight.landed.wait()
            if flight.raw is not None:
                self._tally(call).reused += 1
                return flight.raw
        flight = self._flights[key] = _Flight()
        try:
            flight.raw = await self._pay(key, call)
        finally:
            del self._flights[key]
            flight.landed.set()
        return flight.raw

    @contextmanager
    def putting_off(self) -> Generator[None]:
        """Within it, calls to a provider that has asked to wait for long raise HeldError instead of waiting."""
        before, self.patience.longest = self.patience.longest, LONG
        try:
            yield
        finally:
            self.patience.longest = before

    def hold(self) -> None:
        """Send nothing more: what is under way is finished, and what waits for its turn raises HeldError."""
        self.patience.over = True
        for limiter in self.limiters.values():
            limiter.wake()

    async def _pay(self, key: str, call: Call) -> Mapping[str, Any]:
        if self.ledger.budget is not None and call.price is None:
            raise unknown_price(call.model)
        limiter = self.limiters.get(call.place)
        if limiter is None:
            limiter = self.limiters[call.place] = Limiter()
        limiter.heed(self.patience)
        reservation = await self.ledger.reserve(key, call.most)
        try:
            return await retrying()(self._attempt, key, call, limiter, reservation)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await reservation.settle(0.0)
            raise

    async def _attempt(self, key: str, call: Call, limiter: Limiter, reservation: Reservation) -> Mapping[str, Any]:
        ticket = await limiter.acquire(call.expected, self.patience)
        with anyio.CancelScope(shield=True):
            return await self._exchange(key, call, limiter, ticket, reservation)
        raise AssertionError("a shield swallows nothing")

    async def _exchange(
        self, key: str, call: Call, limiter: Limiter, ticket: Ticket, reservation: Reservation
    ) -> Mapping[str, Any]:
        if call.place in self._closed:
            limiter.failed(ticket)
            raise AccountError(str(self._closed[call.place]))
        try:
            answer = await _send(call, limiter, ticket)
        except AccountError as error:
            self._closed[call.place] = error
            raise
        except RateLimitError:
            self._tally(call).rejected += 1
            raise
        except BackendError as error:
            if error.uncertain:
                await reservation.doubt()
            raise
        usage = call.usage(answer.raw)
        if self.store is not None:
            row = {"model": call.model, "raw": answer.raw, "usage": asdict(usage)}
            await self.store.put("call", key, row)
        await reservation.settle(usage.usd)
        if self.store is not None:
            await save(self.store)
        self._tally(call).paid(usage)
        return answer.raw


_session: ContextVar[Session | None] = ContextVar("semzip_session", default=None)
_draw: ContextVar[int] = ContextVar("semzip_draw", default=0)


@asynccontextmanager
async def paid_calls(store: Store | None = None, budget: Budget | None = None) -> AsyncGenerator[Session]:
    """Within it, every Chat looks up, pays, limits and commits through one session; inside another, through that one.

    Args:
        store: Where answers and spending are kept; without one, equal calls under way still share an answer.
        budget: The most that may be spent; spending is restored from the store.

    Yields:
        The session; its `figures` belong in a report.
    """
    around = _session.get()
    if around is not None:
        yield around
        return
    ledger = Ledger(store, budget)
    await ledger.restore()
    token = _session.set(session := Session(store, ledger))
    try:
        yield session
    finally:
        _session.reset(token)


def current() -> Session | None:
    """The session around the caller, for what is paid otherwise than by calls, such as a training."""
    return _session.get()


@contextmanager
def draw(number: int) -> Generator[None]:
    """Within it, equal requests count as draw `number`: a model that samples is asked again for each number."""
    token = _draw.set(number)
    try:
        yield
    finally:
        _draw.reset(token)


def drawn() -> int:
    """The draw that a request made here counts as."""
    return _draw.get()


async def perform(call: Call, limiter: Limiter) -> Mapping[str, Any]:
    """The raw answer to `call`, within a session or, without one, paced by `limiter`."""
    session = _session.get()
    if session is not None:
        return await session.perform(call)
    answer: Answer = await retrying()(_limited, call, limiter)
    return answer.raw


async def _limited(call: Call, limiter: Limiter) -> Answer:
    return await _send(call, limiter, await limiter.acquire(call.expected))


async def _send(call: Call, limiter: Limiter, ticket: Ticket) -> Answer:
    try:
        answer = await call.send()
    except RateLimitError as error:
        limiter.rejected(ticket, error.retry_after)
        raise
    except BaseException:
        limiter.failed(ticket)
        raise
    limiter.accepted(ticket, answer.headers)
    return answer
