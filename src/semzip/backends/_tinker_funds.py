"""A training run as it is to be sent, and its place in the budget: the steps up to the next save are reserved before they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from semzip import _calls
from semzip._ledger import Reservation
from semzip.backends._tinker_plan import Plan
from semzip.backends._tinker_rows import Example
from semzip.costs import unknown_price
from semzip.errors import BudgetError


@frozen(kw_only=True)
class Job:
    """What to train, and where.

    Args:
        base_model: A model of the service.
        lora: Arguments of `create_lora_training_client`: rank, seed, and the trained parts.
        plan: The steps.
        rows: The training rows.
        valid: Rows whose loss is measured.
        valid_every: Steps from one measurement to the next; also after the last step.
        save_every: Steps from one save to the next; also after the last step.
        name: Beginning of the checkpoints' names.
        folder: Where the run's state is kept.
        fingerprint: What decides the result.
        price: US dollars per million tokens; None if unknown.
    """

    base_model: str
    lora: Mapping[str, Any]
    plan: Plan
    rows: Sequence[Example] = field(repr=False)
    valid: Sequence[Example] = field(repr=False)
    valid_every: int
    save_every: int
    name: str
    folder: Path
    fingerprint: str
    price: float | None

    def measures(self, step: int) -> bool:
        """Whether the validation loss is measured after this step."""
        return bool(self.valid) and (step == self.plan.steps or step % self.valid_every == 0)

    def saves(self, step: int) -> bool:
        """Whether the state is saved after this step."""
        return step == self.plan.steps or step % self.save_every == 0

    def usd(self, first: int, last: int) -> float | None:
        """Dollars of these steps; None if the price is unknown."""
        if self.price is None:
            return None
        steps = range(first, last + 1)
        trained = sum(self.rows[index].trained for step in steps for index in self.plan.batch(step))
        measured = sum(map(self.measures, steps)) * sum(row.trained for row in self.valid)
        return (trained + measured) * self.price / 1e6


class Funds:
    """The money of a run, in the ledger of the session around it. Outside a session nothing is counted.

    A kill leaves the steps since the last save in doubt, which then count in full, as they may have been billed.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._held: list[tuple[Reservation, float]] = []

    async def check(self, done: int = 0) -> None:
        """That the budget has room for all steps after `done`.

        Raises:
            BudgetError: It has not, or the price is unknown.
        """
        session = _calls.current()
        if session is None or session.ledger.budget is None:
            return
        usd, left = self._job.usd(done + 1, self._job.plan.steps), session.ledger.budget.usd - session.ledger.spent
        if usd is None:
            raise unknown_price(self._job.base_model)
        if usd > left:
            raise BudgetError(
                f"training {self._job.base_model} costs ${usd:.2f} and ${max(left, 0.0):.2f} of the budget are left: "
                "raise the budget, or train fewer rows or epochs; the checkpoints so far are kept"
            )

    def tight(self, first: int) -> bool:
        """Whether the next steps fit into the budget only once what is under way has been paid."""
        session = _calls.current()
        if session is None or session.ledger.budget is None or not self._held:
            return False
        under_way = sum(usd for _, usd in self._held)
        return session.ledger.spent + under_way + (self._usd_to_save(first) or 0.0) > session.ledger.budget.usd

    async def reserve(self, first: int) -> None:
        """Set the dollars aside for the steps from `first` to the next save."""
        session = _calls.current()
        if session is None:
            return
        usd = self._usd_to_save(first)
        key = f"train-{self._job.fingerprint}-{first}"
        self._held.append((await session.ledger.reserve(key, usd), usd or 0.0))

    async def settle(self) -> None:
        """The oldest reserved steps are saved, and paid."""
        if self._held:
            reservation, usd = self._held.pop(0)
            await reservation.settle(usd)

    def _usd_to_save(self, first: int) -> float | None:
        last = next(step for step in range(first, self._job.plan.steps + 1) if self._job.saves(step))
        return self._job.usd(first, last)
