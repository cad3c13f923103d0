"""An adapter in each form that it can have: mlx-lm's and PEFT's for LoRA, or the embedded engine's own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from attrs import field, frozen

from semzip.convert import convert
from semzip.errors import ConfigError, DataError
from semzip.records import Adapter

_WEIGHTS = {"mlx": "adapters.safetensors", "peft": "adapter_model.safetensors"}
_NOT_RELEASED = ("training", "part-*", ".*")
"""Checkpoints and what a killed process left."""


@frozen(kw_only=True)
class Forms:
    """What was written.

    Args:
        native: The folder with the adapter as it was trained.
        folders: Each form ("semzip", "mlx", "peft") with its folder.
        missing: Why a form is not there.
        rank: Of a LoRA adapter.
    """

    native: str
    folders: dict[str, str]
    missing: dict[str, str] = field(factory=dict[str, str])
    rank: int = 0


def write_forms(adapter: Adapter, target: Path) -> Forms:
    """Write the adapter into folders of `target`, each form of it in one of its own."""
    trained = next((form for form, weights in _WEIGHTS.items() if (adapter.folder / weights).is_file()), None)
    native = trained or "adapter"
    shutil.copytree(adapter.folder, target / native, ignore=shutil.ignore_patterns(*_NOT_RELEASED))
    if trained is None:
        return Forms(native=native, folders={"semzip": native})
    other = "peft" if trained == "mlx" else "mlx"
    folders, missing = {trained: trained}, dict[str, str]()
    base = Path(adapter.base_model)
    try:
        convert(target / trained, target / other, base=base if (base / "config.json").is_file() else None)
        folders[other] = other
    except (ConfigError, DataError) as error:
        shutil.rmtree(target / other, ignore_errors=True)
        missing[other] = str(error)
    return Forms(native=native, folders=dict(sorted(folders.items())), missing=missing, rank=_rank(target / trained))


def _rank(folder: Path) -> int:
    settings: dict[str, Any] = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    return int(settings.get("r") or settings.get("lora_parameters", {}).get("rank") or 0)
