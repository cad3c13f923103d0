"""What a run has spent and may still spend. A call reserves the most it can cost before it is sent.

The store keeps an `intent` row (the most) before a call and a `spend` row (what it was) after it, under the session, a
count and the call's key. An intent without a spend is a call that a kill interrupted: it counts in full, because the provider may
have billed it. So the cap holds over any number of kills and resumptions.
"""

from __future__ import annotations

import secrets

import anyio
from attrs import define, field

from semzip.costs import Budget
from semzip.errors import BudgetError
from semzip.protocols import Store, save
from semzip.records import Usage


@define(eq=False)
class Ledger:
    """Dollars of one store: spent, in doubt, and reserved by calls under way."""

    store: Store | None
    budget: Budget | None
    session: str = field(factory=lambda: secrets.token_hex(6))
    spent: float = field(default=0.0, init=False)
    uncertain: float = field(default=0.0, init=False)
    _reserved: float = field(default=0.0, init=False)
    _tries: int = field(default=0, init=False)
    _freed: anyio.Event = field(factory=anyio.Event, init=False)

    async def restore(self) -> None:
        """Read what earlier runs on this store spent, or may have spent."""
        if self.store is None:
            return
        intents = {key: float(row["usd"] or 0.0) async for key, row in self.store.scan("intent")}
        async for key, row in self.store.scan("spend"):
            intents.pop(key, None)
            self.spent += float(row["usd"] or 0.0)
        self.uncertain = sum(intents.values())
        self.spent += self.uncertain

    async def reserve(self, key: str, most: float | None) -> Reservation:
        """Set `most` dollars aside for the call `key`, waiting for others to settle where that may help.

        Raises:
            BudgetError: The call could exceed the budget whatever the calls under way turn out to cost.
        """
        await self.take(most or 0.0)
        # A call that was put off or failed may come again: each try has rows of its own, for a row stays as it is.
        self._tries += 1
        reservation = Reservation(self, f"{self.session}-{self._tries}-{key}", most)
        if self.store is not None:
            await self.store.put("intent", reservation.name, {"usd": most})
            if self.budget is not None:
                await save(self.store)
        return reservation

    async def take(self, usd: float) -> None:
        """Set dollars aside, or raise BudgetError."""
        while self.budget is not None and self.spent + self._reserved + usd > self.budget.usd:
            if self._reserved <= 0.0:
                raise BudgetError(
                    f"the next call may cost up to ${usd:.4f}, and ${self.spent:.4f} of the budget of "
                    f"${self.budget.usd:.2f} is spent: raise the budget to go on; what is paid for is kept"
                )
            await self._freed.wait()
        self._reserved += usd

    def give(self, usd: float) -> None:
        """Free dollars that were set aside."""
        self._reserved -= usd
        if self._reserved < 1e-9:
            self._reserved = 0.0
        self._freed.set()
        self._freed = anyio.Event()


@define(eq=False)
class Reservation:
    """Dollars set aside for one call until it is settled."""

    ledger: Ledger
    name: str
    most: float | None
    _cost: float = field(default=0.0, init=False)
    _held: bool = field(default=True, init=False)

    async def doubt(self) -> None:
        """An attempt may have been billed without an answer: it counts in full, and the next one is reserved anew."""
        if self.most:
            self._spend(self.most)
            self.ledger.uncertain += self.most
            self._held = False
            await self.ledger.take(self.most)
            self._held = True

    async def settle(self, usd: float | None) -> None:
        """The call is over: it cost `usd`, or the reserved sum where that is unknown."""
        if self._held:
            self._spend((self.most or 0.0) if usd is None else usd)
            self._held = False
        if self.ledger.store is not None:
            known = usd is not None or self.most is not None
            await self.ledger.store.put("spend", self.name, {"usd": self._cost if known else None})

    def _spend(self, usd: float) -> None:
        self._cost += usd
        self.ledger.spent += usd
        self.ledger.give(self.most or 0.0)


@define
class Tally:
    """The calls of a run to one model of one server.

    Args:
        server: Its address, without what may follow the host.
        model: The model's name.
        calls: Paid for.
        reused: Answers that the store had, or an equal call under way.
        rejected: Requests answered with a 429.
        input_tokens: Of the paid calls.
        output_tokens: Likewise.
        usd: Their dollars; None if the price is unknown.
    """

    server: str
    model: str
    calls: int = 0
    reused: int = 0
    rejected: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = 0.0

    def paid(self, usage: Usage) -> None:
        """A call was paid for."""
        self.calls += 1
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.usd = None if self.usd is None or usage.usd is None else self.usd + usage.usd
