"""`semzip run` with local models alone, killed in the middle of its training: `nox -s e2e`."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny_v2 import base_model, passages, write_corpus

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

RUN = """
out = "runs/v2"
[corpus]
source = "corpus.jsonl"
[compressor.chat]
backend = "mlx"
model = "base"
temperature = 0.0
[trainer]
backend = "mlx"
model = "base"
iters = 160
save_every = 20
steps_per_report = 4
steps_per_eval = 80
grad_checkpoint = false
"""


def semzip(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "semzip.cli", "run", "run.toml", "--judge", "local", "--allow-failing", *words]


def last_step(store: Path) -> int:
    """The newest training step in the store, as a stranger reads it."""
    try:
        database = sqlite3.connect(store)
        keys = [key for (key,) in database.execute("SELECT key FROM items WHERE kind = 'step'")]
        database.close()
    except sqlite3.OperationalError:
        return 0
    return max((int(key[-9:]) for key in keys), default=0)


def adapter(out: Path) -> bytes:
    return (out / "adapter" / "adapters.safetensors").read_bytes()


def test_a_local_run_that_is_killed_ends_with_the_same_adapter(tmp_path: Path) -> None:
    base_model(tmp_path / "base")
    write_corpus(tmp_path / "corpus.jsonl", passages(60))
    (tmp_path / "run.toml").write_text(RUN, encoding="utf-8")
    whole = subprocess.run(
        semzip(tmp_path, "--out", "whole"), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert whole.returncode == 0, whole.stderr
    assert "train 0/160" in whole.stderr

    out = tmp_path / "runs" / "v2"
    with (tmp_path / "stderr").open("wb") as stderr:
        process = subprocess.Popen(semzip(tmp_path), cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=stderr)
        while last_step(out / "run.db") < 4 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL, (tmp_path / "stderr").read_text(encoding="utf-8")
    assert last_step(out / "run.db") >= 4
    again = subprocess.run(semzip(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert adapter(out) == adapter(tmp_path / "whole")
    assert last_step(out / "run.db") == 160
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["passed"] > 0.6 * report["judged"] > 0
    assert 0.4 < report["evaluation"]["v2"]["ratio"] < 0.9
