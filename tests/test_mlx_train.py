from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
from mlx_lm.generate import generate
from mlx_lm.utils import load as mlx_load
from safetensors.numpy import load_file

from semzip.backends.mlx import MLXChat, MLXTrainer
from semzip.errors import ConfigError, ReplyError, TrainingError
from semzip.prompts import COMPRESS_SYSTEM, COMPRESS_USER, chat_row, compress_messages
from semzip.records import Adapter, Dataset, Passage
from semzip.testing import check_trainer
from tiny_copier import article_dataset, copier, write_rows
from tiny_qwen3 import tiny_qwen3

QUICK = {"batch_size": 4, "grad_accumulation": 2, "save_every": 4, "steps_per_eval": 8, "steps_per_report": 1}

Steps = list[tuple[int, dict[str, float]]]


TEXTS = [f"The parser reads item {n} of the list." for n in range(58)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = [COMPRESS_SYSTEM, COMPRESS_USER, *TEXTS] * 3
    return tiny_qwen3(tmp_path_factory.mktemp("models") / "tiny", texts=texts, vocab=512)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    rows = [chat_row(text, f"item {n}") for n, text in enumerate(TEXTS)]
    return write_rows(tmp_path_factory.mktemp("data"), {"train": rows[:50], "valid": rows[50:]})


def train(trainer: MLXTrainer, dataset: Dataset, folder: Path, backend: str = "asyncio") -> tuple[Adapter, Steps]:
    steps: Steps = []

    def on_step(step: int, figures: Mapping[str, float]) -> None:
        steps.append((step, dict(figures)))

    return anyio.run(trainer.train, dataset, folder, on_step, backend=backend), steps


def losses(steps: Steps) -> dict[int, float]:
    return {step: figures["loss"] for step, figures in steps if "loss" in figures}


def test_the_loss_falls_by_half_and_mlx_lm_takes_the_adapter(
    model: Path, dataset: Dataset, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    settings: dict[str, Any] = {**QUICK, "grad_accumulation": 1, "steps_per_eval": 20, "grad_checkpoint": False}
    trainer = MLXTrainer(model, iters=60, learning_rate=2e-3, **settings)
    adapter, steps = train(trainer, dataset, tmp_path / "adapter", "trio")
    curve = losses(steps)
    assert [*curve] == [*range(1, 61)]
    assert sum(curve[step] for step in range(51, 61)) / 10 < 0.5 * curve[1]
    valid = [(step, figures["valid_loss"]) for step, figures in steps if "valid_loss" in figures]
    assert [step for step, _ in valid] == [0, 20, 40, 60]
    assert adapter.metrics["best_valid_loss"] == min(loss for _, loss in valid)
    assert all(figures["tokens_per_second"] > 0 for _, figures in steps if "loss" in figures)
    assert capfd.readouterr().out == ""

    plain, tokenizer = mlx_load(str(model))
    tuned, _ = mlx_load(str(model), adapter_path=str(adapter.folder))
    messages = compress_messages(TEXTS[3])
    prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True)
    text = generate(tuned, tokenizer, prompt, max_tokens=8)
    assert text != generate(plain, tokenizer, prompt, max_tokens=8)
    reply = anyio.run(MLXChat(model, adapter.folder, temperature=0, max_tokens=8).send, messages)
    assert reply.text.strip() == text.strip()

    compressor = anyio.run(trainer.load, adapter)
    compression = anyio.run(compressor.compress, Passage(TEXTS[3]))
    assert compression.text.startswith("item")
    assert compression.ratio < 1
    assert compression.compressor == compressor.id

    again, more = train(trainer, dataset, adapter.folder)
    assert again == adapter
    assert losses(more) == curve
    with pytest.raises(TrainingError, match="holds another training"):
        train(MLXTrainer(model, iters=41, **QUICK), dataset, adapter.folder)
    other = tiny_qwen3(tmp_path / "other", seed=5)
    with pytest.raises(ConfigError, match=f"was trained on {model}"):
        anyio.run(MLXChat(other, adapter.folder).send, messages)


DRIVER = """
import os, signal, sys, anyio, json
from pathlib import Path
from semzip.backends.mlx import MLXTrainer
from semzip.records import Dataset
settings, data, folder = json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
trainer = MLXTrainer(**settings)

def on_step(step, figures):
    if step == 14:
        os.kill(int((folder / "training" / "lock").read_text()), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

anyio.run(trainer.train, Dataset(folder=data, id="rows"), folder, on_step)
"""


def test_a_killed_training_resumes_on_the_same_curve(model: Path, dataset: Dataset, tmp_path: Path) -> None:
    settings: dict[str, Any] = {**QUICK, "model": str(model), "iters": 36, "learning_rate": 5e-3, "dropout": 0.1}
    trainer = MLXTrainer(**settings)
    whole, steps = train(trainer, dataset, tmp_path / "whole")
    folder = tmp_path / "killed"
    arguments = [sys.executable, "-c", DRIVER, json.dumps(settings), str(dataset.folder), str(folder)]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
    assert not (folder / "adapters.safetensors").exists()
    resumed, more = train(trainer, dataset, folder)
    expected, seen = losses(steps), losses(more)
    assert 12 <= resumed.metrics["resumed_at"] < 36
    assert seen == pytest.approx(expected, abs=1e-4)
    one, other = (load_file(adapter.folder / "adapters.safetensors") for adapter in (whole, resumed))
    assert one.keys() == other.keys()
    assert all(np.allclose(one[name], other[name], atol=1e-5) for name in one)
    assert resumed.metrics["best_valid_loss"] == pytest.approx(whole.metrics["best_valid_loss"], abs=1e-4)
    assert resumed.metrics["trained_tokens"] == whole.metrics["trained_tokens"]


def test_a_cancelled_training_saves_its_state_and_goes_on(model: Path, dataset: Dataset, tmp_path: Path) -> None:
    trainer = MLXTrainer(model, iters=48, **{**QUICK, "save_every": 1000})
    folder = tmp_path / "adapter"

    async def cancel() -> None:
        with anyio.CancelScope() as scope:
            await trainer.train(dataset, folder, lambda step, _: scope.cancel() if step >= 3 else None)

    anyio.run(cancel)
    adapter, steps = train(trainer, dataset, folder)
    assert 4 <= adapter.metrics["resumed_at"] < 48
    assert [*losses(steps)] == [*range(1, 49)]


def test_a_torn_checkpoint_is_never_read(model: Path, dataset: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "adapter" / "training"
    folder.mkdir(parents=True)
    (folder / "part-state.safetensors").write_bytes(b"torn")
    _, steps = train(MLXTrainer(model, iters=2, **QUICK), dataset, folder.parent)
    assert min(losses(steps)) == 1


def test_too_long_rows_are_counted_and_left_out(model: Path, tmp_path: Path) -> None:
    pairs = [chat_row(f"The parser reads item {n}.", f"item {n}") for n in range(10)]
    long = [chat_row("The parser reads " + "many arguments and " * 60, "much")] * 3
    data = write_rows(tmp_path / "rows", {"train": pairs[:8] + long, "valid": pairs[8:] + long[:1]})
    settings: dict[str, Any] = {**QUICK, "iters": 2, "max_seq_length": 200}
    adapter, _ = train(MLXTrainer(model, **settings), data, tmp_path / "adapter")
    assert adapter.metrics["train_rows"] == 8
    assert adapter.metrics["train_too_long"] == 3
    assert adapter.metrics["valid_too_long"] == 1
    with pytest.raises(TrainingError, match=r"0 rows are too few .*11 have more than 8 tokens"):
        train(MLXTrainer(model, **{**settings, "max_seq_length": 8}), data, tmp_path / "none")


def test_it_stops_early_and_keeps_the_best(model: Path, dataset: Dataset, tmp_path: Path) -> None:
    trainer = MLXTrainer(model, iters=100, **{**QUICK, "steps_per_eval": 2}, patience=2, learning_rate=1e-30)
    adapter, steps = train(trainer, dataset, tmp_path / "adapter")
    assert adapter.metrics["stopped_early"] == 1
    assert adapter.metrics["best_step"] == 0
    assert max(losses(steps)) == 4


@pytest.mark.parametrize("kind", ["dora", "full"])
def test_other_kinds_of_training(model: Path, dataset: Dataset, tmp_path: Path, kind: str) -> None:
    trainer = MLXTrainer(model, iters=4, **QUICK, fine_tune_type=kind, lora_layers=1, learning_rate=1e-2)
    adapter, steps = train(trainer, dataset, tmp_path / "adapter")
    assert losses(steps)[4] < losses(steps)[1]
    reply = anyio.run(MLXChat(model, adapter.folder, max_tokens=2).send, [{"role": "user", "content": "item 3"}])
    assert reply.usage.output_tokens > 0


def test_what_cannot_be_trained_says_why(model: Path, dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        MLXTrainer(tmp_path)
    with pytest.raises(TrainingError, match=r"train\.jsonl is missing"):
        train(MLXTrainer(model, iters=2, **QUICK), Dataset(folder=tmp_path, id="none"), tmp_path / "no-rows")
    with pytest.raises(TrainingError, match="lower learning_rate"):
        train(MLXTrainer(model, iters=9, **QUICK, learning_rate=1e30), dataset, tmp_path / "nan")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "adapters.safetensors").write_bytes(b"somebody's")
    with pytest.raises(TrainingError, match="already holds an adapter"):
        train(MLXTrainer(model, iters=2, **QUICK), dataset, taken)
    assert (taken / "adapters.safetensors").read_bytes() == b"somebody's"


def test_it_keeps_the_contract_of_a_trainer(model: Path, tmp_path: Path) -> None:
    """Its last promise is a compression: what a random model says is nonsense, longer than the text or cut."""
    trainer = MLXTrainer(model, iters=2, **{**QUICK, "batch_size": 1})
    with pytest.raises(ReplyError, match="the model's compression is"):
        anyio.run(check_trainer, trainer, tmp_path)


def test_the_id_follows_the_settings(model: Path) -> None:
    assert MLXTrainer(model).id == MLXTrainer(model).id
    ids = {MLXTrainer(model).id, MLXTrainer(model, iters=7).id, MLXTrainer(model, seed=1).id}
    assert len(ids) == 3


@pytest.mark.timeout(600)
def test_it_learns_to_leave_out_articles(tmp_path: Path) -> None:
    base = copier(tmp_path / "copier")
    data, held_out = article_dataset(tmp_path / "rows", train=400, valid=40, test=60)
    trainer = MLXTrainer(
        base,
        iters=250,
        batch_size=8,
        grad_accumulation=1,
        learning_rate=2e-3,
        steps_per_eval=125,
        grad_checkpoint=False,
        patience=None,
    )
    adapter, _ = train(trainer, data, tmp_path / "adapter")

    async def exact(chat: MLXChat, wanted: list[str]) -> float:
        right: list[bool] = []

        async def answer(number: int) -> None:
            reply = await chat.send([{"role": "user", "content": held_out[number][0]}])
            right.append(reply.text.strip() == wanted[number])

        async with anyio.create_task_group() as tasks:
            for number in range(len(held_out)):
                tasks.start_soon(answer, number)
        await chat.aclose()
        return sum(right) / len(right)

    greedy: dict[str, Any] = {"temperature": 0, "max_tokens": 20}
    short = [answer for _, answer in held_out]
    assert anyio.run(exact, MLXChat(base, **greedy), [sentence for sentence, _ in held_out]) > 0.5
    assert anyio.run(exact, MLXChat(base, **greedy), short) < 0.1
    assert anyio.run(exact, MLXChat(base, adapter.folder, **greedy), short) > 0.5
