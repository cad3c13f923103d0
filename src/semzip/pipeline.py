"""Pipeline: generate -> judge -> dataset -> train -> evaluate -> release, against one store.

Every item is keyed by its content and the ids of what works on it, and is looked up before it is done: a stopped run goes
on where it was, a changed judge judges anew and nothing else, and runs that share a store share the work.
"""

from __future__ import annotations

import json
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import anyio
from anyio.abc import ObjectReceiveStream
from attrs import Factory, evolve, field, frozen
from attrs.validators import and_, ge, instance_of

from semzip import _preflight, _report, _runs, costs, release
from semzip import dataset as datasets
from semzip._calls import Session, paid_calls
from semzip._codec import dumps, from_json, to_json
from semzip._files import replacing
from semzip._items import Item, Items, alone
from semzip._roster import Roster, fill
from semzip._stream import iterate, map_stream
from semzip.canaries import EVERY
from semzip.costs import Budget, Estimate, StagePlan
from semzip.errors import ConfigError, DataError, telling
from semzip.evaluation import Evaluating, Evaluation
from semzip.events import Event, Watch, ignore, never
from semzip.gates import Gate, Target
from semzip.generation import Generating, compression
from semzip.plots import Draw
from semzip.protocols import Compressor, Judge, Store, Trainer
from semzip.records import Adapter, Compression, Dataset, Domain, Failure, Passage, Report
from semzip.training import Training, loaded, training_folder, with_training

Stage = Literal["generate", "judge", "dataset", "train", "evaluate", "release"]
STAGES: tuple[Stage, ...] = get_args(Stage)
Passages = Iterable[Passage | Failure] | AsyncIterable[Passage | Failure]
Pairs = Iterable[Item] | AsyncIterable[Item]

_ON_PASSAGES = frozenset({"generate", "judge", "dataset"})
_EVALUATED = frozenset({"evaluate", "release"})
_SAMPLE = 1_000


@frozen(kw_only=True)
class Pipeline:
    """Generates, judges, trains, evaluates and releases.

    Args:
        compressor: Makes the compressions (v1); may be None where all pairs are given.
        judges: At least one; the strictest decides.
        trainer: Learns v2 from the pairs that pass; None ends a run with the dataset.
        store: Keeps all that was done.
        gates: What a pair must satisfy beyond its verdict to be in the dataset.
        targets: What the run must reach to be released.
        budget: The most that may be spent on paid calls; None for no limit.
        evaluation: What is evaluated beside v1 and v2, and on how many rows.
        controls: Trainers that are trained and evaluated beside the trainer, by name, such as one on shuffled labels.
        folder: Where dataset, adapter, report and release go; by default the store's folder.
        concurrency: Most items in flight at once. Requests to a service are limited by its own limits, not by this.
        max_failures: Largest share of failed items, in [0, 1], once 100 are done.
        draw: Draws plots for the model card, such as `semzip.plots.draw`.
        allow_failing: Release even where targets are missed; the model card says so.
        on_event: Called with each Event.
        stopping: Asked again and again; once true, nothing more is sent, what is under way is finished, and the run ends
            with StoppedError.
    """

    compressor: Compressor | None
    judges: tuple[Judge, ...]
    trainer: Trainer | None = None
    store: Store
    gates: tuple[Gate, ...] = ()
    targets: tuple[Target, ...] = ()
    budget: Budget | None = None
    evaluation: Evaluation = field(factory=Evaluation)
    controls: Mapping[str, Trainer] = field(factory=dict[str, Trainer])
    folder: Path = Factory(lambda self: _folder_of(self.store), takes_self=True)
    concurrency: int = field(default=256, validator=and_(instance_of(int), ge(1)))
    max_failures: float = 0.5
    draw: Draw | None = None
    allow_failing: bool = False
    on_event: Callable[[Event], None] = ignore
    stopping: Callable[[], bool] = never
    _items: Items = field(
        init=False, repr=False, default=Factory(lambda self: Items(self.store, self.judges), takes_self=True)
    )
    _watch: Watch = field(
        init=False, repr=False, default=Factory(lambda self: Watch(self.on_event, self.stopping), takes_self=True)
    )

    # -- stages as streams -------------------------------------------------------------------

    @asynccontextmanager
    async def generate(self, passages: Passages) -> AsyncGenerator[ObjectReceiveStream[Item]]:
        """A stream of the passages' compressions, as they come; a Failure for each that has none."""
        work = partial(compression, self._items, self.compressor)
        stream = map_stream(work, passages, limit=self.concurrency)
        async with paid_calls(self.store, self.budget), stream as compressions:
            yield compressions

    @asynccontextmanager
    async def judge(self, pairs: Pairs) -> AsyncGenerator[ObjectReceiveStream[Item]]:
        """A stream of the pairs with their verdicts; unchanged texts and failures pass through."""
        stream = map_stream(self._items.judge, pairs, limit=self.concurrency)
        async with paid_calls(self.store, self.budget), stream as verdicts:
            yield verdicts

    # -- the whole run -----------------------------------------------------------------------

    async def run(
        self,
        passages: Passages = (),
        *,
        pairs: Pairs = (),
        stages: Sequence[Stage] = STAGES,
        limit: int | Mapping[Domain, int] | None = None,
    ) -> Report:
        """Carry the passages, and pairs that exist already, through the stages.

        Stages that are left out are not done, but what the store has of them is used: `stages=("train",)` trains on the
        dataset that is there, and pairs given without "judge" are taken as judged. The targets are checked where the
        run is evaluated or released.

        Args:
            passages: The corpus. The same text counts once.
            pairs: Existing pairs to be merged in.
            stages: Which stages to do.
            limit: Most passages, in all or per domain, chosen by their ids; of "evaluate" without the stages before it,
                most rows of the test split.

        Returns:
            The report, also written to report.json. `report.met` tells whether the targets were reached; without
            `allow_failing` nothing is released where they were not.

        Raises:
            DataError: The corpus is empty.
            SemzipError: The run cannot go on; everything done is kept, and the same call goes on from there.
        """
        unknown = [stage for stage in stages if stage not in STAGES]
        if unknown:
            raise ConfigError(f"unknown stage {unknown[0]!r}: choose from {', '.join(STAGES)}")
        roster = Roster()
        try:
            async with paid_calls(self.store, self.budget) as session:
                started = time.monotonic()
                await _preflight.check([*self._parts(), self.store], folder=self.folder, budget=self.budget)
                if _ON_PASSAGES.intersection(stages):
                    await self._read(roster, passages, pairs, limit)
                return await self._run(session, roster, tuple(stages), limit, started)
        except BaseExceptionGroup as group:
            raise telling(group) from group
        finally:
            with anyio.CancelScope(shield=True):
                await self.store.commit()
            roster.close()

    async def _run(
        self,
        session: Session,
        roster: Roster,
        stages: tuple[Stage, ...],
        limit: int | Mapping[Domain, int] | None,
        started: float,
    ) -> Report:
        figures = _report.earlier(self.folder, stages)
        figures.update(_report.about(self.compressor, self.judges, self._trainers(), self.gates))
        if _ON_PASSAGES.intersection(stages):
            await Generating(
                items=self._items,
                compressor=self.compressor,
                roster=roster,
                session=session,
                watch=self._watch,
                stages=stages,
                concurrency=self.concurrency,
                max_failures=self.max_failures,
            ).run()
            figures.update(roster.figures())
            figures["run"] = await _runs.keep(self.store, roster, figures["settings"])
        built = await self._build(roster, figures, stages)
        await _report.write(self.folder, figures, self.store)
        adapters = await self._adapters(built, stages)
        if built is not None and adapters:
            figures.update(await _report.trained(self.store, built, self._trainers(), adapters))
        if "evaluate" in stages and built is not None and adapters:
            rows = limit if isinstance(limit, int) and not _ON_PASSAGES.intersection(stages) else self.evaluation.limit
            figures.update(await self._evaluate(built, adapters, evolve(self.evaluation, limit=rows)))
        # Targets are of a run that was evaluated: stages run alone have none to reach.
        judged_by = self.targets if _EVALUATED.intersection(stages) else ()
        checklist = [target.check(figures) for target in judged_by]
        met = all(row["met"] for row in checklist)
        figures.update(
            checklist=checklist,
            met=met,
            usd=session.figures["usd"],
            uncertain_usd=session.figures["uncertain_usd"],
            calls=session.by_model,
            seconds=round(time.monotonic() - started, 3),
        )
        await _report.write(self.folder, figures, self.store)
        if "release" in stages and "v2" in adapters and (met or self.allow_failing):
            await self._release(adapters["v2"], figures, checklist)
        return Report(figures=figures, checklist=tuple(checklist))

    async def estimate(self, passages: Passages, *, limit: int | Mapping[Domain, int] | None = None) -> Estimate:
        """What a run would take: calls, tokens, dollars and hours of each stage that pays. Nothing is sent or kept.

        Args:
            passages: The corpus, read to its end and measured.
            limit: As for `run`.

        Raises:
            DataError: The corpus is empty.
        """
        roster = Roster()
        try:
            await self._read(roster, passages, (), limit)
            sample, count = list(roster.sample(_SAMPLE)), len(roster)
            tokens = [passage.compressed("", by="").original_tokens for passage in sample]
            found = costs.estimate(tokens, count, self._plans(count))
            return await with_training(found, self.trainer, sample, count)
        finally:
            roster.close()

    def _plans(self, passages: int) -> list[StagePlan]:
        """What generate, judge, its canaries and evaluate pay for."""
        generate = _plan("generate", [self.compressor])
        judge = _plan("judge", self.judges)
        anew = self.evaluation.judged(passages, controls=len(self.controls)) if self.trainer is not None else 0.0
        return [
            *generate,
            *judge,
            *costs.again("canary", judge, 1 / EVERY),
            *costs.again("evaluate", judge, anew / passages),
        ]

    async def aclose(self) -> None:
        """Close what can be closed: connections of the parts, and the store."""
        await _preflight.close([*self._parts(), self.store])

    async def _read(
        self, roster: Roster, passages: Passages, pairs: Pairs, limit: int | Mapping[Domain, int] | None
    ) -> None:
        self._watch.begin("corpus")
        async for failure in fill(roster, pairs, passages, self._watch):
            await self._items.keep_failure(failure)
        if limit is not None:
            roster.limit(limit)
        if not len(roster):
            raise DataError(
                f"the corpus is empty: it has no text of more than 50 characters ({roster.failed_reading} could not be "
                "read). Give --corpus a .jsonl file, a folder, '-' or 'python'"
            )
        self._watch.end("corpus", {"read": len(roster), "unreadable": roster.failed_reading})

    def _parts(self) -> list[object]:
        return [self.compressor, *self.judges, *self._trainers().values()]

    # -- dataset, training -------------------------------------------------------------------

    async def _build(self, roster: Roster, figures: dict[str, Any], stages: tuple[Stage, ...]) -> Dataset | None:
        folder = self.folder / "dataset"
        if "dataset" not in stages:
            kept = folder / "dataset.json"
            if not kept.exists():
                return None
            return from_json(Dataset, {**json.loads(kept.read_text(encoding="utf-8")), "folder": folder})

        async def passed() -> AsyncIterator[Compression]:
            async for pair in iterate(roster.passed()):
                yield pair

        self._watch.begin("dataset")
        async with alone(self.store, "dataset"):
            built, refused = await datasets.build(passed, store=self.store, folder=folder, gates=self.gates)
            with replacing(folder / "dataset.json") as file:
                file.write(dumps({**to_json(built), "folder": "."}, indent=2) + "\n")
        figures["dataset"] = datasets.figures(built, refused)
        self._watch.end("dataset", {"train": built.train, "valid": built.valid, "test": built.test})
        self._watch.heed()
        return built

    async def _adapters(self, built: Dataset | None, stages: tuple[Stage, ...]) -> dict[str, Adapter]:
        if not self._trainers() or not {"train", "evaluate", "release"}.intersection(stages):
            return {}
        if built is None:
            raise ConfigError(f"there is no dataset in {self.folder}: run the stages generate, judge and dataset first")
        if not built.train + built.valid + built.test:
            raise DataError(
                f"no pair passed, so there is nothing to train on or to evaluate: `semzip report {self.folder}` shows what "
                "became of each passage, failures first"
            )
        training = Training(self.store, self.folder, self._watch)
        return {
            name: await training.adapter(trainer, built, training_folder(name), train="train" in stages)
            for name, trainer in self._trainers().items()
        }

    def _trainers(self) -> dict[str, Trainer]:
        return {} if self.trainer is None else {"v2": self.trainer, **self.controls}

    # -- evaluation and release --------------------------------------------------------------

    async def _evaluate(self, built: Dataset, adapters: Mapping[str, Adapter], settings: Evaluation) -> dict[str, Any]:
        evaluating = Evaluating(
            items=self._items,
            folder=self.folder,
            watch=self._watch,
            concurrency=self.concurrency,
            settings=settings,
        )
        async with loaded(self._trainers(), adapters) as trained:
            compressors = {"v1": self.compressor, **trained}
            return {
                "evaluation": await evaluating.figures(built, compressors, self.trainer),
                "latency": await evaluating.latency(built, compressors),
            }

    async def _release(
        self, adapter: Adapter, figures: Mapping[str, Any], checklist: Sequence[Mapping[str, Any]]
    ) -> None:
        self._watch.begin("release")
        async with alone(self.store, "release"):
            release.write(
                self.folder / "release",
                adapter=adapter,
                figures=figures,
                checklist=checklist,
                parts=release.described(self._settings()),
                draw=self.draw,
            )
        self._watch.end("release", {})

    def _settings(self) -> dict[str, object]:
        names = ("compressor", "judges", "trainer", "controls", "gates", "targets", "budget", "evaluation")
        return {name: getattr(self, name) for name in names}


def _plan(stage: str, parts: Sequence[object]) -> list[StagePlan]:
    """What these parts, and those inside them, pay for in each passage."""
    found = [costs.plan(stage, part) for part in _preflight.inside(parts)]
    return [each for each in found if each is not None]


def _folder_of(store: Store) -> Path:
    folder: Path | None = getattr(store, "folder", None)
    if folder is None:
        raise ConfigError("this store has no folder of its own: give Pipeline(folder=...)")
    return folder
