"""Training as a stage: each trainer's adapter, made once and kept, with its steps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from semzip._codec import from_json, to_json
from semzip._items import alone, once
from semzip.errors import ConfigError, DataError
from semzip.events import Watch
from semzip.protocols import Store, Trainer
from semzip.records import Adapter, Dataset, digest


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
        steps: dict[int, Mapping[str, float]] = {}

        def on_step(step: int, figures: Mapping[str, float]) -> None:
            steps[step] = dict(figures)
            self.watch.item("train", {"step": step, **figures})

        async def work() -> Mapping[str, Any]:
            adapter = await trainer.train(dataset, folder, on_step)
            for step, figures in steps.items():
                await self.store.put("step", f"{key}-{step:09d}", {"trainer": trainer.id, "step": step, **figures})
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
            last = max(steps, default=0)
            self.watch.end("train", {"step": last, **steps.get(last, {})})
        self.watch.heed()
        return evolve(from_json(Adapter, kept), folder=folder)


def training_folder(arm: str) -> str:
    """Where the adapter of an arm goes, under the run's folder."""
    return "adapter" if arm == "v2" else f"controls/{arm}"


def training_key(dataset_id: str, trainer_id: str, name: str) -> str:
    """The key of a training in the store: its adapter's, and how those of its steps begin."""
    return digest(dataset_id, trainer_id, name)
