"""The examples as a user runs them: the whole file, in an empty folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from corpora import write_jsonl

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(folder: Path, name: str, *words: object) -> str:
    command = [sys.executable, str(EXAMPLES / name), *map(str, words)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "corpus.jsonl", 150)


def test_offline_run(corpus: Path, tmp_path: Path) -> None:
    out = run(tmp_path, "offline_run.py", corpus, 150)
    assert "met    pass_rate > 0.8" in out
    assert (tmp_path / "runs" / "offline" / "release" / "README.md").exists()


def test_swap_judges(corpus: Path, tmp_path: Path) -> None:
    lines = run(tmp_path, "swap_judges.py", corpus).splitlines()
    assert [line.split(" pass rate ")[0].count(" + ") for line in lines] == [0, 0, 1]


def test_custom_backend(tmp_path: Path) -> None:
    assert "~ 12 %" in run(tmp_path, "custom_backend.py")


def test_without_pipeline(tmp_path: Path) -> None:
    out = run(tmp_path, "without_pipeline.py")
    assert "passages were shortened and passed" in out
    assert "'v2':" in out


def test_v2_run_is_short() -> None:
    """`nox -s e2e` runs it."""
    lines = (EXAMPLES / "v2_run.py").read_text(encoding="utf-8").splitlines()
    assert sum(bool(line.strip()) for line in lines) <= 35
