"""report.json: what a run says of itself, written whole, and read again by a run of some of the stages."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from semzip._codec import dumps
from semzip._files import replacing
from semzip._items import alone
from semzip._version import __version__
from semzip.errors import DataError
from semzip.gates import Gate
from semzip.prompts import COMPRESS_ID
from semzip.protocols import Compressor, Judge, Store, Trainer
from semzip.tokens import DEFAULT_TOKENIZER

NAME = "report.json"
_MADE_BY = {"dataset": "dataset", "evaluation": "evaluate"}


async def write(folder: Path, figures: Mapping[str, Any], store: Store) -> None:
    """Write the figures, one of the runs on this store at a time."""
    async with alone(store, "report"):
        with replacing(folder / NAME) as file:
            file.write(dumps(figures, indent=2) + "\n")


def earlier(folder: Path, stages: Collection[str]) -> dict[str, Any]:
    """What the last report says of the stages that are not done now."""
    path = folder / NAME
    if not path.exists():
        return {}
    try:
        figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} cannot be read: {error}. Remove it and run the same command again") from error
    return {name: value for name, value in figures.items() if _MADE_BY.get(name) not in stages}


def about(
    compressor: Compressor | None, judges: Sequence[Judge], trainer: Trainer | None, gates: Sequence[Gate]
) -> dict[str, Any]:
    """The settings, by their fingerprints, and the versions."""
    return {
        "settings": {
            "compressor": None if compressor is None else compressor.id,
            "judges": [judge.id for judge in judges],
            "trainer": None if trainer is None else trainer.id,
            "gates": [gate.id for gate in gates],
            "prompt": COMPRESS_ID,
            "tokenizer": DEFAULT_TOKENIZER,
        },
        "versions": {"semzip": __version__, "python": platform.python_version(), "platform": sys.platform},
    }
