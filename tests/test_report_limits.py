"""Runs that have little to report, and folders that are no runs: clear words, and the exit codes of the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest

import report_run
from semzip import Compression, Passage, Verdict
from semzip.cli import main
from semzip.errors import DataError, RefusalError, TooManyFailuresError
from semzip.evaluation import Evaluation
from semzip.records import Loss


class Never:
    """Rejects everything."""

    id = "never"

    async def judge(self, pair: Compression) -> Verdict:
        return Verdict(score=0.1, passed=False, losses=(Loss("number", "3"),))


class Silent:
    """Cannot be read."""

    id = "silent"

    async def judge(self, pair: Compression) -> Verdict:
        raise RefusalError("no verdict")


class Always(Never):
    """Passes everything but planted losses."""

    async def judge(self, pair: Compression) -> Verdict:
        return Verdict(score=1.0, passed=not pair.compressor.startswith("canary"))


def do(folder: Path, passages: Sequence[Passage], stages: Sequence[Any] | None = None, **parts: Any) -> dict[str, Any]:
    async def work() -> dict[str, Any]:
        run = report_run.pipeline(folder, **{"targets": (), "evaluation": Evaluation(), **parts})
        try:
            report = await (run.run(passages) if stages is None else run.run(passages, stages=tuple(stages)))
        finally:
            await run.aclose()
        return dict(report.figures)

    return anyio.run(work)


def reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The page's text, after its figures were found in the store too."""
    capsys.readouterr()
    assert main(["report", str(folder), "--check"]) == 0, capsys.readouterr().out
    assert main(["report", str(folder)]) == 0
    return (folder / "report.html").read_text(encoding="utf-8")


def test_a_run_with_no_passed_pair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DataError, match=r"no pair passed.*`semzip report .*` shows what became of each passage"):
        do(tmp_path, report_run.passages(30), judges=(Never(),))
    page = reported(tmp_path, capsys)
    assert "<h1>No pair passed</h1>" in page
    assert "were rejected, mostly for number" in page
    assert "This run is not finished: it has not come to train, evaluate." in page
    figures = json.loads((tmp_path / "report.json").read_text())
    assert (figures["passed"], figures["ratio"]) == (0, None)


def test_a_run_of_one_domain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = [passage for passage in report_run.passages(700) if passage.domain == "code"]
    figures = do(tmp_path, code, judges=(Always(),))
    assert list(figures["domains"]) == list(figures["evaluation"]["v2"]["domains"]) == ["code"]
    page = reported(tmp_path, capsys)
    assert '<option value="code">' in page
    assert '<option value="nl">' not in page


def test_a_run_with_nothing_to_test_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from semzip.dataset import split_of

    passages = [passage for passage in report_run.passages(150) if split_of(passage.id) != "test"]
    figures = do(tmp_path, passages, judges=(Always(),))
    assert figures["evaluation"]["v2"]["n"] == figures["dataset"]["test"] == 0
    assert figures["evaluation"]["v2"]["pass_rate"] is None
    assert "v1, v2 and the target" in reported(tmp_path, capsys)


def test_a_judge_that_failed_on_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TooManyFailuresError, match="32 of 32 items failed"):
        do(tmp_path, report_run.passages(30), judges=(Silent(),))
    assert main(["report", str(tmp_path)]) == 2
    assert "is not finished: it has no report.json yet" in capsys.readouterr().err
    figures = do(tmp_path, report_run.passages(30), judges=(Silent(),), max_failures=1.0, stages=("generate", "judge"))
    assert (figures["failed"], figures["judged"], figures["pass_rate"]) == (
        figures["passages"] - figures["unchanged"],
        0,
        None,
    )
    page = reported(tmp_path, capsys)
    assert '<option value="failed">' in page


def test_an_unfinished_run_is_reported_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    do(tmp_path, report_run.passages(60), judges=(Always(),), stages=("generate", "judge", "dataset"))
    page = reported(tmp_path, capsys)
    assert "it has not come to train, evaluate. The same command goes on with it." in page
    assert "judged pairs passed</h1>" in page


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (None, "is no run's folder: there is no such folder. `semzip run --out"),
        ({}, "is no run's folder: it has no run.db and no report.json"),
        ({"run.db": ""}, "is not finished: it has no report.json yet"),
        ({"report.json": "{}"}, "has a report.json but no run.db, which holds the pairs"),
        ({"report.json": "{", "run.db": ""}, "report.json cannot be read"),
        ({"report.json": "[]", "run.db": ""}, "run the same command again"),
        ({"report.json": '{"passed": 3}', "run.db": ""}, "does not say which passages it counts"),
    ],
)
def test_a_folder_that_is_no_run(
    files: dict[str, str] | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    if files is not None:
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
    for arguments in ([], ["--check"]):
        assert main(["report", str(folder), *arguments]) == 2
        assert words in capsys.readouterr().err


def test_a_store_that_is_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report_run.make(tmp_path)
    (tmp_path / "run.db").write_bytes(b"not a database at all" * 50)
    for left in tmp_path.glob("run.db-*"):
        left.unlink()
    assert main(["report", str(tmp_path)]) == 2
    assert "is not a semzip store" in capsys.readouterr().err
