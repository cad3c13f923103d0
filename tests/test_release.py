"""The release folder of a LoRA adapter: both forms, a card whose code runs, and what the run was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import ModelCard
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from docs_blocks import blocks
from semzip import release
from semzip._secrets import Scanner
from semzip.backends.anthropic import AnthropicChat
from semzip.backends.mlx import MLXTrainer
from semzip.chat import ChatCompressor
from semzip.costs import Budget
from semzip.evaluation import V1_OF_THE_PLAN
from semzip.gates import PLAN_TARGETS
from semzip.local import LocalJudge
from semzip.records import Adapter
from semzip.release import released_adapter
from semzip.release.record import source_commit
from test_convert import dense_tensors, peft
from tiny_qwen3 import END, tiny_qwen3

FIGURES: dict[str, Any] = {
    "run": "0123",
    "passages": 12_000,
    "judged": 11_000,
    "passed": 10_000,
    "usd": 41.5,
    "dataset": {"train": 9_000, "valid": 500, "test": 500},
    "settings": {"compressor": "c-1", "judges": ["j-1", "j-2"], "tokenizer": "o200k_base", "seed": 2026},
    "versions": {"semzip": "0.1", "python": "3.11"},
    "seconds": 17.0,
    "latency": {"v2": 3},
    "evaluation": {
        "v1": {"n": 500, "pass_rate": 0.8, "ratio": 0.62, "mean_ratio": 0.63, "equivalence": 0.86},
        "v2": {"n": 500, "pass_rate": 0.9, "ratio": 0.6, "mean_ratio": 0.61, "equivalence": 0.88, "domains": {}},
        "gain": {"ratio": 0.02},
        "quoted": {"v1": V1_OF_THE_PLAN},
    },
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Qwen3 that answers every request with "valve" and ends: the next token follows from the last one alone."""
    folder = tiny_qwen3(tmp_path_factory.mktemp("base") / "tiny", texts=["open the valve"] * 9, tied=False)
    weights = load_file(folder / "model.safetensors")
    for name in weights:
        if name.endswith(("o_proj.weight", "down_proj.weight", "lm_head.weight")):
            weights[name] = np.zeros_like(weights[name])
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    embedded = weights["model.embed_tokens.weight"]
    last, end = tokenizer.encode("assistant\n").ids[-1], tokenizer.token_to_id(END)
    answer = tokenizer.encode("valve").ids
    for before, after in pairwise([last, *answer, end]):
        weights["lm_head.weight"][after] = embedded[before]
    save_file(weights, folder / "model.safetensors", metadata={"format": "mlx"})
    return folder


@pytest.fixture(scope="module")
def released(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("released")
    tensors = {name: tensor * np.float32(1e-3) for name, tensor in dense_tensors().items()}
    trained = peft(folder / "trained", tensors, base)
    (trained / "training").mkdir()
    (trained / "training" / "state.safetensors").write_bytes(b"an optimizer's state")
    write(folder / "release", Adapter(folder=trained, id="a-1", trainer="tinker-1", base_model=str(base)))
    return folder / "release"


def write(folder: Path, adapter: Adapter, **more: Any) -> None:
    release.write(folder, adapter=adapter, figures=FIGURES, checklist=[], **more)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_both_forms_are_there_and_no_checkpoints(released: Path) -> None:
    assert files(released) == {
        "DATASET.md", "README.md", "config.json", "manifest.json", "run.json",
        "mlx/adapter_config.json", "mlx/adapters.safetensors",
        "peft/adapter_config.json", "peft/adapter_model.safetensors",
    }  # fmt: skip
    config = json.loads((released / "config.json").read_text())["adapter"]
    assert config["forms"] == {"mlx": "mlx", "peft": "peft"}
    assert released_adapter(released) == Adapter(
        folder=released / "peft", id="a-1", trainer="tinker-1", base_model=config["base_model"]
    )
    assert len(load_file(released / "mlx" / "adapters.safetensors")) == len(dense_tensors())


@pytest.mark.parametrize("number", [0, 1], ids=["semzip", "mlx-lm"])
def test_the_code_of_the_card_runs_as_it_stands(number: int, released: Path) -> None:
    code = [block for block in blocks(released / "README.md") if block.language == "python"]
    assert ["peft" in block.text for block in code] == [False, False, True]
    done = subprocess.run(
        [sys.executable, "-c", code[number].text],
        cwd=released,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert ["valve" in done.stdout, done.stdout.strip() == "valve"][number]
    compile(code[2].text, "peft", "exec")


def test_the_card_is_read_by_huggingface_hub(released: Path, tmp_path: Path) -> None:
    text = (released / "README.md").read_text()
    card = ModelCard(text)
    results = card.data.eval_results
    assert results is not None
    assert {one.metric_type: one.metric_value for one in results} == {
        "pass_rate": 0.9, "ratio": 0.6, "mean_ratio": 0.61, "equivalence": 0.88,
    }  # fmt: skip
    assert "not run by semzip's own tests" in text
    assert "quoted from the v2 plan, not measured here" in text
    assert card.data.base_model is None  # a folder of this machine
    adapter = released_adapter(released)
    named = Adapter(folder=adapter.folder, id="a-1", base_model="Qwen/Qwen3-8B")
    write(tmp_path / "release", named)
    card = ModelCard((tmp_path / "release" / "README.md").read_text())
    assert card.data.base_model == "Qwen/Qwen3-8B"
    assert "vllm serve Qwen/Qwen3-8B --enable-lora --max-lora-rank 4" in card.text
    both = release.with_datasets((tmp_path / "release" / "README.md").read_text(), ["team/a", "team/b"])
    assert ModelCard(both).data.datasets == ["team/a", "team/b"]


def test_an_adapter_that_another_form_cannot_say_has_one_form_and_the_reason(base: Path, tmp_path: Path) -> None:
    trained = tmp_path / "trained"
    trained.mkdir()
    (trained / "adapter_config.json").write_text(json.dumps({"fine_tune_type": "full", "model": str(base)}))
    (trained / "adapters.safetensors").write_bytes((base / "model.safetensors").read_bytes())
    write(tmp_path / "release", Adapter(folder=trained, id="a-2", base_model=str(base)))
    assert not (tmp_path / "release" / "peft").exists()
    assert "There is no peft form of it: this is a full adapter" in (tmp_path / "release" / "README.md").read_text()
    assert released_adapter(tmp_path / "release").folder.name == "mlx"


def test_run_json_has_every_setting_and_no_key(base: Path, tmp_path: Path, released: Path) -> None:
    key = "sk-ant-" + "api03-Abc123def456ghi789"
    chat = AnthropicChat("claude-haiku-5-5", api_key=key, base_url="http://127.0.0.1:9")
    trainer = MLXTrainer(str(base), lora_rank=8, seed=7)
    parts = release.described(
        {"compressor": ChatCompressor(chat), "judges": (LocalJudge(),), "trainer": trainer, "budget": Budget(usd=5.0),
         "targets": PLAN_TARGETS}
    )  # fmt: skip
    write(tmp_path / "release", released_adapter(released), parts=parts)
    text = (tmp_path / "release" / "run.json").read_text()
    run = json.loads(text)
    assert key not in text
    assert not list(Scanner({}).file(tmp_path / "release" / "run.json", "run.json"))
    assert run["parts"]["compressor"]["chat"]["model"] == "claude-haiku-5-5"
    assert run["parts"]["trainer"]["seed"] == 7
    assert run["parts"]["trainer"]["lora_rank"] == 8
    assert run["parts"]["trainer"]["model"] == f"…/{base.name}"
    assert run["parts"]["targets"][0] == {
        "class": "semzip.gates.Target", "figure": "passed", "sign": ">=", "bound": 10_000,
    }  # fmt: skip
    assert run["prompts"].keys() == {"compress", "judge"}
    assert run["costs"] == {"usd": 41.5}
    assert run["seed"] == 2026
    assert run["versions"]["packages"]["mlx-lm"]
    assert run["versions"]["commit"] == source_commit()
    assert run["evaluation"] == FIGURES["evaluation"]
    assert {"seconds", "latency"}.isdisjoint(run)


def test_the_same_run_gives_the_same_bytes(released: Path, tmp_path: Path) -> None:
    adapter = released_adapter(released)
    for name in ("one", "two"):
        write(tmp_path / name, adapter)
    write(tmp_path / "one", adapter)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    for name in files(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_plots_stand_in_the_card(released: Path, tmp_path: Path) -> None:
    def draw(figures: Any, folder: Path) -> list[Path]:
        folder.mkdir()
        (folder / "ratio.png").write_bytes(str(figures["passed"]).encode())
        return [folder / "ratio.png"]

    write(tmp_path / "release", released_adapter(released), draw=draw)
    assert "![ratio](plots/ratio.png)" in (tmp_path / "release" / "README.md").read_text()
    manifest = json.loads((tmp_path / "release" / "manifest.json").read_text())
    assert "plots/ratio.png" in manifest["sha256"]
