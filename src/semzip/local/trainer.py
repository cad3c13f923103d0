"""LocalTrainer learns salience from validated pairs: in seconds, on one core, and always to the same bytes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import anyio.to_thread
import numpy as np
from attrs import field, frozen
from attrs.validators import ge, gt
from numpy.typing import NDArray
from safetensors.numpy import save as save_tensors

from semzip._files import disk_errors, make_folder
from semzip.errors import TrainingError
from semzip.judging import Verified
from semzip.local.faces import LocalCompressor, LocalJudge
from semzip.local.prose import words
from semzip.local.prose.keep_labels import labels, prose_pairs
from semzip.local.prose.salience import BUCKETS, CONFIG, SPAN, TENSORS, Salience, features, repeats
from semzip.prompts import row_texts
from semzip.protocols import Compressor, OnStep
from semzip.records import Adapter, Dataset, Split, digest

VERSION = "1"
_SIDE = SPAN // 2
_LOW = 0.05
_PAD = "\n"
"""The piece beyond either end of a text."""


@frozen
class Examples:
    """Words with their labels.

    Args:
        keys: Buckets of every piece of all texts, padded between texts; one row a piece.
        places: Rows of `keys` that are words to be decided on.
        again: 1 for a word that its text had before.
        kept: 1 for a word that was kept.
        content: Whether the word is a plain one with content.
    """

    keys: NDArray[np.uint16]
    places: NDArray[np.int64]
    again: NDArray[np.float32]
    kept: NDArray[np.float32]
    content: NDArray[np.bool_]


@frozen(kw_only=True)
class LocalTrainer:
    """Learns which words can be left out, as logistic regression by AdaGrad.

    Args:
        epochs: Passes over the words.
        rate: Step size.
        batch: Words a step.
        most: Most words to learn from; of a longer data set the first rows.
        seed: Order of the words.
        shuffled: Deal the labels out anew among the words: a control that can learn nothing but how often words stay.
        data: Fingerprint of further data behind the rows, recorded with the weights.
    """

    epochs: int = field(default=6, validator=ge(1))
    rate: float = field(default=0.5, validator=gt(0.0))
    batch: int = field(default=2_048, validator=ge(1))
    most: int = field(default=1_000_000, validator=ge(1))
    seed: int = 0
    shuffled: bool = False
    data: str = ""

    @property
    def id(self) -> str:
        """Fingerprint of the method and its settings."""
        settings = (self.epochs, self.rate, self.batch, self.most, self.seed, self.shuffled, BUCKETS, SPAN)
        return f"local-trainer-{digest(VERSION, *map(str, settings))[:12]}"

    async def train(self, dataset: Dataset, folder: Path, on_step: OnStep) -> Adapter:
        """Train into `folder`. A run that was killed starts anew, and ends in the same bytes.

        Raises:
            TrainingError: The train split has no pair with prose in it.
        """
        train = await anyio.to_thread.run_sync(lambda: self._examples(dataset, "train"))
        valid = await anyio.to_thread.run_sync(lambda: self._examples(dataset, "valid"))
        if not len(train.kept):
            raise TrainingError(f"{dataset.folder}: no pair of the train split has prose to learn from")
        model = Logistic(np.zeros((SPAN, BUCKETS)), self.rate)
        order = np.random.default_rng(self.seed)
        metrics: dict[str, float] = {}
        for epoch in range(1, self.epochs + 1):
            shuffled = order.permutation(len(train.kept))
            loss = await anyio.to_thread.run_sync(model.epoch, train, shuffled, self.batch)
            metrics = {"loss": loss}
            if len(valid.kept):
                metrics["valid_loss"] = model.loss(valid)
            on_step(epoch, metrics)
        metrics = {name: round(value, 6) for name, value in metrics.items()} | {"words": float(len(train.kept))}
        chance = model.chance(train, np.flatnonzero(train.content))
        typical = float(np.quantile(chance, _LOW)) if len(chance) else 0.5
        return self._save(model, typical, dataset, folder, metrics)

    async def load(self, adapter: Adapter) -> Compressor:
        """The embedded compressor with the trained salience, verified by the embedded judge."""
        return Verified(LocalCompressor(salience=Salience.load(adapter.folder)), LocalJudge())

    def _examples(self, dataset: Dataset, split: Split) -> Examples:
        keys: list[tuple[int, ...]] = [features(_PAD)] * _SIDE
        places: list[int] = []
        again: list[NDArray[np.float32]] = []
        kept: list[NDArray[np.float32]] = []
        content: list[bool] = []
        for original, compressed in _pairs(dataset, split):
            if len(places) >= self.most:
                break
            texts = words.pieces(original)
            if not texts:
                continue
            places += range(len(keys), len(keys) + len(texts))
            keys += [features(piece) for piece in texts]
            keys += [features(_PAD)] * _SIDE
            again.append(repeats([piece.lower() for piece in texts]))
            kept.append(labels(texts, words.pieces(compressed)))
            content += [words.is_plain(piece) and piece not in words.FUNCTION for piece in texts]
        none = [np.zeros(0, dtype=np.float32)]
        labelled = np.concatenate(kept or none)
        if self.shuffled:
            labelled = np.random.default_rng(self.seed).permutation(labelled)
        return Examples(
            np.array(keys, dtype=np.uint16),
            np.array(places, dtype=np.int64),
            np.concatenate(again or none),
            labelled,
            np.array(content, dtype=np.bool_),
        )

    def _save(
        self, model: Logistic, typical: float, dataset: Dataset, folder: Path, metrics: dict[str, float]
    ) -> Adapter:
        tensors: bytes = save_tensors({"weights": model.weights.astype(np.float16)})
        config = {
            "format": 1,
            "trainer": self.id,
            "dataset": dataset.id,
            "data": self.data,
            "bias": round(float(model.scalars[0]), 6),
            "repeat": round(float(model.scalars[1]), 6),
            "typical": round(typical, 6),
            "metrics": metrics,
        }
        text = json.dumps(config, indent=1, sort_keys=True) + "\n"
        make_folder(folder)
        _write(folder / TENSORS, tensors)
        _write(folder / CONFIG, text.encode())
        return Adapter(folder=folder, id=digest(tensors.hex(), text), trainer=self.id, metrics=metrics)


class Logistic:
    """A logistic model of being kept, learnt by AdaGrad."""

    def __init__(self, weights: NDArray[np.float64], rate: float) -> None:
        self.weights = weights
        self.scalars = np.zeros(2)
        self._rate = rate
        self._seen = np.full_like(weights, 1e-2)
        self._seen_scalars = np.full(2, 1e-2)

    def log_odds(self, data: Examples, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Log-odds of being kept of some of the words."""
        bias, repeat = self.scalars
        out = bias + repeat * data.again[rows].astype(np.float64)
        for place in range(SPAN):
            out += self.weights[place][data.keys[data.places[rows] + place - _SIDE]].sum(axis=1)
        return out

    def chance(self, data: Examples, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Chance of being kept of some of the words."""
        return 1 / (1 + np.exp(-self.log_odds(data, rows)))

    def epoch(self, data: Examples, order: NDArray[np.int64], batch: int) -> float:
        """One pass over the words in this order; returns the mean loss on the way, in nats a word."""
        lost = 0.0
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            kept = data.kept[rows].astype(np.float64)
            chance = self.chance(data, rows)
            lost += _log_loss(kept, chance)
            self._step(data, rows, (chance - kept) / len(rows))
        return lost / len(order)

    def loss(self, data: Examples) -> float:
        """Mean loss in nats a word."""
        chance = self.chance(data, np.arange(len(data.kept)))
        return _log_loss(data.kept.astype(np.float64), chance) / len(data.kept)

    def _step(self, data: Examples, rows: NDArray[np.int64], slope: NDArray[np.float64]) -> None:
        for place in range(SPAN):
            keys = data.keys[data.places[rows] + place - _SIDE]
            slopes = np.repeat(slope, keys.shape[1])
            gradient = np.bincount(keys.ravel(), weights=slopes, minlength=BUCKETS)
            self._seen[place] += gradient * gradient
            self.weights[place] -= self._rate * gradient / np.sqrt(self._seen[place])
        both = np.array([slope.sum(), slope @ data.again[rows]])
        self._seen_scalars += both * both
        self.scalars -= self._rate * both / np.sqrt(self._seen_scalars)


def _log_loss(kept: NDArray[np.float64], chance: NDArray[np.float64]) -> float:
    chance = np.clip(chance, 1e-9, 1 - 1e-9)
    return float(-(kept * np.log(chance) + (1 - kept) * np.log(1 - chance)).sum())


def _pairs(dataset: Dataset, split: Split) -> Iterator[tuple[str, str]]:
    """The prose pairs of a split."""
    for row in dataset.rows(split):
        original, compressed = row_texts(row["messages"])
        yield from prose_pairs(original, compressed, row["domain"])


def _write(path: Path, data: bytes) -> None:
    """Write a file so that it is whole or not there."""
    part = path.with_suffix(f"{path.suffix}.part")
    with disk_errors(path):
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
