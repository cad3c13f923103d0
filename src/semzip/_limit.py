"""How fast to call one provider. One Limiter stands for one limit: an account and a model on a host.

It decides when a request may leave, from what the provider shows, and nobody sets a concurrency:

- Headers that announce a limit set the pace, until a 429 shows that they promise too much.
- A 429 says that the provider's bucket was empty when the request arrived. What was accepted between two such moments
  is the real rate. The pace is cut to it, once for all requests that were already under way.
- After a cut the pace rises a little with every accepted request, and faster the longer nothing is rejected.
- A Retry-After stops everybody until it has passed.
- Without headers and without a 429 (one's own server) only the number of requests under way is limited: it doubles
  as long as the answers do not get slower.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from itertools import takewhile

import anyio
from attrs import define, field

from semzip._limit_headers import Tokens, announced
from semzip._limit_patience import HeldError, Patience
from semzip._limit_window import FIRST, Window

DOUBT = 10.0
"""Seconds within which a second 429 says that an announced limit does not hold."""

BUNCH = 4
"""Further 429s of one cascade from which it is more than a bunch."""

RISE = 0.0004
"""Relative rise of the pace per accepted request; one request in about fifty finds the limit again."""

KNEE = 20
"""Accepted requests after which the rise accelerates: by then a limit that still stands would have shown itself."""

MEMORY = 15.0
"""Seconds over which accepted requests are counted; longer where that is fewer than FEW."""

FEW = 200

SPARED = 0.4
"""Seconds' worth of an announced limit that stay unused, for requests that bunch up on their way."""

LONG = 15.0
"""Seconds of a Retry-After beyond which those who can do something else meanwhile do it."""

SLOWEST = 0.05
"""Requests per second that are always tried."""

EPSILON = 1e-6
"""Seconds that are no wait."""


@define(eq=False)
class Ticket:
    """One request under way."""

    sent: float
    cost: Mapping[str, float]
    rejected: bool = False


@define(eq=False)
class _Waiter:
    """One request in the queue."""

    cost: Mapping[str, float]
    woken: anyio.Event = field(factory=anyio.Event)
    ticket: Ticket | None = None


@define(eq=False)
class Limiter:
    """Paces the requests to one provider, account and model.

    Args:
        clock: Seconds, monotonic; the event loop's by default.
    """

    clock: Callable[[], float] = anyio.current_time
    rejections: int = field(default=0, init=False)
    sent: int = field(default=0, init=False)
    _base: float = field(default=math.inf, init=False)
    _announced: float = field(default=math.inf, init=False)
    _trusted: bool = field(default=True, init=False)
    _clean: int = field(default=0, init=False)
    _cut_at: float = field(default=-math.inf, init=False)
    _tried_at: float = field(default=-math.inf, init=False)
    _empty: deque[tuple[float, float]] = field(factory=deque[tuple[float, float]], init=False)
    _doubted: bool = field(default=False, init=False)
    _bunch: int = field(default=0, init=False)
    _quick: int = field(default=0, init=False)
    _pause: float = field(default=0.0, init=False)
    _lost: float = field(default=0.0, init=False)
    _sends: deque[Ticket] = field(factory=deque[Ticket], init=False)
    _credit: float = field(default=float(FIRST), init=False)
    _capacity: float = field(default=float(FIRST), init=False)
    _filled_at: float = field(default=-math.inf, init=False)
    _blocked_until: float = field(default=-math.inf, init=False)
    _tokens: Tokens = field(factory=Tokens, init=False)
    _window: Window = field(factory=Window, init=False)
    _waiting: deque[_Waiter] = field(factory=deque[_Waiter], init=False)
    _restless: bool = field(default=False, init=False)

    async def acquire(self, cost: Mapping[str, float] | None = None, patience: Patience | None = None) -> Ticket:
        """Wait for one's turn, first come first served.

        Args:
            cost: Expected tokens by name of the limit: tokens, input-tokens, output-tokens.
            patience: How long; for ever by default.

        Returns:
            A ticket that goes back with exactly one of `accepted`, `rejected` and `failed`.

        Raises:
            HeldError: The patience ended.
        """
        waiter = _Waiter(cost or {})
        self._waiting.append(waiter)
        try:
            while waiter.ticket is None:
                self.heed(patience)
                self._admit()
                if waiter.ticket is None:
                    # Only the first keeps the time; it is woken when what it waits for has changed.
                    first = self._waiting[0] is waiter
                    with anyio.move_on_after(self._wait(waiter.cost) if first else math.inf):
                        await waiter.woken.wait()
                    waiter.woken = anyio.Event()
        except BaseException:
            if waiter.ticket is None:
                self._waiting.remove(waiter)
            else:
                self._window.under_way -= 1
            self._admit()
            raise
        return waiter.ticket

    def heed(self, patience: Patience | None) -> None:
        """Raise HeldError if whoever is so patient need not stand in line."""
        if patience is not None and patience.ends(self._blocked_until - self.clock()):
            raise HeldError(self._blocked_until)

    def wake(self) -> None:
        """Let everybody in line look at their patience."""
        for waiter in self._waiting:
            waiter.woken.set()

    def _admit(self) -> None:
        """Let all go whose turn it is: many at once, for a busy event loop comes round rarely."""
        let_go = False
        while self._waiting and self._wait(self._waiting[0].cost) <= EPSILON:
            waiter = self._waiting.popleft()
            waiter.ticket = self._take(waiter.cost)
            waiter.woken.set()
            let_go = True
        if self._waiting and (let_go or self._restless):
            self._waiting[0].woken.set()
        self._restless = False

    def _take(self, cost: Mapping[str, float]) -> Ticket:
        ticket = Ticket(self.clock(), cost)
        self._credit -= 1
        self._tokens.take(cost, ticket.sent)
        self._window.under_way += 1
        self.sent += 1
        self._sends.append(ticket)
        while len(self._sends) > FEW and self._sends[0].sent < ticket.sent - MEMORY:
            self._sends.popleft()
        return ticket

    def accepted(self, ticket: Ticket, headers: Mapping[str, str]) -> None:
        """The provider answered `ticket`."""
        now = self.clock()
        self._clean += 1
        if not self._trusted and self._clean > 5 * FEW and self.rate() >= self._announced:
            self._trusted, self._base = True, self._announced
        self._read(ticket, headers, now)
        self._window.answered(now - ticket.sent, paced=math.isfinite(self._base))
        self._back()

    def rejected(self, ticket: Ticket, retry_after: float | None = None) -> None:
        """The provider answered `ticket` with a 429."""
        now = self.clock()
        self.rejections += 1
        ticket.rejected = True
        if retry_after is not None:
            self._blocked_until = max(self._blocked_until, now + retry_after)
            self._pause = retry_after
            if retry_after > LONG:
                self.wake()
        if ticket.sent > self._cut_at:
            self._fill(now)
            if self._credit >= 1 and math.isfinite(self._base):
                self._capacity = max(1.0, self._capacity / 2)
            if self._trusted and math.isfinite(self._announced) and ticket.sent > self._cut_at + DOUBT:
                # One 429 against a limit that is announced may be a bunch of requests: look closer for a second.
                self._base, self._doubted, self._bunch = self._announced / 2, True, 0
            else:
                self._base, self._trusted, self._doubted = self._estimate(ticket.sent, now), False, False
            self._cut_at, self._clean, self._credit = now, 0, 0.0
            self._empty.append((ticket.sent, self._lost))
            while self._empty[0][0] < self._sends[0].sent:
                self._empty.popleft()
            # A pause longer than the bucket takes to fill is time in which the provider counts nothing.
            self._lost += max(0.0, (retry_after or 0.0) - self._capacity / self._base)
        elif self._doubted:
            self._bunch += 1
            if self._bunch > BUNCH:
                self._trusted = self._doubted = False
        self._back()

    def failed(self, ticket: Ticket) -> None:  # noqa: ARG002 - the three ways back look the same
        """`ticket` ended in anything else: it says nothing about the limit."""
        self._window.failed()
        self._back()

    def rate(self) -> float:
        """Requests per second at present; infinite while no limit is known."""
        if not math.isfinite(self._base):
            return self._base
        clean = max(float(self._clean), 2 * (self.clock() - self._cut_at)) if math.isfinite(self._cut_at) else 0.0
        # The longer a rejection stops everybody, the more rarely the limit is tried.
        rise = RISE / (1 + self._pause * self._base / FIRST) * (clean + clean**3 / (3 * KNEE**2))
        return min(self._announced, self._base * math.exp(min(rise, 20.0)))

    def _wait(self, cost: Mapping[str, float]) -> float:
        now = self.clock()
        self._fill(now)
        if now < self._blocked_until:
            return self._blocked_until - now
        if self._window.full:
            return math.inf
        wait = 0.0 if self._credit >= 1 else (1 - self._credit) / self.rate()
        return max(wait, self._tokens.wait(cost, now))

    def _fill(self, now: float) -> None:
        if self._doubted and now - max(self._cut_at, self._blocked_until) > 1:
            self._base, self._doubted = self._announced, False
        rate = self.rate()
        if math.isfinite(rate):
            if math.isfinite(self._filled_at):
                self._credit = min(max(self._capacity, self._credit), self._credit + rate * (now - self._filled_at))
        else:
            self._credit = max(self._credit, 1.0)
        self._filled_at = now

    def _read(self, ticket: Ticket, headers: Mapping[str, str], now: float) -> None:
        since = list(takewhile(lambda other: other.sent > ticket.sent, reversed(self._sends))) if headers else []
        limit, remaining = announced(headers, "requests")
        if limit:
            pace = limit / 60
            if pace != self._announced:
                self._fill(now)
                self._announced = self._base = pace
                # So much is saved up while this process is kept from running.
                self._capacity = max(float(FIRST), (1 - SPARED) * pace)
                self._trusted, self._doubted = True, False
        if limit and remaining is not None and self._trusted:
            left = remaining + self._announced * (now - ticket.sent) - len(since)
            self._credit = min(self._credit, max(0.0, left))
            # What is said to be left is tried in rounds, each as large as all that was sent before, and one at a time.
            if ticket.sent > max(self._tried_at, self._cut_at) and not self._doubted:
                more = min(left - SPARED * self._announced, float(self.sent))
                self._credit, self._tried_at = max(self._credit, more), now
        self._tokens.read(headers, [other.cost for other in since], now - ticket.sent, now)

    def _estimate(self, sent: float, now: float) -> float:
        """The pace after a 429 to a request of time `sent`."""
        recent = [ticket for ticket in self._sends if ticket.sent > now - 1]
        present = min(self.rate(), len(recent) / max(0.25, min(1.0, now - self._sends[0].sent)))
        slowest = max(SLOWEST, self._announced / 64 if math.isfinite(self._announced) else 0.0)
        since, lost = self._empty[0] if self._empty else (sent, self._lost)
        counted = sent - since - (self._lost - lost)
        # Cuts that follow each other say that the limit has fallen: what was accepted before says little then.
        self._quick = self._quick + 1 if now - self._cut_at < 1 else 0
        if counted < 1 or self._quick >= 2:
            return max(slowest, 0.7 * present)
        accepted = sum(since < ticket.sent <= sent and not ticket.rejected for ticket in self._sends)
        return max(slowest, 0.5 * present, min(self.rate(), 0.97 * accepted / counted))

    def _back(self) -> None:
        self._window.under_way -= 1
        self._restless = True
        self._admit()
