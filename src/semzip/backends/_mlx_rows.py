"""Which rows a training learns from, as token ids, and in what batches."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from attrs import define, field

from semzip.backends._mlx_prompt import Prompter
from semzip.errors import TrainingError

Row = tuple[list[int], int]
"""Token ids, and how many of them are not learnt."""


@define
class Rows:
    """The rows of a dataset, each split from short to long, and how many there are and were too long."""

    train: list[Row] = field(factory=list[Row])
    valid: list[Row] = field(factory=list[Row])
    counts: dict[str, float] = field(factory=dict[str, float])


def read_rows(data: Path, prompter: Prompter, *, longest: int, mask_prompt: bool, batch_size: int) -> Rows:
    """The rows of `data`/{train,valid}.jsonl that have at most `longest` tokens; the others are counted.

    Raises:
        TrainingError: They are too few for a batch.
    """
    rows = Rows()
    for split, kept in (("train", rows.train), ("valid", rows.valid)):
        path = data / f"{split}.jsonl"
        if not path.is_file():
            if split == "valid":
                continue
            raise TrainingError(f"there are no rows to train on: {path} is missing")
        too_long = 0
        for line in path.read_text(encoding="utf-8").split("\n"):
            if not line:
                continue
            ids, prompt = prompter.example(json.loads(line)["messages"])
            if len(ids) > longest:
                too_long += 1
            else:
                kept.append((ids, prompt if mask_prompt else 0))
        kept.sort(key=lambda row: len(row[0]))
        rows.counts |= {f"{split}_rows": float(len(kept)), f"{split}_too_long": float(too_long)}
    if len(rows.train) < batch_size:
        raise TrainingError(
            f"{len(rows.train)} rows are too few for batches of {batch_size} "
            f"({rows.counts['train_too_long']:.0f} have more than {longest} tokens)"
        )
    return rows


def data_hash(data: Path) -> str:
    """A hash of the rows' files."""
    sha = hashlib.sha256()
    for path in (data / "train.jsonl", data / "valid.jsonl"):
        content = path.read_bytes() if path.is_file() else b""
        sha.update(len(content).to_bytes(8, "big") + content)
    return sha.hexdigest()[:32]


def chunks(rows: list[Row], size: int) -> list[list[Row]]:
    """Rows in groups of `size`; the last group fills up with rows of the one before, so that none is left out."""
    starts = [*range(0, len(rows) - size + 1, size)]
    if len(rows) % size:
        starts.append(len(rows) - size)
    return [rows[start : start + size] for start in starts]
