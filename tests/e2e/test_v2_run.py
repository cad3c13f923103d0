"""examples/v2_run.py as it stands, against servers on this machine: `nox -s e2e`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from providers import providers
from skyrl_process import skyrl
from tiny_v2 import V1_BASE, V2_BASE, base_model, passages, v1_adapter, write_corpus

from loopback.hub import Hub
from loopback.server import Loopback

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
EXAMPLES = Path(__file__).parent.parent.parent / "examples"
EACH = 60


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("v2")


@pytest.fixture(scope="module")
def base(work: Path) -> Path:
    return base_model(work / "base")


@pytest.fixture(scope="module")
def hub(base: Path) -> Iterator[Hub]:
    """A Hub that has tiny models under the real names."""
    with Hub() as hub:
        for name in (V1_BASE, V2_BASE):
            hub.serve(name, base)
        yield hub


@pytest.fixture(scope="module")
def judges() -> Iterator[Loopback]:
    with providers() as server:
        yield server


@pytest.fixture(scope="module")
def environment(work: Path, hub: Hub, judges: Loopback) -> Iterator[dict[str, str]]:
    """All that the run is told but its arguments."""
    hugging = {**hub.environment, "HF_HOME": str(work / "hf"), "HF_HUB_DISABLE_TELEMETRY": "1"}
    with skyrl(V2_BASE, work / "skyrl", hugging) as tinker:
        yield {
            **os.environ,
            **hugging,
            "ANTHROPIC_BASE_URL": judges.url,
            "ANTHROPIC_API_KEY": "fake-anthropic-key",
            "OPENAI_BASE_URL": judges.v1,
            "OPENAI_API_KEY": "fake-openai-key",
            "TINKER_BASE_URL": tinker,
            "TINKER_API_KEY": "tml-fake-tinker-key",
            "TINKER_TELEMETRY": "0",
        }


@pytest.fixture(scope="module")
def folder(work: Path, base: Path) -> Path:
    """Where the run is started: a corpus, and the v1 adapter."""
    folder = work / "here"
    folder.mkdir()
    write_corpus(folder / "corpus.jsonl", passages(EACH))
    shutil.copytree(v1_adapter(base, work / "v1"), folder / "adapters" / "v1")
    return folder


def start(folder: Path, environment: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr, sep="\n")
    return done


def test_the_example_runs_from_a_corpus_to_a_release(
    folder: Path, environment: dict[str, str], judges: Loopback, hub: Hub
) -> None:
    done = start(folder, environment, EXAMPLES / "v2_run.py", "corpus.jsonl", "--allow-failing")
    assert done.returncode == 0
    report: dict[str, Any] = json.loads((folder / "runs" / "v2" / "report.json").read_text(encoding="utf-8"))
    assert report["passages"] == 2 * EACH
    assert report["failed"] == 0
    # The tiny model is right about most passages; an answer that lost much is rejected.
    assert report["passed"] > 0.6 * report["judged"]
    assert report["dataset"]["train"] > EACH
    assert 0.4 < report["ratio"] < 0.9
    assert set(report["evaluation"]) >= {"v1", "v2"}
    assert {path.rsplit("/", 1)[1] for path, _, _ in judges.requests} == {"messages", "completions"}
    assert "missed passed >= 10000" in done.stdout
    model, dataset = hub.files("tester/semzip-v2"), hub.files("tester/semzip-v2-pairs", "dataset")
    assert {"README.md", "config.json", "manifest.json"} <= model.keys()
    assert any(path.endswith("adapter_model.safetensors") for path in model)
    assert any(path.endswith(".parquet") for path in dataset)
    assert hub.repos["model", "tester/semzip-v2"].private


def test_its_release_loads_and_compresses(folder: Path, environment: dict[str, str]) -> None:
    release = folder / "runs" / "v2" / "release"
    assert (release / "README.md").exists()
    code = f"""
import anyio
from pathlib import Path
from semzip import Passage
from semzip.backends.tinker import TinkerTrainer
from semzip.release import released_adapter

async def main():
    compressor = await TinkerTrainer({V2_BASE!r}).load(released_adapter(Path({str(release)!r})))
    for text in {[row["text"] for row in passages(1)]!r}:
        print((await compressor.compress(Passage(text))).ratio)

anyio.run(main)
"""
    done = start(folder, environment, "-c", code)
    assert done.returncode == 0
    assert all(0 < float(line) <= 1 for line in done.stdout.split())


def test_the_run_file_is_the_same_run(folder: Path, environment: dict[str, str], judges: Loopback) -> None:
    """Nothing is left to be done or paid."""
    paid = sum(judges.paid.values())
    run_file = EXAMPLES / "v2.toml"
    done = start(folder, environment, "-m", "semzip.cli", "run", run_file, "--allow-failing")
    assert done.returncode == 0
    assert sum(judges.paid.values()) == paid
    assert "evaluation.v2.pass_rate" in done.stdout
