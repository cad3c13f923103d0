"""Real kills of real processes, in each stage: the same command finishes, nothing committed is done again, same bytes."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from corpora import write_jsonl

pytestmark = pytest.mark.timeout(600)
HERE = Path(__file__).parent
PASSAGES = 330

MOMENTS = [
    ("corpus", "file", 1),
    ("generate", "item", 2),
    ("generate", "item", PASSAGES),
    ("judge", "item", 150),
    ("judge", "item", PASSAGES - 1),
    ("dataset", "file", 1),
    ("dataset", "file", 6),
    ("train", "item", 1),
    ("train", "file", 3),
    ("evaluate", "item", 1),
    ("evaluate", "item", 20),
    ("release", "file", 1),
    ("release", "file", 9),
]


def run(corpus: Path, out: Path, log: Path, *moment: object) -> int:
    command = [sys.executable, str(HERE / "kill_run.py"), str(corpus), str(out), str(log), *map(str, moment)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode


def results(out: Path) -> dict[str, bytes]:
    """Everything that a run leaves behind but the store; the report without its times."""
    found: dict[str, bytes] = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_file() and not name.startswith("run.db"):
            found[name] = path.read_bytes()
    report = json.loads(found["report.json"])
    assert report.pop("seconds") > 0
    assert report.pop("latency")["v2"]["n"] > 0
    found["report.json"] = json.dumps(report, sort_keys=True).encode()
    return found


def committed(out: Path) -> dict[str, int]:
    """How many compressions and verdicts the store had committed, as a stranger reads it."""
    count: dict[str, int] = {}
    path = out / "run.db"
    if path.exists():
        database = sqlite3.connect(path)
        count = dict(database.execute("SELECT kind, count(*) FROM items GROUP BY kind").fetchall())
        database.close()
    return {"compress": count.get("compression", 0), "judge": count.get("verdict", 0)}


def lines(log: Path) -> list[list[str]]:
    return [line.split(" ") for line in log.read_text().splitlines()]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_jsonl(tmp_path_factory.mktemp("corpus") / "corpus.jsonl", PASSAGES)


@pytest.fixture(scope="module")
def undisturbed(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("undisturbed")
    assert run(corpus, out / "run", out / "log") == 0
    return results(out / "run")


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: "-".join(map(str, moment)))
def test_killed_and_run_again(
    moment: tuple[str, str, int], corpus: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    out, log = tmp_path / "run", tmp_path / "log"
    assert run(corpus, out, log, *moment) == -signal.SIGKILL
    before = lines(log)
    assert before[-1] == ["kill", *map(str, moment)]
    had = committed(out)
    assert run(corpus, out, log) == 0
    after = lines(log)[len(before) :]
    for kind in ("compress", "judge"):
        done = Counter(words[1] for words in after if words[0] == kind)
        assert set(done.values()) <= {1}
        once = {words[1] for words in before if words[0] == kind}
        # What is done again was never committed: no more than was done before and not in the store.
        assert len(once & done.keys()) <= max(0, len(once) - had[kind])
        assert len(once | done.keys()) >= PASSAGES
    assert results(out) == undisturbed


def test_killed_again_and_again(corpus: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    out, log = tmp_path / "run", tmp_path / "log"
    for moment in [("generate", "item", 150), ("judge", "item", 310), ("dataset", "file", 3), ("release", "file", 2)]:
        assert run(corpus, out, log, *moment) == -signal.SIGKILL
    assert run(corpus, out, log) == 0
    assert results(out) == undisturbed


def test_two_processes_at_once_on_one_store(corpus: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    out, log = tmp_path / "run", tmp_path / "log"
    command = [sys.executable, str(HERE / "kill_run.py"), str(corpus), str(out), str(log)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        _, problems = process.communicate(timeout=500)
        assert process.returncode == 0, problems
    counts = Counter((words[0], words[1]) for words in lines(log) if words[0] in {"compress", "judge", "train"})
    assert set(counts.values()) == {1}
    assert results(out) == undisturbed


def test_one_of_two_processes_is_killed(corpus: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    out, log = tmp_path / "run", tmp_path / "log"
    command = [sys.executable, str(HERE / "kill_run.py"), str(corpus), str(out), str(log)]
    doomed = subprocess.Popen([*command, "judge", "item", "40"], stderr=subprocess.DEVNULL)
    other = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    _, problems = other.communicate(timeout=500)
    doomed.wait(timeout=500)
    assert other.returncode == 0, problems
    assert results(out) == undisturbed


def semzip(corpus: Path, out: Path) -> list[str]:
    return [sys.executable, "-m", "semzip.cli", "run", "--corpus", str(corpus), "--out", str(out), "--allow-failing"]


def wait_for(log: Path, words: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 500
    while words not in log.read_text() and process.poll() is None:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.005)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_command_line_is_heeded_and_the_run_goes_on_later(
    number: signal.Signals, corpus: Path, tmp_path: Path
) -> None:
    out, log = tmp_path / "run", tmp_path / "stderr"
    with log.open("wb") as stderr:
        process = subprocess.Popen(semzip(corpus, out), stderr=stderr, stdout=subprocess.DEVNULL)
        wait_for(log, "generate begins", process)
        os.kill(process.pid, number)
        assert process.wait(timeout=500) == 130
    assert "the same command goes on" in log.read_text().lower()
    again = subprocess.run(semzip(corpus, out), capture_output=True, text=True, timeout=500, check=False)
    assert again.returncode == 0, again.stderr
    fresh = subprocess.run(semzip(corpus, tmp_path / "fresh"), capture_output=True, text=True, timeout=500, check=False)
    assert fresh.returncode == 0
    assert results(out) == results(tmp_path / "fresh")


def fill_up() -> None:
    """No file of this process may grow beyond 400 kB: what a full disk does, for one process."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))


def test_a_full_disk_is_a_clear_error_and_the_run_goes_on_later(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    full = subprocess.run(
        semzip(corpus, out), capture_output=True, text=True, timeout=500, check=False, preexec_fn=fill_up
    )
    assert full.returncode == 2, full.stderr
    problem = full.stderr.strip().splitlines()[-1]
    assert problem.startswith("semzip: no space to write")
    assert "Free some space and run the same command again; what was done is kept" in problem
    for folder in (out, tmp_path / "fresh"):
        done = subprocess.run(semzip(corpus, folder), capture_output=True, text=True, timeout=500, check=False)
        assert done.returncode == 0, done.stderr
    assert results(out) == results(tmp_path / "fresh")
