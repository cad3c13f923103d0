"""Every figure of report.json, computed once more from the store, and compared.

The stages' own functions compute them, on a store that nothing is written to, with stand-ins for compressors and judges:
what the store does not have counts as missing, and shows as a difference.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from attrs import field, frozen

from semzip import _report, _runs, evaluate
from semzip import dataset as datasets
from semzip._codec import from_json
from semzip._items import Items
from semzip._ledger import Ledger
from semzip._roster import Roster
from semzip._stream import iterate
from semzip.evaluation import Evaluating, Evaluation, point, spent
from semzip.events import Watch
from semzip.gates import Gate, Target, known_gate
from semzip.protocols import Compressor, Store
from semzip.records import Adapter, Compression, Dataset
from semzip.references import ORIGINAL
from semzip.report.run import Run
from semzip.training import training_folder, training_key

NOT_COUNTED = ("settings", "versions", "seconds", "calls", "uncertain_usd")
"""What is no figure of the run's passages: how it was set up, and what the last call of it took and sent."""

_CLOSE = 2e-6


@frozen
class Difference:
    """A figure that is not what the store says.

    Args:
        figure: Where it stands in report.json, as names joined by `/`.
        reported: What report.json says; None where it lacks it.
        recomputed: What the store says; None where it does not have it.
    """

    figure: str
    reported: Any
    recomputed: Any

    def __str__(self) -> str:
        return f"{self.figure}: report.json says {_told(self.reported)}, the store {_told(self.recomputed)}"


@frozen
class Checked:
    """What came of a check.

    Args:
        compared: How many figures were compared.
        differences: Those that differ.
        left_out: Those that cannot be computed again here, and why.
    """

    compared: int
    differences: tuple[Difference, ...]
    left_out: Mapping[str, str]


async def check(run: Run) -> Checked:
    """Compute the run's figures once more and compare them with report.json."""
    reported = {name: value for name, value in run.figures.items() if name not in NOT_COUNTED}
    left_out: dict[str, str] = {}
    async with run.store() as store:
        with TemporaryDirectory() as folder:
            again = await _Again(run, _Overlay(store), Path(folder), left_out).figures()
    old, new = dict(_flat(reported)), dict(_flat(again))
    names = [name for name in sorted(old.keys() | new.keys()) if not any(name.startswith(one) for one in left_out)]
    differences = [
        Difference(name, old.get(name), new.get(name)) for name in names if not _same(old.get(name), new.get(name))
    ]
    return Checked(compared=len(names), differences=tuple(differences), left_out=left_out)


@frozen
class _Again:
    """Computes the figures of a run again."""

    run: Run
    store: Store
    folder: Path
    left_out: dict[str, str]

    async def figures(self) -> dict[str, Any]:
        figures, settings = self.run.figures, self.run.figures["settings"]
        name = str(figures["run"])
        roster = await _runs.roster(self.store, name, settings, canaries="canaries" in figures)
        try:
            out: dict[str, Any] = {**roster.figures(), "run": name}
            if "dataset" in figures:
                await self._dataset(roster, out)
        finally:
            roster.close()
        ledger = Ledger(self.store, None)
        await ledger.restore()
        if "usd" in figures:
            out["usd"] = ledger.spent
        if "checklist" in figures:
            # The sign and the bound stand in the report; what was measured, and whether that meets them, does not count.
            targets = [Target(row["figure"], *_bound(row["target"])) for row in figures["checklist"]]
            out["checklist"] = [target.check(out) for target in targets]
            out["met"] = all(row["met"] for row in out["checklist"])
        return out

    async def _dataset(self, roster: Roster, out: dict[str, Any]) -> None:
        figures, settings = self.run.figures, self.run.figures["settings"]
        found = [known_gate(one) for one in settings["gates"]]
        gates: list[Gate] = [gate for gate in found if gate is not None]
        if len(gates) < len(found):
            for name in ("dataset", "training", "adapters", "evaluation", "latency", "checklist", "met"):
                self.left_out[name] = "a gate of this run is not one of semzip's"
            return

        async def passed() -> AsyncIterator[Compression]:
            async for pair in iterate(roster.passed()):
                yield pair

        built, refused = await datasets.build(passed, store=self.store, folder=self.folder / "dataset", gates=gates)
        out["dataset"] = datasets.figures(built, refused)
        trainers = {"v2": settings["trainer"], **settings["controls"]}
        if "training" in figures:
            ids = {arm: (built.id, trainers[arm]) for arm in figures["training"]}
            out["training"] = await _report.training(self.store, ids)
        if "adapters" in figures:
            keys = {arm: training_key(built.id, trainers[arm], training_folder(arm)) for arm in figures["adapters"]}
            kept = {arm: await self.store.get("adapter", key) for arm, key in keys.items()}
            out["adapters"] = {
                arm: _report.of_adapter(from_json(Adapter, row)) for arm, row in kept.items() if row is not None
            }
        if "evaluation" in figures:
            await self._evaluation(built, out)

    async def _evaluation(self, built: Dataset, out: dict[str, Any]) -> None:
        reported = self.run.figures["evaluation"]
        rows = reported["rows"]
        evaluating = Evaluating(
            items=Items(self.store, _runs.judges_of(self.run.figures["settings"]["judges"])),
            folder=self.folder,
            watch=Watch(),
            concurrency=1,
            settings=Evaluation(limit=rows["n"] or None, references=False),
        )
        compressors: dict[str, Compressor | None] = {
            name: None if by is None else _runs.Known(by) for name, by in rows["by"].items()
        }
        found = await evaluating.figures(built, compressors, None)
        held_out = evaluate.held_out(built, rows["n"] or None)
        for name, by in rows.get("references", {}).items():
            arm = await evaluating.arm(held_out, _runs.Known(by), even_unchanged=name == ORIGINAL)
            found.setdefault("references", {})[name] = evaluate.figures(arm)
            found["rows"].setdefault("references", {})[name] = by
        for row in reported.get("curve", ()):
            arm = await evaluating.arm(held_out, _runs.Known(row["by"]))
            train = datasets.rows_of_share(built, row["share"])
            found.setdefault("curve", []).append(point(arm, share=row["share"], train=train, by=row["by"]))
        found["usd"] = spent(found)
        out["evaluation"] = found
        if "latency" in self.run.figures:
            out["latency"] = await evaluating.latency(built, compressors)


@frozen
class _Overlay:
    """A Store whose values can be read, and that keeps what is put to itself."""

    inner: Store
    values: dict[tuple[str, str], Mapping[str, Any]] = field(factory=dict[tuple[str, str], Mapping[str, Any]])

    async def get(self, kind: str, key: str) -> dict[str, Any] | None:
        own = self.values.get((kind, key))
        return await self.inner.get(kind, key) if own is None else dict(own)

    async def put(self, kind: str, key: str, value: Mapping[str, Any]) -> bool:
        if await self.get(kind, key) is not None:
            return False
        self.values[kind, key] = value
        return True

    async def scan(self, kind: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        async for key, value in self.inner.scan(kind):
            yield key, value

    async def commit(self) -> None:
        """Nothing is to be kept."""


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value with its place."""
    inside: Any = ()
    if isinstance(value, Mapping):
        inside = cast("Mapping[str, Any]", value).items()
    elif isinstance(value, list | tuple):
        inside = enumerate(cast("Sequence[Any]", value))
    if not inside or not value:
        yield path, value
        return
    for name, one in inside:
        yield from _flat(one, f"{path}/{name}" if path else str(name))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=_CLOSE)
    return bool(one == other)


def _bound(target: str) -> tuple[Any, float]:
    sign, bound = target.split(" ")
    return sign, float(bound)


def _told(value: Any) -> str:
    return "nothing" if value is None else str(value)
