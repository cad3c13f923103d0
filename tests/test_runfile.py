"""Run files: what they may say, that options override them, and that every mistake is named with its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from corpora import write_jsonl
from semzip import Budget, ChatCompressor, ChatJudge, parts, runfile
from semzip.backends.anthropic import AnthropicChat
from semzip.backends.mlx import MLXChat, MLXTrainer
from semzip.backends.openai import OpenAIChat
from semzip.backends.tinker import TinkerTrainer
from semzip.costs import Price
from semzip.errors import ConfigError, MissingBackendError
from semzip.gates import PLAN_TARGETS, RUN_TARGETS, MaxRatio, MinEquivalence, Target
from semzip.local import LocalJudge, LocalTrainer
from semzip.prompts import COMPRESS_SYSTEM

V2 = Path(__file__).parent.parent / "examples" / "v2.toml"
KEYS = {"ANTHROPIC_API_KEY": "a", "OPENAI_API_KEY": "o", "TINKER_API_KEY": "tml-t"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with an adapter where v2.toml has it, and keys in the environment."""
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    monkeypatch.chdir(tmp_path)
    adapter = tmp_path / "adapters" / "v1"
    adapter.mkdir(parents=True)
    (adapter / "adapter_config.json").write_text("{}")
    save_file({"a": np.zeros(1, np.float32)}, adapter / "adapters.safetensors")
    return tmp_path


def settings(text: str) -> runfile.Settings:
    return runfile.settings(tomllib.loads(text), "v2.toml")


def semzip(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "semzip.cli", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=280, env={**os.environ, "COLUMNS": "160"}
    )


def test_v2_says_the_plans_settings() -> None:
    run = runfile.settings(runfile.read(V2), "v2.toml")
    assert isinstance(run.compressor, ChatCompressor)
    assert isinstance(run.compressor.chat, MLXChat)
    chat = run.compressor.chat
    assert (chat.model, chat.adapter) == ("mlx-community/Qwen3-4B-Instruct-2507-8bit", Path("adapters/v1"))
    assert (chat.temperature, chat.max_tokens, run.compressor.prompt) == (0.2, 512, COMPRESS_SYSTEM)
    claude, gpt = run.judges
    assert isinstance(claude, ChatJudge)
    assert isinstance(gpt, ChatJudge)
    assert (type(claude.chat), type(gpt.chat)) == (AnthropicChat, OpenAIChat)
    assert [(judge.method, judge.threshold) for judge in (claude, gpt)] == [("tasks", 0.8)] * 2
    assert run.trainer == TinkerTrainer(
        "Qwen/Qwen3-8B", lora_rank=64, num_epochs=3, batch_size=4, learning_rate=2e-4, warmup_ratio=0.03
    )
    assert run.corpus == runfile.Corpus(source="corpus.jsonl", limit={"nl": 5000, "code": 5000})
    assert run.targets == PLAN_TARGETS
    assert run.budget == Budget(100)


def test_v2s_trainer_on_the_mac_has_the_plans_settings() -> None:
    run = runfile.settings({**runfile.read(V2), "trainer": "mac"})
    assert run.trainer == MLXTrainer("mlx-community/Qwen3-4B-Instruct-2507-8bit")


def test_a_file_without_a_word_is_the_embedded_run() -> None:
    run = settings("")
    assert run.judges == (LocalJudge(),)
    pipeline = runfile.pipeline(run)
    assert pipeline.targets == RUN_TARGETS
    assert pipeline.controls == {"shuffled": LocalTrainer(shuffled=True)}


def test_every_kind_of_part() -> None:
    run = settings("""
        targets = "plan"
        budget = 5
        judges = ["local", { chat = "openai:gpt-6-sol", threshold = 1 }]
        gates = { max_ratio = 0.9, min_equivalence = 1 }
        [corpus]
        limit = 7
        domain = "code"
        [compressor]
        candidates = 3
        judge = "local"
        [compressor.chat]
        backend = "openai"
        model = "my-model"
        base_url = "http://localhost:1/v1"
        price = { input = 0, output = 0.5 }
        extra_body = { top_k = 1 }
        [trainer]
        backend = "local"
        epochs = 2
    """)
    assert run.gates == (MaxRatio(0.9), MinEquivalence(1))
    assert isinstance(run.compressor, ChatCompressor)
    assert isinstance(run.compressor.chat, OpenAIChat)
    assert run.compressor.chat.price == Price(0, 0.5)
    assert run.compressor.chat.extra_body == {"top_k": 1}
    assert (run.compressor.candidates, run.compressor.judge) == (3, LocalJudge())
    assert run.trainer == LocalTrainer(epochs=2)
    assert (run.corpus.limit, run.corpus.domain) == (7, "code")
    assert settings('targets = ["passed >= 1_000"]').targets == (Target("passed", ">=", 1000.0),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[corpsu]", "corpsu: unknown key 'corpsu': did you mean 'corpus'?"),
        ("[trainer]\nbackend = 'tinker'\nlora_rnk = 8", "trainer.lora_rnk: unknown key .*did you mean 'lora_rank'"),
        ("[trainers.x]\nbackend = 'mlx'\nmodle = 'a/b'", "trainers.x.modle: unknown key .*did you mean 'model'"),
        ("[[judges]]\nchat = 'openai:m'\nthresold = 1", r"judges\[0\].thresold: .*did you mean 'threshold'"),
        ("[[judges]]\nchat = 'openai:m'\nthreshold = '0.8'", r"judges\[0\].threshold: must be a number, not '0.8'"),
        ("[[judges]]\nchat = 'openai:m'\nthreshold = 8", r"judges\[0\]: 'threshold' must be <= 1.0: 8.0"),
        ("[[judges]]\nchat = 'openai:m'\nmethod = 'probe'", r"judges\[0\].method: .*did you mean 'probes'"),
        ("judges = [{}]", r"judges\[0\]: chat is missing"),
        ("judges = 'local'", "judges: must be a list, not 'local'"),
        ("[trainer]\nbackend = 'tinker'\nlora_rank = 6.5", "trainer.lora_rank: must be a whole number, not 6.5"),
        ("[trainer]\nbackend = 'tinker'\nlora_rank = true", "trainer.lora_rank: must be a whole number, not True"),
        ("[trainer]\nbackend = 'tinker'\nlearning_rate = 'much'", "trainer.learning_rate: must be a number or 'auto'"),
        ("[trainer]\nbackend = 'tinker'\nalpha = 128", "trainer: Tinker has no alpha: it scales every adapter by 32"),
        ("[trainer]\nbackend = 'tinker'\nlora_dropout = 0.05", "trainer: Tinker has no dropout"),
        ("[trainer]\nbackend = 'tinker'\ntarget_modules = ['q_proj']", "trainer: .*train_attn, train_mlp"),
        ("[trainer]\nbackend = 'tinkre'", "trainer.backend: unknown backend 'tinkre': did you mean 'tinker'"),
        ("[trainer]\nlora_rank = 8", "trainer: backend is missing: choose local, mlx, tinker"),
        ("trainer = 'clowd'\n[trainers.cloud]\nbackend = 'tinker'", "trainer: unknown trainer 'clowd': .*'cloud'"),
        ("trainer = 'tinker'", "trainer: unknown trainer 'tinker': choose local, mlx:MODEL or tinker:MODEL"),
        ("compressor = 'magic'", "compressor: unknown compressor 'magic': choose local, anthropic:MODEL"),
        ("compressor = 'magic:1'", "compressor.chat: unknown model 'magic:1'"),
        ("compressor = 7", "compressor: must be a table, not 7"),
        ("[corpus]\nlimit = { nl = 5, prose = 5 }", "corpus.limit.prose: unknown value 'prose': choose"),
        ("[corpus]\nlimit = '5'", "corpus.limit: must be a whole number or a table, not '5'"),
        ("[corpus]\nlimit = { nl = 0 }", "corpus: limit must be 1 or more"),
        ("stages = ['generate', 'jugde']", r"stages\[1\]: unknown value 'jugde': did you mean 'judge'"),
        ("budget = 0", "budget: 'usd' must be > 0.0: 0.0"),
        ("budget = '50'", "budget.usd: must be a number, not '50'"),
        ("gates = { max_ration = 1 }", "gates.max_ration: unknown gate .*did you mean 'max_ratio'"),
        ("gates = { max_ratio = '1' }", "gates.max_ratio: must be a number, not '1'"),
        ("targets = ['pass_rate is high']", r"targets\[0\]: must be like 'evaluation.v2.pass_rate > 0.9'"),
        ("targets = 'plam'", "targets: unknown set of targets 'plam': did you mean 'plan'"),
        ("allow_failing = 'no'", "allow_failing: must be true or false, not 'no'"),
        ("api_key = 'x'", "api_key: no key belongs into a file"),
        ("[[judges]]\nchat = { backend = 'anthropic', model = 'm', api_key = 'x' }",
         r"judges\[0\].chat.api_key: no key belongs into a file: .*variable ANTHROPIC_API_KEY"),
        ("[trainer]\nbackend = 'tinker'\napi_key = 'x'", "trainer.api_key: .*variable TINKER_API_KEY"),
        ("compressor = { chat = { backend = 'openai', model = 'sk-abc' } }", "model: .*variable OPENAI_API_KEY"),
        ("compressor = { chat = { backend = 'openai', model = 'm', extra_body = { api_key = 'x' } } }",
         "extra_body.api_key: no key belongs into a file"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^v2.toml: .*{message}" if message[0] != "^" else message) as caught:
        settings(text)
    assert "sk-abc" not in str(caught.value)


def test_a_trainer_that_is_not_used_need_not_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> ModuleType:
        if name == "semzip.backends.mlx":
            raise MissingBackendError(name)
        return import_module(name)

    monkeypatch.setattr(parts, "import_module", load)
    text = "trainer = '{}'\n[trainers.cloud]\nbackend = 'tinker'\n[trainers.mac]\nbackend = 'mlx'\nmodel = 'a/b'"
    assert isinstance(settings(text.format("cloud")).trainer, TinkerTrainer)
    with pytest.raises(MissingBackendError):
        settings(text.format("mac"))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.toml cannot be read: No such file"):
        runfile.read(tmp_path / "nowhere.toml")
    (tmp_path / "bad.toml").write_text("out = ")
    with pytest.raises(ConfigError, match=r"bad.toml is not TOML: Invalid value"):
        runfile.read(tmp_path / "bad.toml")


def test_semzip_run_takes_a_file_and_options_override_it(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "corpus.jsonl", 60)
    lines = ['out = "there"', 'stages = ["generate", "judge"]', 'targets = ["passed >= 1"]', "[corpus]",
             'source = "corpus.jsonl"', "limit = { nl = 10, code = 10 }"]  # fmt: skip
    (tmp_path / "run.toml").write_text("\n".join(lines))
    done = semzip("run", "run.toml")
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads((tmp_path / "there" / "report.json").read_text())
    assert {name: row["passages"] for name, row in report["domains"].items()} == {"nl": 10, "code": 10}

    done = semzip("run", "run.toml", "--out", "here", "--limit", 5)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "here" / "report.json").read_text())["passages"] == 5

    done = semzip("run", "run.toml", "--judge", "magic:1")
    assert (done.returncode, done.stderr) == (2, done.stderr)
    assert "run.toml: judges[0].chat: unknown model 'magic:1'" in done.stderr


def test_semzip_estimate_prices_v2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # the trainer's tokenizer cannot be had
    write_jsonl(tmp_path / "corpus.jsonl", 60)
    done = semzip("estimate", V2)
    assert done.returncode == 0, done.stderr
    assert "claude-haiku-5-5" in done.stdout
    assert "gpt-6-luna" in done.stdout
    assert "not counted" in " ".join(done.stdout.split())
    probes = semzip("estimate", V2, "--judge-method", "verdict")
    assert probes.returncode == 0, probes.stderr
    assert probes.stdout != done.stdout


def test_v2_without_keys_stops_before_anything_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_jsonl(tmp_path / "corpus.jsonl", 60)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    done = semzip("run", V2, "--compressor", "local", "--trainer", "local")
    assert done.returncode == 2
    assert "ANTHROPIC_API_KEY" in done.stderr
    assert not (tmp_path / "runs" / "v2" / "dataset").exists()
