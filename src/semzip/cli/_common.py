"""What several commands share: exit codes, the names of models, reading a text."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Protocol

from semzip.errors import DataError

OK, CHECK_FAILED, ERROR, TARGETS_MISSED, STOPPED = 0, 1, 2, 3, 130

CHATS = "anthropic:MODEL, openai:MODEL, mlx:MODEL[+ADAPTER], tinker:MODEL"
TRAINERS = "mlx:MODEL, tinker:MODEL"


class Commands(Protocol):
    """Where a command adds its parser; argparse has no public name for it."""

    def add_parser(self, name: str, /, **words: Any) -> argparse.ArgumentParser: ...


def read(name: str | Path) -> str:
    """The text of a file, or of standard input for "-"."""
    try:
        data = sys.stdin.buffer.read() if str(name) == "-" else Path(name).read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is not UTF-8 text: {error.reason} at byte {error.start}") from error
