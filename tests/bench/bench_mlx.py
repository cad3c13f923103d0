"""MLX on this machine: batched against one by one, training against mlx_lm.lora's own command, and whether it learns.

Run `python tests/bench/bench_mlx.py [generate|train|learn] …`; all three by default. Models are tiny and made on the spot,
so the figures are ratios of two ways on one machine, not speeds to expect of a real model.
"""

from __future__ import annotations

import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio

sys.path.insert(0, str(Path(__file__).parents[1]))
from mlx_lm.generate import stream_generate
from mlx_lm.utils import load

from semzip.backends.mlx import MLXChat, MLXTrainer
from semzip.prompts import chat_row, compress_messages
from semzip.records import Dataset
from tiny_copier import article_dataset, copier, write_rows
from tiny_qwen3 import tiny_qwen3

RUNS = 5
WORDS = [
    "parser",
    "argument",
    "option",
    "string",
    "value",
    "list",
    "default",
    "action",
    "help",
    "usage",
    "group",
    "store",
    "count",
    "error",
    "message",
]


def text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words)) + "."


# ---------------------------------------------------------------- generation


def generate(folder: Path) -> None:
    """32 prompts with one system prompt, 16 to 48 tokens each: together, and one after the other."""
    model = tiny_qwen3(folder / "model", hidden=128, layers=4)
    rng = random.Random(0)
    prompts = [compress_messages(text(rng, rng.randint(10, 80))) for _ in range(32)]
    lengths = [rng.randint(16, 48) for _ in prompts]
    plain, tokenizer = load(str(model))

    def alone() -> tuple[int, int]:
        tokens = 0
        for messages, most in zip(prompts, lengths, strict=True):
            prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True)
            tokens += sum(1 for _ in stream_generate(plain, tokenizer, prompt, max_tokens=most))
        return tokens, tokens

    async def send(chat: MLXChat) -> None:
        async with anyio.create_task_group() as tasks:
            for messages, most in zip(prompts, lengths, strict=True):
                tasks.start_soon(lambda m=messages, n=most: chat.send(m, max_tokens=n))

    async def rounds() -> list[tuple[float, float, int, int]]:
        chat = MLXChat(model, temperature=0)
        await send(chat)
        out: list[tuple[float, float, int, int]] = []
        for _ in range(RUNS):
            begun, before, steps = time.perf_counter(), chat.figures.generated, chat.figures.steps
            await send(chat)
            batched = time.perf_counter() - begun
            tokens, taken = chat.figures.generated - before, chat.figures.steps - steps
            begun = time.perf_counter()
            one_by_one, _ = alone()
            out.append((tokens / batched, one_by_one / (time.perf_counter() - begun), taken, one_by_one))
        await chat.aclose()
        return out

    alone()
    measured = anyio.run(rounds)
    fast, slow = (statistics.median(row[column] for row in measured) for column in (0, 1))
    ratios = sorted(row[0] / row[1] for row in measured)
    print(f"generate: batched {fast:,.0f} tokens/s in {measured[0][2]} steps, one by one {slow:,.0f} tokens/s in "
          f"{measured[0][3]} steps: {statistics.median(ratios):.2f}x (of {RUNS} pairs of runs: {ratios[0]:.2f} to "
          f"{ratios[-1]:.2f})")  # fmt: skip


# ---------------------------------------------------------------- training


def train(folder: Path) -> None:
    """The same rows and settings, by MLXTrainer and by `mlx_lm.lora --train`, alternating."""
    model = tiny_qwen3(folder / "model")
    rng = random.Random(1)
    rows = [chat_row(original := text(rng, rng.randint(10, 80)), original[: len(original) // 2]) for _ in range(220)]
    dataset = write_rows(folder / "rows", {"train": rows[:200], "valid": rows[200:]})
    ways: list[Callable[[Path], float]] = [
        lambda out: ours(model, dataset, out),
        lambda out: theirs(model, dataset, out),
    ]
    ratios: list[float] = []
    for number in range(RUNS + 1):
        # The order changes from run to run, and the first pair only warms up.
        order = ways if number % 2 else ways[::-1]
        speeds = {way: way(folder / f"run-{number}-{ways.index(way)}") for way in order}
        if number:
            ratios.append(speeds[ways[0]] / speeds[ways[1]])
            print(f"  run {number}: {speeds[ways[0]]:,.0f} against {speeds[ways[1]]:,.0f} tokens/s", flush=True)
    print(f"train: {statistics.median(ratios):.2f} of mlx_lm.lora's tokens/s (median of {RUNS}; "
          f"{min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip


SETTINGS = {"batch_size": 2, "iters": 40, "learning_rate": 1e-4, "steps_per_report": 10, "save_every": 100}


def ours(model: Path, dataset: Dataset, folder: Path) -> float:
    trainer = MLXTrainer(model, **SETTINGS, steps_per_eval=40, val_batches=2)
    speeds: list[float] = []

    def on_step(_: int, figures: Any) -> None:
        if "tokens_per_second" in figures:
            speeds.append(figures["tokens_per_second"])

    anyio.run(trainer.train, dataset, folder, on_step)
    return middle(speeds)


def theirs(model: Path, dataset: Dataset, folder: Path) -> float:
    folder.mkdir()
    settings = {
        **SETTINGS,
        "model": str(model),
        "train": True,
        "data": str(dataset.folder),
        "adapter_path": str(folder),
        "grad_accumulation_steps": 4,
        "grad_checkpoint": True,
        "mask_prompt": True,
        "num_layers": 2,
        "steps_per_eval": 40,
        "val_batches": 2,
        "lora_parameters": {"rank": 8, "scale": 2.0, "dropout": 0.0},
    }
    (folder / "lora.yaml").write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "mlx_lm", "lora", "-c", str(folder / "lora.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "200"})
    rows = re.findall(r"^\s+\d+\s+[\d.]+ [▼▲]\s+([\d,]+)\s", re.sub(r"\x1b\[[0-9;]*m", "", done.stdout), re.MULTILINE)
    return middle([float(row.replace(",", "")) for row in rows])


def middle(speeds: list[float]) -> float:
    """Tokens per second without the first report, in which kernels are compiled."""
    if len(speeds) < 3:
        raise SystemExit(f"only {len(speeds)} reports were found")
    return statistics.fmean(speeds[1:])


# ---------------------------------------------------------------- learning


def learn(folder: Path) -> None:
    """A base that copies, and an adapter that learns to leave out articles: exact answers on held-out sentences."""
    begun = time.perf_counter()
    base = copier(folder / "copier", most=1000, enough=0.01)
    dataset, held_out = article_dataset(folder / "rows", train=800, valid=80, test=200)
    trainer = MLXTrainer(base, iters=600, batch_size=8, grad_accumulation=1, learning_rate=2e-3, patience=None)
    adapter = anyio.run(trainer.train, dataset, folder / "adapter", lambda _, __: None)

    async def exact(adapter: Path | None, wanted: list[str]) -> float:
        chat = MLXChat(base, adapter, temperature=0, max_tokens=24)
        right: list[bool] = []

        async def answer(number: int) -> None:
            reply = await chat.send([{"role": "user", "content": held_out[number][0]}])
            right.append(reply.text.strip() == wanted[number])

        async with anyio.create_task_group() as tasks:
            for number in range(len(held_out)):
                tasks.start_soon(answer, number)
        await chat.aclose()
        return sum(right) / len(right)

    short = [answer for _, answer in held_out]
    copies = anyio.run(exact, None, [sentence for sentence, _ in held_out])
    before, after = anyio.run(exact, None, short), anyio.run(exact, adapter.folder, short)
    print(f"learn: {after:.1%} of {len(held_out)} held-out sentences exact with the adapter, {before:.1%} without; the base "
          f"copies {copies:.1%}; {time.perf_counter() - begun:.0f} s in all")  # fmt: skip
    if after <= 0.9:
        raise SystemExit("it did not learn: more than 90 % were expected")


def main() -> None:
    ways = {"generate": generate, "train": train, "learn": learn}
    for name in sys.argv[1:] or ways:
        with tempfile.TemporaryDirectory() as folder:
            ways[name](Path(folder))


if __name__ == "__main__":
    main()
