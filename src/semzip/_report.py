"""report.json: what a run says of itself, written whole, and read again by a run of some of the stages."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from semzip._codec import dumps
from semzip._files import replacing
from semzip._items import alone
from semzip._resampling import SEED
from semzip._version import __version__
from semzip.errors import DataError
from semzip.gates import Gate
from semzip.prompts import COMPRESS_ID, JUDGE_ID
from semzip.protocols import Compressor, Judge, Store, Trainer
from semzip.records import Adapter, Dataset
from semzip.tokens import DEFAULT_TOKENIZER
from semzip.training import training_folder, training_key

NAME = "report.json"
MOST_STEPS = 200
_MADE_BY = {
    "dataset": "dataset",
    "adapters": "train",
    "training": "train",
    "evaluation": "evaluate",
    "latency": "evaluate",
}


async def write(folder: Path, figures: Mapping[str, Any], store: Store) -> None:
    """Write the figures, one of the runs on this store at a time."""
    async with alone(store, "report"):
        with replacing(folder / NAME) as file:
            file.write(dumps(figures, indent=2) + "\n")


def earlier(folder: Path, stages: Collection[str]) -> dict[str, Any]:
    """What the last report says of the stages that are not done now."""
    path = folder / NAME
    if not path.exists():
        return {}
    try:
        figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} cannot be read: {error}. Remove it and run the same command again") from error
    return {name: value for name, value in figures.items() if _MADE_BY.get(name) not in stages}


def about(
    compressor: Compressor | None, judges: Sequence[Judge], trainers: Mapping[str, Trainer], gates: Sequence[Gate]
) -> dict[str, Any]:
    """The settings, by their fingerprints, and the versions. `trainers` by arm, that of v2 among them."""
    ids = {name: trainer.id for name, trainer in trainers.items()}
    return {
        "settings": {
            "compressor": None if compressor is None else compressor.id,
            "judges": [judge.id for judge in judges],
            "trainer": ids.pop("v2", None),
            "controls": ids,
            "gates": [gate.id for gate in gates],
            "prompt": COMPRESS_ID,
            "judge_prompt": JUDGE_ID,
            "tokenizer": DEFAULT_TOKENIZER,
            "seed": SEED,
        },
        "versions": {"semzip": __version__, "python": platform.python_version(), "platform": sys.platform},
    }


async def trained(
    store: Store, dataset: Dataset, trainers: Mapping[str, Trainer], adapters: Mapping[str, Adapter]
) -> dict[str, Any]:
    """Under `adapters` what was trained, and under `training` its losses by step, as the store has them."""
    ids = {name: (dataset.id, trainer.id) for name, trainer in trainers.items()}
    return {
        "adapters": {name: of_adapter(adapter) for name, adapter in adapters.items()},
        "training": await training(store, ids),
    }


def of_adapter(adapter: Adapter) -> dict[str, Any]:
    """What a report says of an adapter."""
    named = {"id": adapter.id, "trainer": adapter.trainer, "base_model": adapter.base_model}
    return {**named, "metrics": dict(adapter.metrics)}


async def training(store: Store, trainings: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Of each training its losses under `steps`, thinned evenly to about MOST_STEPS, and its price under `usd`.

    Args:
        store: Has them.
        trainings: By arm the ids of dataset and trainer.
    """
    keys = {training_key(*ids, training_folder(name)): name for name, ids in trainings.items()}
    steps: dict[str, list[dict[str, float]]] = {name: [] for name in trainings}
    usd = dict.fromkeys(trainings, 0.0)
    async for key, row in store.scan("step"):
        name = keys.get(key.rpartition("-")[0])
        if name is None:
            continue
        usd[name] += row.get("usd", 0.0)
        kept: dict[str, float] = {what: row[what] for what in ("step", "loss", "valid_loss") if what in row}
        if len(kept) > 1:
            steps[name].append(kept)
    return {name: {"steps": _thinned(steps[name]), "usd": round(usd[name], 6)} for name in trainings}


def _thinned(steps: list[dict[str, float]]) -> list[dict[str, float]]:
    every = -(-len(steps) // MOST_STEPS) or 1
    # A step with a validation loss is rare, and stays.
    return [
        row for place, row in enumerate(steps) if place % every == 0 or place == len(steps) - 1 or "valid_loss" in row
    ]
