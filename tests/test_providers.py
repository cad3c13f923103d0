"""Whole runs against two providers on this machine: faults, long waits, other judges, and where the key is not."""

from __future__ import annotations

import hashlib
import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from loopback.server import Loopback, schema_of, texts
from semzip import ChatCompressor, ChatJudge, Passage, Pipeline
from semzip.backends.anthropic import AnthropicChat
from semzip.backends.openai import OpenAIChat
from semzip.chat_judge import ANSWERS, PROBES, VERDICT
from semzip.costs import Price
from semzip.errors import AccountError, StoppedError
from semzip.events import Event
from semzip.local import LocalTrainer
from semzip.stores import SQLiteStore

KEY = "sk-planted-0123456789abcdef"
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def passages(number: int) -> list[Passage]:
    return [
        Passage(
            f"The valve of station {place} opens at {place + 20} bar and was tested on the {place % 27 + 1} May by the crew "
            f"of station {place}, which then wrote a long report about how the test of the valve went on that day."
        )
        for place in range(number)
    ]


def shortened(text: str) -> str:
    return " ".join(word for word in text.removeprefix("Compress:").split() if word not in {"the", "of", "that", "a"})


def answered(body: dict[str, Any]) -> str:
    """What a plain model says, the same for the same request: it shortens, examines, and finds a loss in one text of 16."""
    schema, (_, user) = schema_of(body), texts(body)
    odd = hashlib.sha256(user.encode()).digest()[0] % 16 == 0
    if schema == PROBES:
        probe = {"question": "At what pressure?", "answer": "y", "distractors": ["n"], "kind": "number"}
        return json.dumps({"probes": [{**probe, "question": f"{place}?"} for place in range(3)]})
    if schema == ANSWERS:
        lines = [line for line in user.splitlines() if line.endswith(") y")]
        letters = [line[0] for line in lines]
        return json.dumps({"answers": [{"probe": at, "choice": letter} for at, letter in enumerate(letters, 1)]})
    if schema == VERDICT:
        found = [{"kind": "number", "fact": "20 bar", "stands": "1"}] if odd else []
        return json.dumps({"differences": found, "same_answers": 70 if odd else 95})
    return shortened(user)


async def run(
    folder: Path,
    claude: Loopback,
    gpt: Loopback,
    number: int,
    *,
    judges: tuple[str, ...] = ("probes", "verdict"),
    **more: Any,
) -> Any:
    first = AnthropicChat("m", api_key=KEY, base_url=claude.url, price=Price(1, 5))
    second = OpenAIChat("m", api_key=KEY, base_url=gpt.v1, price=Price(1, 5))
    by: dict[str, Callable[[], ChatJudge]] = {
        "probes": lambda: ChatJudge(first, method="probes"),
        "verdict": lambda: ChatJudge(second, method="verdict"),
        "tasks": lambda: ChatJudge(second, method="tasks"),
    }
    settings: dict[str, Any] = {"trainer": LocalTrainer(), "concurrency": 16, "max_failures": 0.9, **more}
    pipeline = Pipeline(
        compressor=ChatCompressor(first),
        judges=tuple(by[name]() for name in judges),
        store=SQLiteStore(folder / "run.db"),
        **settings,
    )
    stages = ("generate", "judge", "dataset") if settings["trainer"] is None else None
    try:
        return await pipeline.run(passages(number), **({"stages": stages} if stages else {}))
    finally:
        await pipeline.aclose()


async def content(folder: Path) -> dict[str, Any]:
    """What a run left behind: every kind of row but those that say when and by which process."""
    store = SQLiteStore(folder / "run.db")
    kinds = ["passage", "compression", "verdict", "call", "failure", "adapter", "step", "run"]
    found: dict[str, Any] = {kind: {key: row async for key, row in store.scan(kind)} for kind in kinds}
    await store.aclose()
    for path in sorted((folder / "dataset").iterdir()):
        found[path.name] = path.read_bytes()
    return found


FAULTS = {"error_500": 0.04, "error_529": 0.03, "reset": 0.03, "cut": 0.03, "slow": 0.02, "slow_seconds": 1.0}


async def test_a_whole_run_leaves_the_same_with_faults_as_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("semzip._retry.FIRST_WAIT", 0.01)
    found: list[dict[str, Any]] = []
    ports = (0, 0)
    for name, faults in (("calm", {}), ("storm", FAULTS)):
        async with (
            Loopback(answered, port=ports[0], **faults) as claude,
            Loopback(answered, port=ports[1], seed=1, **faults) as gpt,
        ):
            # Where a server is reached is part of every id.
            ports = (claude.port, gpt.port)
            report = await run(tmp_path / name, claude, gpt, 100)
            statuses = claude.statuses + gpt.statuses
        assert all(statuses[fault] > 0 for fault in ("500", "529", "reset", "cut")) is (name == "storm")
        assert report.figures["failed"] == 0
        assert report.figures["judged"] == 100
        # What the report says was called and paid is what the servers saw, those answers apart that were lost.
        calls = {row["server"]: row for row in report.figures["calls"]}
        lost = statuses["reset"] + statuses["cut"]
        assert sorted(calls) == sorted(f"127.0.0.1:{port}" for port in ports)
        assert sum(row["calls"] for row in calls.values()) == sum((claude.paid + gpt.paid).values()) - lost
        tokens = sum(row["input_tokens"] for row in calls.values())
        assert tokens <= claude.tokens[0] + gpt.tokens[0]
        assert (tokens == claude.tokens[0] + gpt.tokens[0]) is (name == "calm")
        usd, uncertain = report.figures["usd"], report.figures["uncertain_usd"]
        assert sum(row["usd"] for row in calls.values()) == pytest.approx(usd - uncertain, abs=1e-4)
        assert (uncertain == 0) is (name == "calm")
        assert json.loads((tmp_path / name / "report.json").read_text())["calls"] == report.figures["calls"]
        assert 0 < report.figures["rejected"] < 50
        found.append(await content(tmp_path / name))
    assert found[0]["call"].keys() == found[1]["call"].keys()
    assert found[0] == found[1]


async def test_a_long_retry_after_of_one_provider_leaves_the_other_all_its_work_and_the_run_stops_and_resumes(
    tmp_path: Path,
) -> None:
    number = 150
    asked_to_stop = False
    waits: list[float] = []

    def watch(event: Event) -> None:
        nonlocal asked_to_stop
        if event.state == "wait":
            waits.append(event.counts["seconds"])
            asked_to_stop = True

    settings: dict[str, Any] = {"trainer": None, "on_event": watch, "stopping": lambda: asked_to_stop}
    async with Loopback(answered) as claude, Loopback(answered, status=429, after=1, retry_after="300") as gpt:
        with anyio.fail_after(100), pytest.raises(StoppedError):
            await run(tmp_path, claude, gpt, number, **settings)
        # One compression, one examination written and one sat for each passage, though only 16 are in flight at once.
        assert sum(claude.paid.values()) >= 3 * number
        assert 0 < waits[0] <= 300
        # Those that were on their way when it first said so, and nothing after that.
        assert sum(gpt.statuses.values()) <= 32
        gpt.settings.status, asked_to_stop = 0, False
        report = await run(tmp_path, claude, gpt, number, trainer=None)
        assert report.figures["judged"] == number
        canaries = max(judge["judged"] for judge in report.figures["canaries"].values())
        assert sum(claude.paid.values()) == 3 * number + canaries
        assert set(claude.paid.values()) == set(gpt.paid.values()) == {1}


async def test_what_was_put_off_is_done_when_the_wait_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("semzip._calls.LONG", 0.5)
    monkeypatch.setattr("semzip._limit.LONG", 0.5)
    counts: list[float] = []

    def watch(event: Event) -> None:
        if event.stage == "generate":
            counts.append(sum(event.counts.values()))

    async with Loopback(answered) as claude, Loopback(answered, status=429, after=10, retry_after="6") as gpt:

        def heal(event: Event) -> None:
            watch(event)
            if event.state == "wait":
                gpt.settings.status = 0

        with anyio.fail_after(100):
            report = await run(tmp_path, claude, gpt, 30, trainer=None, on_event=heal)
        assert report.figures["judged"] == 30
        assert set(claude.paid.values()) == set(gpt.paid.values()) == {1}
    # Nothing is counted twice, however often it is gone through.
    assert max(counts) == 30


async def test_a_swapped_judge_leaves_the_other_ones_verdicts_and_pays_for_itself_only(tmp_path: Path) -> None:
    async with Loopback(answered) as claude, Loopback(answered) as gpt:
        await run(tmp_path, claude, gpt, 60, trainer=None)
        first = await content(tmp_path)
        paid, before = claude.paid.copy(), len(gpt.paid)
        await run(tmp_path, claude, gpt, 60, trainer=None, judges=("probes", "tasks"))
        second = await content(tmp_path)
        assert claude.paid == paid
        assert set(gpt.paid.values()) == {1}
        assert len(gpt.paid) - before >= 4 * 60
    assert first["verdict"].items() <= second["verdict"].items()
    assert len(second["verdict"]) >= 3 * 60


async def test_a_planted_key_is_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nowhere in stores, reports, errors and our log, with the SDKs' own logs at their loudest."""
    for name in ("semzip", "anthropic", "openai", "httpx2", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger=name)
    said: list[str] = []
    async with Loopback(answered, reset=0.03, cut=0.03) as claude, Loopback(answered, error_500=0.05) as gpt:
        report = await run(tmp_path, claude, gpt, 60)
        said.append(repr(report))
        # Servers that repeat the key in their errors: of one item's, and of one that ends the run.
        for server, status, number, ends in ((claude, 400, 70, False), (gpt, 401, 80, True)):
            real = server._write

            async def echo(
                writer: Any, _: int, body: Any, *args: Any, real: Any = real, status: int = status, **more: Any
            ) -> bool:
                if "usage" not in body:
                    return await real(writer, 200, body, *args, **more)
                return await real(writer, status, {"error": {"message": f"bad {KEY}"}}, *args, **more)

            server._write = echo  # type: ignore[method-assign]
            if ends:
                with pytest.raises(AccountError) as caught:
                    await run(tmp_path, claude, gpt, number)
                said.extend(map(repr, (caught.value, caught.value.__cause__, caught.value.__context__)))
                said.append("".join(traceback.format_exception(caught.value)))
            else:
                said.append(repr(await run(tmp_path, claude, gpt, number)))
            server._write = real  # type: ignore[method-assign]
    assert any("***" in text for text in said)
    assert all(KEY not in text for text in said)
    assert caplog.text
    assert KEY not in caplog.text
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path.name for path in files if KEY.encode() in path.read_bytes()] == []
