"""Where a training keeps its files, and how it writes them: whole or not at all, one training per folder."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from typing import IO, Any

from attrs import frozen

from semzip.backends._mlx_models import ADAPTER_CONFIG, ADAPTER_WEIGHTS, sdk
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


@frozen
class TrainingFolder:
    """What lies where in the folder of one training.

    Args:
        path: The folder; it becomes an adapter when the training ends.
    """

    path: Path

    @property
    def config(self) -> Path:
        """The adapter's configuration."""
        return self.path / ADAPTER_CONFIG

    @property
    def weights(self) -> Path:
        """The adapter's weights; the folder is finished when they are there."""
        return self.path / ADAPTER_WEIGHTS

    @property
    def state(self) -> Path:
        """Weights, optimizer, random state and progress of a training under way."""
        return self.path / "training" / "state.safetensors"

    @property
    def best(self) -> Path:
        """The weights with the lowest validation loss."""
        return self.path / "training" / "best.safetensors"

    @property
    def last(self) -> Path:
        """Where mlx-lm leaves its last weights."""
        return self.path / "training" / "last.safetensors"

    @property
    def summary(self) -> Path:
        """What a finished training came to."""
        return self.path / "training" / "summary.json"

    def summary_of(self, identity: str) -> dict[str, Any] | None:
        """What the finished training `identity` came to, or None.

        Raises:
            TrainingError: The folder holds another adapter.
        """
        if not self.summary.is_file():
            if self.weights.is_file():
                raise TrainingError(f"{self.path} already holds an adapter: choose another folder")
            return None
        summary: dict[str, Any] = json.loads(self.summary.read_text(encoding="utf-8"))
        if summary["identity"] != identity:
            raise self.other_training()
        return summary if self.weights.is_file() else None

    def other_training(self) -> TrainingError:
        """The error that this folder is taken."""
        return TrainingError(
            f"{self.path} holds another training (other rows, model or parameters): choose another folder, "
            "or delete it to start anew"
        )

    def lock(self) -> IO[str]:
        """Hold the folder against another training; wait for one that is just ending. The file names the process."""
        file = (self.path / "training" / "lock").open("a+")
        until = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TrainingError(f"another process trains in {self.path}") from None
                time.sleep(0.2)
            else:
                file.truncate(0)
                file.write(f"{os.getpid()}\n")
                file.flush()
                return file
