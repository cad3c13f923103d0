"""What stands in for the models of the v2 run: tiny ones that really shorten, and passages in the words that they know.

A passage is a line of known words; some of them are fillers, and a model has learnt to repeat all but those.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import anyio

from semzip.backends.mlx import MLXTrainer
from semzip.prompts import chat_row, compress_messages
from tiny_copier import copier, write_rows
from tiny_qwen3 import SHORT_TEMPLATE

V1_BASE = "mlx-community/Qwen3-4B-Instruct-2507-8bit"
V2_BASE = "Qwen/Qwen3-8B"

FILLERS = ("the", "basically", "essentially", "really", "quite", "simply", "actually")
NOUNS = ("operator", "compressor", "reservoir", "temperature", "pressure", "cartridge", "maintenance", "replacement")
VERBS = ("requires", "measures", "increases", "controls", "inspects", "interrupts")
ADJECTIVES = ("hydraulic", "automatic", "external", "secondary")
NAMES = ("pressure_value", "measure_pressure", "sensor_alpha", "sensor_beta", "average_reading", "compute_average")
SIGNS = ("=", "(", ")", "#", "+")
WORDS = (*FILLERS, *VERBS, *ADJECTIVES, *NAMES, *SIGNS, *NOUNS)


def short(text: str) -> str:
    return " ".join(word for word in text.split() if word not in FILLERS)


def prose(rng: random.Random) -> str:
    things = [[*rng.sample(FILLERS, 1), *rng.sample(ADJECTIVES, 1), rng.choice(NOUNS)] for _ in range(2)]
    return " ".join([*things[0], rng.choice(FILLERS), rng.choice(VERBS), rng.choice(FILLERS), *things[1]])


def code(rng: random.Random) -> str:
    target, function, argument = rng.choice(NAMES[::4]), rng.choice(NAMES[1::4]), rng.choice(NAMES[2:4])
    comment = [rng.choice(FILLERS), rng.choice(NOUNS), rng.choice(FILLERS)]
    return " ".join([target, "=", function, "(", argument, ")", "#", *comment])


def passages(number: int, seed: int = 0) -> list[dict[str, str]]:
    """So many passages of prose and so many of code, all different."""
    rng = random.Random(seed)
    rows: list[dict[str, str]] = []
    for domain, write in (("nl", prose), ("code", code)):
        found: dict[str, None] = {}
        while len(found) < number:
            found[write(rng)] = None
        rows += [{"text": text, "domain": domain} for text in found]
    return rows


def write_corpus(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def base_model(folder: Path) -> Path:
    """A tiny Qwen3 that repeats what it is asked to compress without the fillers."""
    return copier(
        folder, words=WORDS, left_out=FILLERS, ask=compress_messages, longest=11, chat_template=SHORT_TEMPLATE
    )


def v1_adapter(base: Path, work: Path) -> Path:
    """An adapter in mlx-lm's form, trained a little more on the same."""
    rows = [chat_row(row["text"], short(row["text"])) for row in passages(30, seed=1)]
    dataset = write_rows(work / "rows", {"train": rows[::2], "valid": rows[1::10]})
    trainer = MLXTrainer(base, iters=8, batch_size=4, grad_accumulation=2, grad_checkpoint=False)
    adapter = anyio.run(trainer.train, dataset, work / "adapter", lambda step, figures: None)
    # It is to be loaded on the Hub's copy of its base, under the name that the Hub has for it.
    config = json.loads((adapter.folder / "adapter_config.json").read_text(encoding="utf-8"))
    (adapter.folder / "adapter_config.json").write_text(json.dumps({**config, "model": V1_BASE}), encoding="utf-8")
    return adapter.folder
