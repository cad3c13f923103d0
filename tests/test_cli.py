"""The command line as a user meets it: what it prints, on which stream, and how it exits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from corpora import write_jsonl
from semzip.cli import main

TEXT = (
    "It is important to note that the committee did not approve the budget of 1,250 euros in the course of the meeting, "
    "in spite of the fact that it had been asked to do so by Amara Okafor on 3 May 2021.\n"
)


def command(*words: object, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "semzip.cli", *map(str, words)],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


def test_compress_prints_the_text_and_a_summary_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(TEXT)
    done = command("compress", tmp_path / "text.txt")
    assert done.returncode == 0
    assert len(done.stdout) < len(TEXT)
    assert "1,250" in done.stdout
    assert done.stderr.startswith("semzip: ")
    assert "tokens (o200k_base), ratio 0." in done.stderr
    assert ": passed, score" in done.stderr
    assert command("compress", "-", text=TEXT).stdout == done.stdout


def test_compress_as_json_and_to_a_budget() -> None:
    done = command("compress", "-", "--json", "--max-tokens", 12, text=TEXT)
    value = json.loads(done.stdout)
    assert value["tokens"] <= 12
    assert value["ratio"] == value["tokens"] / value["original_tokens"]
    assert not value["verdict"]["passed"]
    assert "failed" in done.stderr
    assert "lost:" in done.stderr


def test_compress_as_a_diff_keeps_every_word_of_the_original() -> None:
    done = command("compress", "-", "--diff", text=TEXT)
    assert set(TEXT.split()) <= set(done.stdout.split())


def test_check_lists_the_losses_and_exits_1(tmp_path: Path) -> None:
    original, good, bad = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    original.write_text(TEXT)
    good.write_text(TEXT.replace("It is important to note that the", "The"))
    bad.write_text(TEXT.replace("1,250", "1,520"))
    done = command("check", original, good)
    assert (done.returncode, done.stdout.splitlines()[-1][:6]) == (0, "passed")
    done = command("check", original, bad)
    assert done.returncode == 1
    assert "lost number: 1,250" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("failed, score")
    assert json.loads(command("check", original, bad, "--json").stdout)["passed"] is False


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["compress", "nowhere.txt"], "nowhere.txt cannot be read: No such file"),
        (["compress", "-", "--target-ratio", "2"], "target_ratio"),
        (["compress", "-", "--tokenizer", "nothing"], "unknown tokenizer 'nothing'"),
        (["run", "--corpus", "nowhere.jsonl"], "there is no corpus at nowhere.jsonl"),
        (["run", "--corpus", "-", "--out", "run"], "the corpus is empty"),
        (["run", "--stages", "jugde"], "stages[0]: unknown value 'jugde': did you mean 'judge'?"),
        (["run", "--compressor", "magic:9"], "unknown model 'magic:9'"),
    ],
)
def test_bad_input_is_one_line_that_says_what_to_do(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = command(*words, text="")
    assert done.returncode == 2
    problem = done.stderr.strip().splitlines()[-1]
    assert problem.startswith("semzip: ")
    assert message in problem
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("limit", ["0", "-1", "many", "nl=2,poetry=3", "nl=x"])
def test_a_bad_limit_is_refused(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["run", f"--limit={limit}"])
    assert caught.value.code == 2
    assert "--limit" in capsys.readouterr().err


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\x80abc")
    done = command("compress", tmp_path / "binary")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not UTF-8 text: invalid start byte at byte 0" in done.stderr


def test_an_output_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    corpus = write_jsonl(tmp_path / "corpus.jsonl", 20)
    done = command("run", "--corpus", corpus, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "cannot be a folder: a file stands at" in done.stderr
    assert (tmp_path / "out").read_text() == "a file"


def test_a_run_tells_its_stages_shows_its_tables_and_exits_3_when_targets_are_missed(tmp_path: Path) -> None:
    corpus, out = write_jsonl(tmp_path / "corpus.jsonl", 240), tmp_path / "run"
    done = command("run", "--corpus", corpus, "--out", out)
    assert done.returncode == 3, done.stderr
    for stage in ("corpus", "generate", "judge", "dataset", "train", "evaluate"):
        assert f"{stage} begins" in done.stderr
    assert "v1" in done.stdout
    assert "target" in done.stdout
    assert "ratio = compressed / original tokens" in done.stdout
    assert "nothing was released" in done.stderr
    assert not (out / "release").exists()
    assert sorted(path.name for path in (out / "dataset").glob("*.jsonl")) == [
        "test.jsonl",
        "train.jsonl",
        "valid.jsonl",
    ]
    report = json.loads((out / "report.json").read_text())
    assert report["judged"] == report["passed"] + report["rejected"]

    allowed = command("run", "--corpus", corpus, "--out", out, "--allow-failing")
    assert allowed.returncode == 0, allowed.stderr
    assert (out / "release" / "manifest.json").exists()

    alone = command("run", "--out", out, "--stages", "release", "--allow-failing")
    assert alone.returncode == 0, alone.stderr

    (out / "mine.txt").write_text("not the run's")
    fresh = command("run", "--corpus", corpus, "--out", out, "--fresh", "--stages", "generate,judge", "--limit", 30)
    assert fresh.returncode == 0, fresh.stderr
    assert json.loads((out / "report.json").read_text())["judged"] <= 30
    assert sorted(path.name for path in out.iterdir()) == ["mine.txt", "report.json", "run.db"]


def test_the_plans_separate_scripts(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.jsonl"
    rows = [
        {"verbose": f"{TEXT} This is case {number}.", "compressed": f"{TEXT[33:]} This is case {number}."}
        for number in range(40)
    ]
    pairs.write_text("\n".join(json.dumps(row) for row in rows))
    done = command("run", "--stages", "judge,dataset", "--pairs", pairs, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["judged"] == 40
