from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from light_service import Fault, Service
from test_tinker_train import Steps, assert_trained_to_the_end

from semzip.backends.tinker import TinkerTrainer
from semzip.records import Dataset

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

CHILD = """
import json, sys
from pathlib import Path
import anyio
from semzip.backends.tinker import TinkerTrainer
from semzip.records import Dataset

settings, data, folder = json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
anyio.run(TinkerTrainer("tiny", **settings).train, Dataset(folder=data, id="test"), folder, lambda step, figures: None)
"""

PLACES = {
    "while it trains": ("optim_step", 5),
    "at the last save": ("save_weights$", 2),
    "at the export": ("save_weights_external", 0),
    "in the second half of the download": ("/files/.*safetensors", 0),
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_killed_run_ends_with_the_same_adapter(
    place: str, light: Service, trainer: Callable[..., TinkerTrainer], dataset: Dataset, tiny: Path, tmp_path: Path
) -> None:
    """kill -9 at the moment that a request arrives: what it asked for is done, and its answer never arrives."""
    path, skip = PLACES[place]
    arrived, killed = threading.Event(), threading.Event()
    if "half" in place:
        light.cut_after = 300
        skip = 1
    light.holds.append((Fault(path, lambda _: None, skip), arrived, killed))
    settings = {"tokenizer": str(tiny), "lora_rank": 4, "num_epochs": 2, "learning_rate": 2e-2, "save_every": 2}
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, json.dumps(settings), str(dataset.folder), str(tmp_path / "run")],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    try:
        assert arrived.wait(300)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        killed.set()
    light.cut_after = None
    before = light.steps()
    steps = Steps()
    adapter = await trainer().train(dataset, tmp_path / "run", steps)
    assert_trained_to_the_end(adapter, tiny)
    assert light.steps() - before <= 6 - before + 2 + 1
    assert sorted(file.name for file in (tmp_path / "run").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
        "tinker.json",
        "training",
    ]
    assert [step for step in steps if step] == [1, 2, 3, 4, 5, 6]
