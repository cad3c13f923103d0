"""Evaluation as a stage: what is compared on the test split, row by row, and what each row became.

The arms: `v1`, by the run's compressor; `v2`, by the adapter; controls; the references; and on request adapters trained
on parts of the train split, which show whether more data would still help.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import field, frozen
from attrs.validators import deep_iterable, ge, gt, le, optional

from semzip import evaluate
from semzip._codec import dumps, to_json
from semzip._files import replacing
from semzip._items import Items, alone
from semzip._stream import map_stream
from semzip._tally import dollars
from semzip.dataset import SHARES, part
from semzip.evaluate import Example
from semzip.events import Watch
from semzip.protocols import Compressor, Trainer
from semzip.records import GIVEN, Dataset, Failure, Passage
from semzip.references import ORIGINAL, references
from semzip.training import Training, loaded

NAME = "evaluation.jsonl"
CURVE = (0.25, 0.5, 1.0)

V1_OF_THE_PLAN = {
    "pass_rate": 0.89,
    "ratio": 0.62,
    "equivalence": 0.859,
    "source": "quoted from the v2 plan, not measured here",
}
"""What the plan says of v1: shown, so marked, where a run has no compressor to measure."""


@frozen(kw_only=True)
class Evaluation:
    """How a run is evaluated.

    Args:
        limit: Most rows of the test split, the first by their ids; None for all.
        references: Measure the original, a cut, the removal of stop words and the embedded default on the same rows.
        curve: Shares of the train split, in (0, 1], to train on and evaluate, such as CURVE. Each is a training.
    """

    limit: int | None = field(default=None, validator=optional(ge(1)))
    references: bool = True
    curve: tuple[float, ...] = field(default=(), converter=tuple, validator=deep_iterable([gt(0.0), le(1.0)]))

    def judged(self, passages: int, *, controls: int) -> float:
        """How many texts the judges are shown anew, for an estimate: v1's rows were judged when they were made.

        Args:
            passages: Of the run; all of them are taken to pass.
            controls: Trainers beside the one of v2.
        """
        rows = SHARES["test"] * passages
        others = len(references(1.0)) - 1 if self.references else 0
        return (rows if self.limit is None else min(rows, self.limit)) * (1 + controls + others + len(self.curve))


@frozen(kw_only=True)
class Evaluating:
    """Evaluates compressors on a dataset's test split, into a folder.

    Args:
        items: Compresses and judges, and keeps what it did.
        folder: Where NAME goes: a line for each row of each arm.
        watch: Told of every row, asked whether to stop.
        concurrency: Most rows in flight at once.
        settings: What is evaluated.
    """

    items: Items
    folder: Path
    watch: Watch
    concurrency: int
    settings: Evaluation
    _done: Counter[str] = field(factory=Counter[str], init=False)

    async def figures(
        self, dataset: Dataset, compressors: Mapping[str, Compressor | None], trainer: Trainer | None
    ) -> dict[str, Any]:
        """The figures of all arms, as `evaluate.compare` has them; and `rows`, what they were measured on.

        Args:
            dataset: Its test split is evaluated.
            compressors: By arm; None for the rows' own compressions. "v1" and "v2" among them.
            trainer: Trains on parts of the train split, for the curve.
        """
        rows = evaluate.held_out(dataset, self.settings.limit)
        self.watch.begin("evaluate")
        arms = {name: await self.arm(rows, compressor) for name, compressor in compressors.items()}
        out = evaluate.compare(arms)
        others: dict[str, list[Example]] = {}
        by = {name: None if one is None else one.id for name, one in compressors.items()}
        out["rows"] = {"n": len(rows), "of": dataset.test, "dataset": dataset.id, "by": by}
        if self.settings.references and rows:
            found = references(out.get("v2", out["v1"])["ratio"])
            for name, reference in found.items():
                others[name] = await self.arm(rows, reference, even_unchanged=name == ORIGINAL)
            out["references"] = {name: evaluate.figures(examples) for name, examples in others.items()}
            out["rows"]["references"] = {name: reference.id for name, reference in found.items()}
        if self.settings.curve and trainer is not None:
            out["curve"] = [await self._learnt(dataset, rows, trainer, share) for share in self.settings.curve]
        out["usd"] = spent(out)
        if compressors.get("v1") is None:
            out["quoted"] = {"v1": V1_OF_THE_PLAN}
        await self._write({**arms, **others})
        self.watch.end("evaluate", self._done)
        return out

    async def latency(self, dataset: Dataset, compressors: Mapping[str, Compressor | None]) -> dict[str, Any]:
        """Seconds from asking to the answer, of each arm's rows that the store has a time of: `n, median, p95`."""
        rows = evaluate.held_out(dataset, self.settings.limit)
        out: dict[str, Any] = {}
        for name, compressor in compressors.items():
            if compressor is not None:
                each = [await self.items.latency(compressor.id, passage) for passage, _ in rows]
                out[name] = spread([seconds for seconds in each if seconds is not None])
        return out

    async def arm(
        self, rows: Sequence[tuple[Passage, str]], compressor: Compressor | None, *, even_unchanged: bool = False
    ) -> list[Example]:
        """What a compressor makes of the rows, judged, in the order of their ids."""

        def counted() -> Iterator[tuple[Passage, str]]:
            for row in rows:
                self.watch.heed()
                yield row
                self._done["evaluated"] += 1
                self.watch.item("evaluate", self._done)

        async def one(row: tuple[Passage, str]) -> Example:
            passage, short = row
            own = passage.compressed(short, by=f"{GIVEN}dataset")
            pair = own if compressor is None else await self.items.compress(compressor, passage)
            if even_unchanged and not isinstance(pair, Failure):
                judged = await self.items.judge_anyway(pair)
            else:
                judged = await self.items.judge(pair)
            return evaluate.example(passage, own.original_tokens, judged, even_unchanged=even_unchanged)

        async with map_stream(one, counted(), limit=self.concurrency) as stream:
            examples = sorted([example async for example in stream], key=lambda example: example.id)
        await self.items.store.commit()
        return examples

    async def _learnt(
        self, dataset: Dataset, rows: Sequence[tuple[Passage, str]], trainer: Trainer, share: float
    ) -> dict[str, Any]:
        """The figures of an adapter that saw this share of the train split."""
        name = f"curve/{share:g}"
        taken = part(dataset, share, self.folder / name / "dataset")
        training = Training(self.items.store, self.folder, self.watch)
        adapter = await training.adapter(trainer, taken, f"{name}/adapter")
        async with loaded({name: trainer}, {name: adapter}) as trained:
            measured = await self.arm(rows, trained[name])
        return point(measured, share=share, train=taken.train, by=trained[name].id)

    async def _write(self, arms: Mapping[str, Sequence[Example]]) -> None:
        async with alone(self.items.store, "evaluation"):
            with replacing(self.folder / NAME) as file:
                for name, examples in arms.items():
                    file.writelines(dumps({"arm": name, **to_json(example)}) + "\n" for example in examples)


def point(examples: Sequence[Example], *, share: float, train: int, by: str) -> dict[str, Any]:
    """A point of the learning curve: the figures of a compressor that saw so much."""
    found = evaluate.figures(examples)
    rates = {name: value for name, value in found.items() if name.startswith(_RATES)}
    return {"share": share, "train": train, "by": by, "n": found["n"], "usd": found["usd"], **rates}


def spent(figures: Mapping[str, Any]) -> float | None:
    """What an evaluation cost: of each arm but v1, which a run has compressed and judged before."""
    arms: list[Mapping[str, Any]] = [figures[name] for name in figures["rows"]["by"] if name != "v1"]
    return dollars(one["usd"] for one in (*arms, *figures.get("references", {}).values(), *figures.get("curve", ())))


_RATES = ("pass_rate", "ratio", "mean_ratio", "equivalence")


def spread(seconds: Sequence[float]) -> dict[str, Any]:
    """How long it took: `n, median, p95`, in seconds."""
    if not seconds:
        return {"n": 0, "median": None, "p95": None}
    median, slow = np.percentile(seconds, [50, 95])
    return {"n": len(seconds), "median": round(float(median), 6), "p95": round(float(slow), 6)}
