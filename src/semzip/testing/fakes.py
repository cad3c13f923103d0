"""Public fakes: small implementations of every protocol, without a model, for tests of what is built on them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from anyio.lowlevel import checkpoint
from attrs import field, frozen

from semzip._codec import dumps
from semzip._files import make_folder
from semzip.prompts import chat_row, row_texts
from semzip.protocols import Compressor, Message, OnStep, Schema
from semzip.records import SPLITS, Adapter, Compression, Dataset, Loss, Passage, Reply, Usage, Verdict, digest

TEXTS = (
    "The committee did not approve the budget of 1,250 euros before 3 May 2021, although it had been asked to twice.",
    "In order to open the valve, the operator turns the red handle to the left until the pressure is below 4 bar.",
    "Marie sold the house to Jonas for 310,000 euros; Jonas sold the boat to Marie for 12,500 euros a week later.",
    "If the test fails, the build is not released unless the lead has signed it; otherwise it is released on Friday.",
)
"""Short texts with numbers, names, negations and conditions, for checks that are given none."""


@frozen
class FakeCompressor:
    """Drops every `step`-th word."""

    step: int = 4
    id: str = "fake-compressor"

    async def compress(self, passage: Passage) -> Compression:
        """The text without every `step`-th word."""
        await checkpoint()
        words = passage.text.split(" ")
        kept = [word for number, word in enumerate(words, 1) if number % self.step]
        short = passage.compressed(" ".join(kept), by=self.id)
        return short if short.tokens <= short.original_tokens else passage.compressed(passage.text, by=self.id)


@frozen
class FakeJudge:
    """Scores by the share of the original's words that are left, and passes from `threshold` on."""

    threshold: float = 0.7
    id: str = "fake-judge"

    async def judge(self, pair: Compression) -> Verdict:
        """The verdict."""
        await checkpoint()
        words, left = pair.original.split(), set(pair.text.split())
        lost = [word for word in words if word not in left]
        score = 1 - len(lost) / max(1, len(words))
        losses = tuple(Loss("detail", word) for word in lost)
        return Verdict(score=score, passed=score >= self.threshold, losses=losses, judge=self.id)


@frozen
class FakeChat:
    """Answers by a function of the messages.

    Args:
        answer: From the messages and the schema to the reply's text.
    """

    answer: Callable[[Sequence[Message], Schema | None], str]
    id: str = "fake-chat"

    async def send(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int | None = None
    ) -> Reply:
        """The function's answer, cut to `max_tokens` words, with word counts as usage."""
        await checkpoint()
        text = " ".join(self.answer(messages, schema).split(" ")[:max_tokens])
        used = sum(len(message["content"].split()) for message in messages)
        return Reply(text, Usage(input_tokens=used, output_tokens=len(text.split())), {"text": text})


@frozen
class FakeTrainer:
    """Writes the number of its rows as adapter, and loads a FakeCompressor."""

    step: int = 3
    id: str = "fake-trainer"

    async def train(self, dataset: Dataset, folder: Path, on_step: OnStep) -> Adapter:
        """One step a row of the train split."""
        make_folder(folder)
        count = 0
        for count, row in enumerate(dataset.rows("train"), 1):
            on_step(count, {"loss": 1 / len(row_texts(row["messages"])[1])})
            await checkpoint()
        (folder / "adapter.json").write_text(dumps({"rows": count}), encoding="utf-8")
        return Adapter(folder=folder, id=digest(dataset.id, str(count)), trainer=self.id)

    async def load(self, adapter: Adapter) -> Compressor:
        """A FakeCompressor that drops every `step`-th word."""
        return FakeCompressor(step=self.step, id=f"fake-{adapter.id}")


@frozen
class MemoryStore:
    """A Store in a dictionary, for tests and runs that leave nothing behind."""

    folder: Path
    values: dict[tuple[str, str], str] = field(factory=dict[tuple[str, str], str])

    async def get(self, kind: str, key: str) -> dict[str, Any] | None:
        """The value, or None."""
        text = self.values.get((kind, key))
        return None if text is None else dict(json.loads(text))

    async def put(self, kind: str, key: str, value: Mapping[str, Any]) -> bool:
        """Keep the value; False where the key has one."""
        if (kind, key) in self.values:
            return False
        self.values[kind, key] = dumps(value)
        return True

    async def scan(self, kind: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Every key and value of a kind, in the order of the keys."""
        for name, key in sorted(self.values):
            if name == kind:
                yield key, dict(json.loads(self.values[name, key]))

    async def commit(self) -> None:
        """Nothing is to be done."""


def sample_dataset(folder: Path, rows: int = 12) -> Dataset:
    """A small dataset of TEXTS, numbered so that they differ, each shortened by dropping articles."""
    folder.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        lines: list[str] = []
        for number in range(rows):
            text = f"Case {number} of {split}. {TEXTS[number % len(TEXTS)]}"
            short = " ".join(word for word in text.split(" ") if word.lower() not in {"the", "a", "an"})
            lines.append(dumps({"id": digest(text), "domain": "nl", "messages": chat_row(text, short)}) + "\n")
        (folder / f"{split}.jsonl").write_text("".join(lines), encoding="utf-8")
    return Dataset(folder=folder, id=digest(str(rows)), train=rows, valid=rows, test=rows)
