"""Training as a stage: each trainer's adapter, made once and kept; its steps are in the store while it still trains."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import anyio
from attrs import define, evolve, field, frozen

from semzip._codec import dumps, from_json, to_json
from semzip._items import alone, once
from semzip._preflight import close
from semzip.costs import Estimate, StageEstimate
from semzip.errors import ConfigError, DataError, SemzipError
from semzip.events import Watch
from semzip.prompts import chat_row
from semzip.protocols import Compressor, Store, Trainer, save
from semzip.records import Adapter, Dataset, Passage, digest

T = TypeVar("T")

_SAVE_SECONDS, _COUNT_SECONDS = 1.0, 60.0
_VALID, _TRAIN, _RATIO = 0.05, 0.90, 0.62


@frozen
class Training:
    """Trains into folders beside the dataset's."""

    store: Store
    root: Path
    watch: Watch

    async def adapter(self, trainer: Trainer, dataset: Dataset, name: str, *, train: bool = True) -> Adapter:
        """The adapter that this trainer makes of this dataset.

        Args:
            trainer: Makes it.
            dataset: Of what.
            name: Its folder under the root.
            train: Train it where it is not there yet.

        Raises:
            ConfigError: It is not there, and `train` is false.
            DataError: The dataset is too small to train on.
        """
        if train and not (dataset.train and dataset.valid):
            raise DataError(
                f"{dataset.train} rows to train on and {dataset.valid} to validate with are too few: "
                "give more passages, or end with `--stages generate,judge,dataset`"
            )
        folder = self.root / name
        key = training_key(dataset.id, trainer.id, name)
        curve = _Curve(self.store, key, trainer.id, self.watch)

        async def work() -> Mapping[str, Any]:
            adapter = await curve.kept(lambda: trainer.train(dataset, folder, curve.add))
            return {**to_json(adapter), "folder": name}

        kept: Mapping[str, Any] | None = await self.store.get("adapter", key)
        there = folder.exists()
        if not train and (kept is None or not there):
            raise ConfigError(f"there is no adapter of this dataset in {folder}: run the stage train first")
        if kept is None or not there:
            self.watch.begin("train")
            async with alone(self.store, "train"):
                kept = await (work() if kept is not None else once(self.store, "adapter", key, work))
            await self.store.commit()
            self.watch.end("train", curve.last)
        self.watch.heed()
        return evolve(from_json(Adapter, kept), folder=folder)


@define
class _Curve:
    """The steps of a training, on their way to the watcher and into the store.

    A value in the store stays as it is, and a trainer may tell of a step twice (the validation loss comes later): so a
    step is kept when the next one is there, and the last one at the end.
    """

    store: Store
    key: str
    trainer: str
    watch: Watch
    total: int | None = None
    last: dict[str, float] = field(factory=lambda: {"step": 0.0})
    _waiting: dict[int, dict[str, float]] = field(factory=dict[int, dict[str, float]], init=False)

    def add(self, step: int, figures: Mapping[str, float]) -> None:
        """What a Trainer calls. Figures named `steps` say how many there will be."""
        if "steps" in figures:
            self.total = int(figures["steps"])
        self._waiting[step] = self._waiting.get(step, {}) | dict(figures)
        self.last = {"step": step, **figures}
        self.watch.item("train", self.last, self.total)

    async def kept(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work, and keep the steps that it tells of, every second; all of them where it ends, well or not."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_up)
            try:
                return await work()
            finally:
                tasks.cancel_scope.cancel()
                with anyio.CancelScope(shield=True):
                    await self._keep(leave=0)
        raise AssertionError("a cancelled task group swallows no result")

    async def _keep_up(self) -> None:
        while True:
            await anyio.sleep(_SAVE_SECONDS)
            with anyio.CancelScope(shield=True):
                await self._keep(leave=1)

    async def _keep(self, *, leave: int) -> None:
        if len(self._waiting) <= leave:
            return
        for step in sorted(self._waiting)[: len(self._waiting) - leave]:
            value = {"trainer": self.trainer, "step": step, **self._waiting.pop(step)}
            await self.store.put("step", f"{self.key}-{step:09d}", value)
        await save(self.store)


@asynccontextmanager
async def loaded(
    trainers: Mapping[str, Trainer], adapters: Mapping[str, Adapter]
) -> AsyncGenerator[dict[str, Compressor]]:
    """The trained compressors by name, closed at the end: each may hold a model, or a session on a service."""
    compressors: dict[str, Compressor] = {}
    try:
        for name, adapter in adapters.items():
            compressors[name] = await trainers[name].load(adapter)
        yield compressors
    finally:
        with anyio.CancelScope(shield=True):
            await close(compressors.values())


async def with_training(found: Estimate, trainer: Trainer | None, sample: Sequence[Passage], passages: int) -> Estimate:
    """The estimate of a run, with what its trainer will send, where that is paid for.

    A trainer that is paid has `estimate(dataset)`, with `steps`, `trained_tokens`, `valid_tokens` and `usd`. There is no
    dataset yet: a sample of the passages stands for it, as if all passed, shortened to 0.62 of their characters.

    Args:
        found: Of the stages before.
        trainer: The run's.
        sample: Some of the passages.
        passages: How many the run has.
    """
    count: Callable[[Dataset], Any] | None = getattr(trainer, "estimate", None)
    if count is None:
        return found
    model = str(getattr(trainer, "base_model", getattr(trainer, "id", "")))
    valid = max(1, min(round(_VALID * passages), len(sample) // 2))
    with TemporaryDirectory() as name:
        splits = {"valid": sample[:valid], "train": sample[valid:]}
        for split, taken in splits.items():
            rows = (
                chat_row(passage.text, passage.text[: max(1, int(_RATIO * len(passage.text)))]) for passage in taken
            )
            lines = "".join(dumps({"messages": row}) + "\n" for row in rows)
            await (anyio.Path(name) / f"{split}.jsonl").write_text(lines, encoding="utf-8")
        stand_in = Dataset(folder=Path(name), id="", train=len(splits["train"]), valid=valid)
        # A tokenizer may have to come from the network first: without it, what is known is still worth showing.
        try:
            with anyio.fail_after(_COUNT_SECONDS):
                counted = await anyio.to_thread.run_sync(count, stand_in, abandon_on_cancel=True)
        except SemzipError as error:
            return _add(found, f"{model}, not counted: {str(error).splitlines()[0]}")
        except TimeoutError:
            return _add(found, f"{model}, not counted: its tokenizer did not come within {_COUNT_SECONDS:g} s")
    scale = _TRAIN * passages / max(1, stand_in.train)
    tokens = round(scale * counted.trained_tokens) + counted.valid_tokens
    usd = counted.usd and counted.usd * tokens / (counted.trained_tokens + counted.valid_tokens)
    return _add(found, model, steps=round(scale * counted.steps), tokens=tokens, usd=usd)


def _add(found: Estimate, model: str, *, steps: int = 0, tokens: int = 0, usd: float | None = None) -> Estimate:
    stage = StageEstimate(
        stage="train", model=model, calls=steps, input_tokens=tokens, output_tokens=0, usd=usd, hours=None
    )
    return evolve(found, stages=(*found.stages, stage))


def training_folder(arm: str) -> str:
    """Where the adapter of an arm goes, under the run's folder."""
    return "adapter" if arm == "v2" else f"controls/{arm}"


def training_key(dataset_id: str, trainer_id: str, name: str) -> str:
    """The key of a training in the store: its adapter's, and how those of its steps begin."""
    return digest(dataset_id, trainer_id, name)
