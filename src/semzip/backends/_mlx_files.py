"""How a training writes its files: whole or not at all, and one training per folder."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO, Any

from semzip.backends._mlx_models import sdk
from semzip.errors import TrainingError

LOCK_SECONDS = 90


def save(path: Path, arrays: dict[str, Any], metadata: dict[str, str]) -> None:
    """Write safetensors that replace the last ones whole, or not at all."""
    part = path.with_name(f"part-{path.name}")
    sdk("mlx.core").save_safetensors(str(part), arrays, metadata)
    settle(part, path)


def write(path: Path, text: str) -> None:
    """Write a text that replaces the last one whole, or not at all."""
    part = path.with_name(f"part-{path.name}")
    part.write_text(text, encoding="utf-8")
    settle(part, path)


def settle(part: Path, path: Path) -> None:
    """Rename `part` to `path`, both durable."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def lock(folder: Path) -> IO[str]:
    """Hold the folder against another training; wait for one that is just ending. The file names the process."""
    file = (folder / "training" / "lock").open("a+")
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise TrainingError(f"another process trains in {folder}") from None
            time.sleep(0.2)
        else:
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            return file
