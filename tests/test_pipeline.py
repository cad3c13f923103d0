"""The pipeline with small parts: what flows where, what is counted, and what is never done twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest
from attrs import frozen

from corpora import texts
from semzip import Compression, Failure, Passage, Pipeline, Verdict, Verified
from semzip.errors import (
    AccountError,
    ConfigError,
    DataError,
    RefusalError,
    StoppedError,
    TooManyFailuresError,
    TrainingError,
)
from semzip.events import Event
from semzip.gates import MaxRatio, Target
from semzip.local import LocalCompressor, LocalJudge
from semzip.protocols import OnStep
from semzip.records import Adapter, Dataset
from semzip.stores import SQLiteStore
from semzip.testing import FakeCompressor, FakeJudge, FakeTrainer, MemoryStore

pytestmark = pytest.mark.anyio


class EverySecondWord:
    """A compressor of ten lines."""

    id = "every-second-word"

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    async def compress(self, passage: Passage) -> Compression:
        self.asked[passage.id] += 1
        return passage.compressed(" ".join(passage.text.split(" ")[::2]), by=self.id)


class LikesEvenLengths:
    """A judge of ten lines."""

    def __init__(self, name: str = "even") -> None:
        self.id = name
        self.asked: Counter[str] = Counter()

    async def judge(self, pair: Compression) -> Verdict:
        self.asked[pair.id] += 1
        even = len(pair.text) % 2 == 0
        return Verdict(score=1.0 if even else 0.25, passed=even)


def passages(n: int = 120) -> list[Passage]:
    return [Passage(text, "code" if domain == "code" else "nl") for domain, text in texts(n)]


def timeless(figures: Mapping[str, Any]) -> dict[str, Any]:
    """A report without what a clock measured."""
    return {name: value for name, value in figures.items() if name not in {"seconds", "latency"}}


def pipeline(folder: Path, **parts: Any) -> Pipeline:
    defaults: dict[str, Any] = {
        "compressor": EverySecondWord(),
        "judges": (LikesEvenLengths(),),
        "trainer": FakeTrainer(),
        "store": MemoryStore(folder),
    }
    return Pipeline(**{**defaults, **parts})


async def test_a_run_with_parts_of_ten_lines_each(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "run.db")
    report = await pipeline(tmp_path, store=store).run(passages())
    await store.aclose()
    figures = json.loads((tmp_path / "report.json").read_text())
    assert figures == json.loads(json.dumps(report.figures))
    expected = [len(" ".join(one.text.split(" ")[::2])) % 2 == 0 for one in passages()]
    assert (figures["passages"], figures["compressed"], figures["judged"]) == (120, 120, 120)
    assert (figures["passed"], figures["rejected"]) == (sum(expected), 120 - sum(expected))
    assert figures["pass_rate"] == pytest.approx(sum(expected) / 120, abs=1e-6)
    assert figures["unchanged"] == figures["failed"] == 0
    assert sum(figures["dataset"][split] for split in ("train", "valid", "test")) == sum(expected)
    assert figures["evaluation"]["v1"]["n"] == figures["evaluation"]["v2"]["n"] == figures["dataset"]["test"]
    assert {"pass_rate", "ratio", "mean_ratio", "equivalence", "n"} <= figures["evaluation"]["v2"].keys()
    assert {"seconds", "versions", "ratio"} <= figures.keys()
    assert sorted(path.name for path in (tmp_path / "release").iterdir()) == [
        "DATASET.md",
        "README.md",
        "adapter",
        "config.json",
        "manifest.json",
        "run.json",
    ]


async def test_the_ratio_is_over_the_passed_pairs_sum_over_sum(tmp_path: Path) -> None:
    run = pipeline(tmp_path)
    report = await run.run(passages())
    pairs = [one.compressed(" ".join(one.text.split(" ")[::2]), by="") for one in passages()]
    good = [pair for pair in pairs if len(pair.text) % 2 == 0]
    ratio = sum(pair.tokens for pair in good) / sum(pair.original_tokens for pair in good)
    assert report.figures["ratio"] == pytest.approx(ratio, abs=1e-6)
    code = [pair for pair in good if pair.original.startswith("def ")]
    ratio = sum(pair.tokens for pair in code) / sum(pair.original_tokens for pair in code)
    assert report.figures["domains"]["code"]["ratio"] == pytest.approx(ratio, abs=1e-6)


async def test_the_stages_are_streams_that_overlap(tmp_path: Path) -> None:
    run = pipeline(tmp_path, concurrency=4)
    order: list[str] = []

    async def source() -> Any:
        for passage in passages(40):
            order.append("read")
            yield passage

    async with run.generate(source()) as pairs, run.judge(pairs) as judged:
        async for item in judged:
            assert isinstance(item, Compression)
            assert item.verdict is not None
            order.append("judged")
    assert order.index("judged") < 30
    assert order.count("judged") == 40


async def test_a_second_run_does_nothing_again_and_says_the_same(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "run.db")
    first = await pipeline(tmp_path, store=store).run(passages())
    compressor, judge = EverySecondWord(), LikesEvenLengths()
    second = await pipeline(tmp_path, store=store, compressor=compressor, judges=(judge,)).run(passages())
    await store.aclose()
    assert not compressor.asked
    assert not judge.asked
    assert timeless(second.figures) == timeless(first.figures)


async def test_another_judge_judges_anew_and_nothing_else(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path)
    stages = ("generate", "judge", "dataset")
    await pipeline(tmp_path, store=store).run(passages(), stages=stages)
    compressor, first, second = EverySecondWord(), LikesEvenLengths(), LikesEvenLengths("other")
    report = await pipeline(tmp_path, store=store, compressor=compressor, judges=(second,)).run(
        passages(), stages=stages
    )
    assert not compressor.asked
    assert len(second.asked) == 120 + report.figures["canaries"]["other"]["judged"]
    third = LikesEvenLengths("third")
    await pipeline(tmp_path, store=store, compressor=compressor, judges=(first, second, third)).run(
        passages(), stages=stages
    )
    assert not first.asked
    assert set(second.asked.values()) == {1}
    assert set(third.asked.values()) == {1}


async def test_identical_passages_cost_one_call(tmp_path: Path) -> None:
    run = pipeline(tmp_path)
    report = await run.run(passages(60) * 3)
    assert isinstance(run.compressor, EverySecondWord)
    assert set(run.compressor.asked.values()) == {1}
    assert report.figures["passages"] == 60


async def test_identical_passages_in_a_stream_cost_one_call_too(tmp_path: Path) -> None:
    class Slow(EverySecondWord):
        async def compress(self, passage: Passage) -> Compression:
            await anyio.sleep(0.02)
            return await super().compress(passage)

    store = SQLiteStore(tmp_path / "run.db")
    run = pipeline(tmp_path, store=store, compressor=Slow())
    async with run.generate(passages(6) * 4) as pairs:
        assert len([pair async for pair in pairs]) == 24
    assert isinstance(run.compressor, EverySecondWord)
    assert set(run.compressor.asked.values()) == {1}
    await store.aclose()


async def test_the_strictest_of_a_panel_decides(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path)
    lenient = FakeJudge(threshold=0.0)
    run = pipeline(tmp_path, store=store, judges=(LikesEvenLengths(), lenient), trainer=None)
    both = await run.run(passages())
    alone = await pipeline(tmp_path, store=store, trainer=None).run(passages())
    assert both.figures["passed"] == alone.figures["passed"]


class Refuses:
    id = "refuses-code"

    async def compress(self, passage: Passage) -> Compression:
        if passage.domain == "code":
            raise RefusalError("I would rather not")
        return passage.compressed(passage.text[:40], by=self.id)


async def test_a_failure_is_data_and_the_run_goes_on(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path)
    report = await pipeline(tmp_path, store=store, compressor=Refuses(), trainer=None).run(passages())
    assert report.figures["failed"] == 40
    assert report.figures["judged"] == 80
    reasons = [value async for _, value in store.scan("failure")]
    assert {(value["stage"], value["error"], value["message"]) for value in reasons} == {
        ("generate", "RefusalError", "I would rather not")
    }


@pytest.mark.parametrize(
    ("answer", "message"),
    [("", "empty text"), (" ".join(["longer"] * 900), "the passage only"), (None, "compression of another text")],
)
async def test_an_answer_that_cannot_be_one_is_a_failure(tmp_path: Path, answer: str | None, message: str) -> None:
    class Odd:
        id = "odd"

        async def compress(self, passage: Passage) -> Compression:
            if answer is None:
                return Passage("another text altogether").compressed("text", by=self.id)
            return passage.compressed(answer, by=self.id)

    run = pipeline(tmp_path, compressor=Odd())
    async with run.generate(passages(1)) as pairs:
        (item,) = [pair async for pair in pairs]
    assert isinstance(item, Failure)
    assert message in item.message


async def test_a_judge_that_fails_on_everything_stops_the_run(tmp_path: Path) -> None:
    class Unreadable:
        id = "unreadable"

        async def judge(self, pair: Compression) -> Verdict:
            raise RefusalError("no verdict")

    with pytest.raises(TooManyFailuresError, match=r"100 of 100 items failed.*no verdict.*the same command goes on"):
        await pipeline(tmp_path, judges=(Unreadable(),)).run(passages())
    with pytest.raises(TooManyFailuresError, match=r"9 of 9 items failed"):
        await pipeline(tmp_path / "few", store=MemoryStore(tmp_path / "few"), judges=(Unreadable(),)).run(passages(9))


async def test_a_judge_of_a_panel_that_fails_on_an_item_fails_that_item_only(tmp_path: Path) -> None:
    class Moody:
        id = "moody"

        async def judge(self, pair: Compression) -> Verdict:
            if pair.original.startswith("def "):
                raise RefusalError("not this one")
            return Verdict(score=1.0, passed=True)

    report = await pipeline(tmp_path, judges=(Moody(), LikesEvenLengths()), trainer=None).run(passages())
    assert (report.figures["failed"], report.figures["judged"]) == (40, 80)
    assert report.figures["agreement"]["passed"] is not None


async def test_an_account_error_stops_the_run_at_once(tmp_path: Path) -> None:
    calls = 0

    class Broke:
        id = "broke"

        async def compress(self, passage: Passage) -> Compression:
            nonlocal calls
            calls += 1
            await anyio.sleep(0.01)
            raise AccountError("the account has no credit: add some")

    with pytest.raises(AccountError, match="add some"):
        await pipeline(tmp_path, compressor=Broke(), concurrency=5).run(passages())
    assert calls <= 5


async def test_unchanged_texts_are_counted_apart(tmp_path: Path) -> None:
    class Same:
        id = "same"

        async def compress(self, passage: Passage) -> Compression:
            return passage.compressed(passage.text, by=self.id)

    report = await pipeline(tmp_path, compressor=Same(), trainer=None).run(passages(30))
    assert (report.figures["unchanged"], report.figures["judged"], report.figures["pass_rate"]) == (30, 0, None)


async def test_a_missed_target_makes_no_release_unless_it_is_allowed(tmp_path: Path) -> None:
    targets = (Target("judged", ">", 10_000), Target("failed", "<=", 0))
    report = await pipeline(tmp_path, targets=targets).run(passages())
    assert not report.met
    assert [row["met"] for row in report.checklist] == [False, True]
    assert not (tmp_path / "release").exists()
    await pipeline(tmp_path, targets=targets, allow_failing=True).run(passages())
    card = (tmp_path / "release" / "README.md").read_text()
    assert "misses targets of its own run" in card
    assert "judged is 120, target > 10000" in card


async def test_stages_can_be_run_one_by_one(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path)
    whole = await pipeline(tmp_path / "whole", store=MemoryStore(tmp_path / "whole")).run(passages())
    for stage in ("generate", "judge", "dataset"):
        await pipeline(tmp_path, store=store).run(passages(), stages=(stage,))
    for stage in ("train", "evaluate", "release"):
        report = await pipeline(tmp_path, store=store).run(stages=(stage,))
    for name in ("dataset/train.jsonl", "adapter/adapter.json", "release/README.md"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert timeless(report.figures) == timeless(whole.figures)


async def test_targets_are_checked_where_a_run_is_evaluated(tmp_path: Path) -> None:
    run = pipeline(tmp_path, targets=(Target("judged", ">", 10_000),))
    assert (await run.run(passages(), stages=("generate", "judge", "dataset"))).met
    assert not (await run.run(stages=("train", "evaluate"))).met


async def test_a_stage_without_the_one_before_says_which_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="run the stages generate, judge and dataset first"):
        await pipeline(tmp_path).run(stages=("train",))
    store = MemoryStore(tmp_path)
    await pipeline(tmp_path, store=store).run(passages(), stages=("generate", "judge", "dataset"))
    with pytest.raises(ConfigError, match="run the stage train first"):
        await pipeline(tmp_path, store=store).run(stages=("evaluate",))
    with pytest.raises(ConfigError, match="unknown stage 'jugde'"):
        await pipeline(tmp_path).run(stages=("jugde",))  # type: ignore[arg-type]


async def test_given_pairs_are_judged_or_taken_as_judged(tmp_path: Path) -> None:
    given = [Passage(text).compressed(text[: len(text) // 2], by="given:file") for _, text in texts(30)]
    judge = LikesEvenLengths()
    report = await pipeline(tmp_path, judges=(judge,)).run(pairs=given, stages=("judge", "dataset"))
    assert len(judge.asked) == report.figures["judged"] == 30
    trusted = await pipeline(tmp_path / "other", store=MemoryStore(tmp_path / "other")).run(
        pairs=given, stages=("dataset",)
    )
    assert trusted.figures["passed"] == 30


async def test_gates_and_limits(tmp_path: Path) -> None:
    report = await pipeline(tmp_path, gates=(MaxRatio(0.1),), trainer=None).run(passages(), limit={"code": 7, "nl": 11})
    assert report.figures["passages"] == 18
    assert {name: row["passages"] for name, row in report.figures["domains"].items()} == {"code": 7, "nl": 11}
    assert report.figures["dataset"]["refused"] == {"ratio above 0.1": report.figures["passed"]}


async def test_an_empty_corpus_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the corpus is empty"):
        await pipeline(tmp_path).run([])


async def test_a_stopped_run_finishes_what_is_under_way_and_goes_on_later(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "run.db")
    seen = 0

    def count(event: Event) -> None:
        nonlocal seen
        seen += event.stage == "judge" and event.state == "item"

    first = EverySecondWord()
    with pytest.raises(StoppedError, match="The same command goes on"):
        await pipeline(
            tmp_path, store=store, compressor=first, on_event=count, stopping=lambda: seen >= 20, concurrency=8
        ).run(passages())
    assert 20 <= len(first.asked) < 60
    second = EverySecondWord()
    report = await pipeline(tmp_path, store=store, compressor=second).run(passages())
    assert not first.asked.keys() & second.asked.keys()
    assert report.figures["judged"] == 120
    await store.aclose()


async def test_two_runs_at_once_share_the_work(tmp_path: Path) -> None:
    class Slow(EverySecondWord):
        async def compress(self, passage: Passage) -> Compression:
            await anyio.sleep(0.002)
            return await super().compress(passage)

    compressors = [Slow(), Slow()]
    stores = [SQLiteStore(tmp_path / "run.db") for _ in compressors]
    reports: list[dict[str, Any]] = []

    async def one(compressor: Slow, store: SQLiteStore) -> None:
        report = await pipeline(tmp_path, store=store, compressor=compressor, concurrency=4).run(passages())
        reports.append(timeless(report.figures))

    async with anyio.create_task_group() as tasks:
        for compressor, store in zip(compressors, stores, strict=True):
            tasks.start_soon(one, compressor, store)
    for store in stores:
        await store.aclose()
    asked = compressors[0].asked + compressors[1].asked
    assert len(asked) == 120
    assert set(asked.values()) == {1}
    assert reports[0] == reports[1]


async def test_the_embedded_parts_make_a_run(tmp_path: Path) -> None:
    compressor = Verified(LocalCompressor(salience=None), LocalJudge())
    report = await pipeline(tmp_path, compressor=compressor, judges=(LocalJudge(),), trainer=None).run(passages(60))
    assert report.figures["judged"] > 50
    assert report.figures["pass_rate"] == 1.0
    assert report.figures["ratio"] < 0.95


async def test_fakes_make_a_run_too(tmp_path: Path) -> None:
    run = pipeline(tmp_path, compressor=FakeCompressor(), judges=(FakeJudge(),))
    assert (await run.run(passages(60))).figures["judged"] == 60


async def test_an_estimate_counts_the_calls_of_every_part_that_pays(tmp_path: Path) -> None:
    from semzip import ChatCompressor, ChatJudge
    from semzip.costs import Price
    from semzip.testing import FakeChat

    class PaidChat(FakeChat):
        model = "paid"
        price = Price(1.0, 2.0)

    chat = PaidChat(lambda messages, schema: "text")
    run = pipeline(tmp_path, compressor=ChatCompressor(chat), judges=(ChatJudge(chat), LikesEvenLengths()))
    estimate = await run.estimate(passages(90), limit=60)
    stages = {stage.stage: stage.calls for stage in estimate.stages}
    # A canary for one pair in a hundred; of the 3 test rows v2 and three references are judged, by the call that sees
    # the compressed text: what is asked about the originals is paid already.
    assert stages == {"generate": 60, "judge": 120, "canary": 1, "evaluate": 3 * 4}
    bare = pipeline(tmp_path, compressor=ChatCompressor(chat), judges=(ChatJudge(chat),), trainer=None)
    assert [stage.stage for stage in (await bare.estimate(passages(90))).stages] == ["generate", "judge", "canary"]
    assert estimate.usage.usd is not None
    assert estimate.usage.usd > 0
    assert not (tmp_path / "report.json").exists()


async def test_every_part_is_checked_before_the_first_passage(tmp_path: Path) -> None:
    class Refused(LikesEvenLengths):
        async def check(self) -> None:
            raise AccountError("the key of judge 'refused' is refused: set another")

    compressor = EverySecondWord()
    with pytest.raises(AccountError, match="set another"):
        await pipeline(tmp_path, compressor=compressor, judges=(Refused(),)).run(passages())
    assert not compressor.asked


@frozen
class Interrupted(FakeTrainer):
    """Looks into the store while it trains, and then fails."""

    path: Path = Path()

    async def train(self, dataset: Dataset, folder: Path, on_step: OnStep) -> Adapter:
        on_step(0, {"steps": 9})
        for step in (1, 2):
            on_step(step, {"loss": 1 / step})
        with anyio.fail_after(100):
            while await self.kept() < 2:
                await anyio.sleep(0.05)
        on_step(2, {"valid_loss": 0.25})
        raise TrainingError("lost")

    async def kept(self) -> int:
        """Steps in the store, as a stranger sees it."""
        other = SQLiteStore(self.path)
        found = [key async for key, _ in other.scan("step")]
        await other.aclose()
        return len(found)


async def test_the_steps_are_in_the_store_while_it_trains(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "run.db")
    events: list[Event] = []
    run = pipeline(tmp_path, store=store, trainer=Interrupted(path=tmp_path / "run.db"), on_event=events.append)
    with pytest.raises(TrainingError, match="lost"):
        await run.run(passages())
    rows = [row async for _, row in store.scan("step")]
    assert [row["step"] for row in rows] == [0, 1, 2]
    assert (rows[2]["loss"], rows[2]["valid_loss"]) == (0.5, 0.25)
    assert {event.total for event in events if event.stage == "train" and event.state == "item"} == {9}
    await store.aclose()


async def test_what_the_trainer_loads_is_closed(tmp_path: Path) -> None:
    closed: list[str] = []

    class Closes(FakeCompressor):
        async def aclose(self) -> None:
            closed.append(self.id)

    class Loads(FakeTrainer):
        async def load(self, adapter: Adapter) -> Closes:
            return Closes()

    await pipeline(tmp_path, trainer=Loads(), allow_failing=True).run(passages())
    assert len(closed) == 1


@frozen
class Counted:
    steps: int
    trained_tokens: int
    valid_tokens: int
    usd: float | None


async def test_an_estimate_counts_the_training(tmp_path: Path) -> None:
    class Paid(FakeTrainer):
        base_model = "org/model"

        def estimate(self, dataset: Dataset) -> Counted:
            train, valid = (len(list(dataset.rows(split))) for split in ("train", "valid"))
            return Counted(steps=train, trained_tokens=10 * train, valid_tokens=valid, usd=(10 * train + valid) / 1e6)

    found = (await pipeline(tmp_path, trainer=Paid()).estimate(passages(120))).stages[-1]
    assert (found.stage, found.model, found.calls) == ("train", "org/model", 108)
    assert found.input_tokens == 1080 + 6
    assert found.usd == pytest.approx(1086e-6)

    class NoTokenizer(Paid):
        def estimate(self, dataset: Dataset) -> Counted:
            raise ConfigError("no tokenizer")

    found = (await pipeline(tmp_path, trainer=NoTokenizer()).estimate(passages(120))).stages[-1]
    assert (found.model, found.usd) == ("org/model, not counted: no tokenizer", None)
