"""Uses the public API as strictly typed callers do. Never run: mypy and pyright check it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, assert_type

import anyio

import semzip
from semzip import (
    Adapter,
    Budget,
    Chat,
    ChatCompressor,
    ChatJudge,
    Compression,
    Compressor,
    Dataset,
    Failure,
    Judge,
    Loss,
    Panel,
    Passage,
    Pipeline,
    Reply,
    Report,
    Store,
    Trainer,
    Usage,
    Verdict,
    Verified,
)
from semzip.corpus import read
from semzip.costs import Price
from semzip.gates import MaxRatio, MinEquivalence, Target
from semzip.local import LocalCompressor, LocalJudge, LocalTrainer
from semzip.protocols import OnStep
from semzip.records import Domain
from semzip.stores import SQLiteStore
from semzip.testing import check_chat, check_compressor, check_judge, check_store, check_trainer


def front_door(text: str) -> None:
    short = semzip.compress(text)
    assert_type(short, Compression)
    assert_type(short.text, str)
    assert_type(short.tokens, int)
    assert_type(short.ratio, float)
    assert_type(short.domain, Domain)
    semzip.compress(text, 0.5, 200, "Which valve?", "nl", "cl100k_base")
    semzip.compress(text, target_ratio=0.5, max_tokens=None, question=None, domain="code", tokenizer="llama3")
    if short.verdict is not None:
        assert_type(short.verdict, Verdict)
    verdict = semzip.check(text, short.text, domain="data")
    assert_type(verdict.losses, tuple[Loss, ...])
    assert_type([loss.hard for loss in verdict.losses if loss.where is not None], list[bool])
    assert_type(semzip.expand(short.text), str)
    assert_type(semzip.count_tokens(text, tokenizer="cl100k_base"), int)


# Plain classes: nothing is inherited.


class Shorter:
    id = "shorter-1"

    async def compress(self, passage: Passage) -> Compression:
        return passage.compressed(passage.text[:100], by=self.id)


class Strengths:
    """Has a gentler strength, and an id that is a property."""

    def __init__(self, level: int) -> None:
        self.level = level

    @property
    def id(self) -> str:
        return f"strengths-{self.level}"

    async def compress(self, passage: Passage) -> Compression:
        return passage.compressed(passage.text[self.level :], by=self.id)

    def gentler(self) -> Strengths | None:
        return Strengths(self.level - 1) if self.level else None


class Strict:
    id = "strict-1"

    async def judge(self, pair: Compression) -> Verdict:
        lost = Loss("number", "3", where=0)
        return Verdict(score=pair.ratio, passed=False, losses=(lost,), judge=self.id, usage=Usage(usd=None))


class Echo:
    id = "echo-1"

    async def send(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        schema: Mapping[str, Any] | None = None,
        max_tokens: int | None = None,
    ) -> Reply:
        return Reply(messages[-1]["content"], Usage(input_tokens=1), {"schema": schema, "max_tokens": max_tokens})


class Learner:
    id = "learner-1"

    async def train(self, dataset: Dataset, folder: Path, on_step: OnStep) -> Adapter:
        for number, row in enumerate(dataset.rows("train")):
            on_step(number, {"loss": float(len(row))})
        return Adapter(folder=folder, id=dataset.id)

    async def load(self, adapter: Adapter) -> Compressor:
        return LocalCompressor(level=0) if adapter.base_model else Shorter()


class Shelf:
    def __init__(self) -> None:
        self.values: dict[tuple[str, str], dict[str, Any]] = {}

    async def get(self, kind: str, key: str) -> dict[str, Any] | None:
        return self.values.get((kind, key))

    async def put(self, kind: str, key: str, value: Mapping[str, Any]) -> bool:
        return self.values.setdefault((kind, key), dict(value)) == value

    async def scan(self, kind: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        for (name, key), value in sorted(self.values.items()):
            if name == kind:
                yield key, value

    async def commit(self) -> None:
        pass


compressor: Compressor = Shorter()
gentler: Compressor = Strengths(3)
judge: Judge = Strict()
chat: Chat = Echo()
trainer: Trainer = Learner()
store: Store = Shelf()
verified: Compressor = Verified(LocalCompressor(salience=None), LocalJudge(threshold=0.9), fallback=False)
asking: Compressor = ChatCompressor(chat, candidates=3, judge=judge)
asked: Judge = ChatJudge(chat, method="tasks", compare=lambda original, compressed, domain: 1.0)
panel: Judge = Panel((judge, asked, LocalJudge()))


def small(pair: Compression) -> str | None:
    return None if pair.tokens < 500 else "too long"


class Small:
    """A gate is any callable with an id."""

    id = "small"

    def __call__(self, pair: Compression) -> str | None:
        return small(pair)


pipeline = Pipeline(
    compressor=verified,
    judges=(judge, panel),
    trainer=LocalTrainer(),
    store=SQLiteStore("runs/mine/run.db"),
    gates=(MaxRatio(0.8), MinEquivalence(0.9), Small()),
    targets=(Target("pass_rate", ">", 0.8),),
    budget=Budget(usd=50),
    controls={"other": trainer},
    folder=Path("runs/mine"),
)
without_training = Pipeline(compressor=None, judges=(judge,), store=store, folder=Path("runs/judged"))


def price() -> float:
    return Price(2.0, 10.0, cached=0.2).usd(1_000, 200)


async def whole() -> None:
    report = await pipeline.run(read("python"), limit={"nl": 100, "code": 100}, stages=("generate", "judge"))
    assert_type(report, Report)
    assert_type(report.met, bool)
    await pipeline.aclose()


async def stages(passages: list[Passage]) -> None:
    async with pipeline.generate(passages) as pairs, pipeline.judge(pairs) as judged:
        async for item in judged:
            assert_type(item, Compression | Failure)
            if isinstance(item, Failure):
                assert_type(item.message, str)
            else:
                assert_type(item.verdict, Verdict | None)


async def contracts(folder: Path) -> None:
    await check_compressor(compressor)
    await check_judge(judge)
    await check_chat(chat)
    await check_trainer(trainer, folder)
    await check_store(lambda: store)


def blocking() -> Report:
    return anyio.run(pipeline.run, [Passage("A text.", "nl")])
