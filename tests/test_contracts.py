"""Every implementation keeps its protocol's contract, and every check fails on one that breaks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest

from semzip import Panel, Verified
from semzip.local import LocalCompressor, LocalJudge, LocalTrainer
from semzip.protocols import Compressor, Judge, Message, OnStep, Schema
from semzip.records import Adapter, Compression, Dataset, Passage, Reply, Usage, Verdict
from semzip.testing import (
    ContractError,
    FakeChat,
    FakeCompressor,
    FakeJudge,
    FakeTrainer,
    MemoryStore,
    check_chat,
    check_compressor,
    check_judge,
    check_store,
    check_trainer,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "compressor",
    [
        LocalCompressor(),
        LocalCompressor(salience=None, level=0),
        LocalCompressor(target_ratio=0.5),
        Verified(LocalCompressor(), LocalJudge()),
        FakeCompressor(),
    ],
    ids=lambda compressor: compressor.id,
)
async def test_compressors_keep_the_contract(compressor: Compressor) -> None:
    await check_compressor(compressor)


@pytest.mark.parametrize(
    "judge", [LocalJudge(), Panel((LocalJudge(), FakeJudge())), FakeJudge()], ids=lambda judge: judge.id
)
async def test_judges_keep_the_contract(judge: Judge) -> None:
    await check_judge(judge)


@pytest.mark.parametrize("trainer", [LocalTrainer(), FakeTrainer()], ids=lambda trainer: trainer.id)
async def test_trainers_keep_the_contract(trainer: LocalTrainer | FakeTrainer, tmp_path: Path) -> None:
    await check_trainer(trainer, tmp_path)


async def test_the_fake_chat_keeps_the_contract() -> None:
    await check_chat(FakeChat(lambda messages, schema: '{"yes":true}' if schema else "yes"))


# -- broken on purpose -----------------------------------------------------------------------


class Broken:
    """A compressor with one fault."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.waiting: list[Passage] = []
        self.calls = 0

    @property
    def id(self) -> str:
        self.calls += 1
        return f"broken-{self.calls}" if self.fault == "changes its id" else "broken"

    async def compress(self, passage: Passage) -> Compression:
        words = passage.text.split(" ")
        if self.fault == "returns longer text":
            return passage.compressed(passage.text + " And more.", by="broken")
        if self.fault == "returns an empty text":
            return passage.compressed("", by="broken")
        if self.fault == "counts wrongly":
            return passage.compressed(" ".join(words[1:]), by="broken", tokens=1)
        if self.fault == "drops an item":
            return None if "valve" in passage.text else passage.compressed(" ".join(words[1:]), by="broken")  # type: ignore[return-value]
        if self.fault == "reorders":
            self.waiting.append(passage)
            await anyio.sleep(0.05)
            neighbour = self.waiting[self.waiting.index(passage) - 1]
            return neighbour.compressed("short", by="broken")
        try:
            await anyio.sleep(0.05)
        except anyio.get_cancelled_exc_class():
            if self.fault != "swallows cancellation":
                raise
        return passage.compressed(" ".join(words[1:]), by="broken")


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        ("returns longer text", "no more tokens than the original"),
        ("returns an empty text", "not empty"),
        ("counts wrongly", "exact count"),
        ("drops an item", "gives a Compression, not NoneType"),
        ("reorders", "its own text"),
        ("swallows cancellation", "ends by the cancellation"),
        ("changes its id", "stays the same"),
    ],
)
async def test_a_broken_compressor_is_found(fault: str, promise: str) -> None:
    with pytest.raises(ContractError, match=promise):
        await check_compressor(Broken(fault))


async def test_the_same_compressor_without_a_fault_passes() -> None:
    await check_compressor(Broken("none"))


class BrokenJudge:
    id = "broken"

    def __init__(self, fault: str) -> None:
        self.fault = fault

    async def judge(self, pair: Compression) -> Verdict:
        if self.fault == "swallows cancellation":
            try:
                await anyio.sleep(0.05)
            except anyio.get_cancelled_exc_class():
                pass
        passed = pair.text == pair.original
        if self.fault == "passes everything":
            passed = True
        if self.fault == "fails everything":
            passed = False
        return Verdict(score=float(passed), passed=passed)


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        ("passes everything", "says nothing of the original fails"),
        ("fails everything", "passes against itself"),
        ("swallows cancellation", "ends by the cancellation"),
    ],
)
async def test_a_broken_judge_is_found(fault: str, promise: str) -> None:
    with pytest.raises(ContractError, match=promise):
        await check_judge(BrokenJudge(fault))


class BrokenChat:
    id = "broken"

    def __init__(self, fault: str) -> None:
        self.fault = fault

    async def send(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int | None = None
    ) -> Reply:
        usage = Usage() if self.fault == "hides its usage" else Usage(input_tokens=3)
        return Reply("no JSON" if schema and self.fault == "ignores the schema" else '{"yes": true}', usage)


@pytest.mark.parametrize(
    ("fault", "promise"), [("hides its usage", "how many input tokens"), ("ignores the schema", "is JSON")]
)
async def test_a_broken_chat_is_found(fault: str, promise: str) -> None:
    with pytest.raises(ContractError, match=promise):
        await check_chat(BrokenChat(fault))


class BrokenTrainer(FakeTrainer):
    fault = ""

    async def train(self, dataset: Dataset, folder: Path, on_step: OnStep) -> Adapter:
        adapter = await super().train(dataset, folder, on_step if self.fault != "tells no step" else lambda *_: None)
        if self.fault == "never repeats itself":
            return Adapter(folder=folder, id=str(folder))
        if self.fault == "writes elsewhere":
            return Adapter(folder=folder.parent, id="same")
        return adapter


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        ("tells no step", "on_step is called"),
        ("never repeats itself", "the same adapter"),
        ("writes elsewhere", "folder that was given"),
    ],
)
async def test_a_broken_trainer_is_found(fault: str, promise: str, tmp_path: Path) -> None:
    trainer = type("Faulty", (BrokenTrainer,), {"fault": fault})()
    with pytest.raises(ContractError, match=promise):
        await check_trainer(trainer, tmp_path)


class BrokenStore(MemoryStore):
    fault = ""

    async def put(self, kind: str, key: str, value: Mapping[str, Any]) -> bool:
        if self.fault == "overwrites":
            self.values.pop((kind, key), None)
        if self.fault == "drops an item" and key == "0700":
            return True
        return await super().put(kind, key, value)

    async def scan(self, kind: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        items = [item async for item in super().scan(kind)]
        for item in reversed(items) if self.fault == "reorders" else items:
            yield item


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        ("overwrites", "known key is False"),
        ("drops an item", "drops nothing"),
        ("reorders", "in the order of the keys"),
    ],
)
async def test_a_broken_store_is_found(fault: str, promise: str, tmp_path: Path) -> None:
    store = type("Faulty", (BrokenStore,), {"fault": fault})(tmp_path)
    with pytest.raises(ContractError, match=promise):
        await check_store(lambda: store)


async def test_a_store_that_commits_nothing_is_found(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="committed value is seen"):
        await check_store(lambda: MemoryStore(tmp_path))
