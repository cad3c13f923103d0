"""What an adapter is, whatever its format: low-rank changes of weights, read from and written to safetensors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import safetensors
from attrs import frozen
from numpy.typing import NDArray
from safetensors.numpy import save

from semzip.errors import ConfigError, DataError

Array = NDArray[np.float32]

CONFIG = "adapter_config.json"
EMBEDDING = "model.embed_tokens"

_DTYPES = {"F64": np.float64, "F32": np.float32, "F16": np.float16}
_safetensors: Any = safetensors


@frozen
class Change:
    """A low-rank change of one weight.

    Args:
        path: The weight's module, by its name in the base model; experts under mlx-lm's `switch_mlp`.
        down: (rank, in), for experts (experts, rank, in).
        up: (out, rank), for experts (experts, out, rank). An embedding is a weight (vocabulary, width).
        scale: What `up @ down` is multiplied with.
    """

    path: str
    down: Array
    up: Array
    scale: float


@frozen
class Converted:
    """What was written: the target format ("mlx" or "peft"), its rank, its scale and how many modules it changes."""

    folder: Path
    format: str
    rank: int
    scale: float
    modules: int


@frozen
class Base:
    """What the base model's config.json says, if it is at hand."""

    config: Mapping[str, Any] | None

    @classmethod
    def of(cls, folder: Path | None, name: str) -> Base:
        if folder is not None:
            return cls(read_settings(folder / "config.json"))
        path = Path(name) / "config.json"
        return cls(read_settings(path) if name and path.is_file() else None)

    def tied(self, why: str) -> bool:
        """Whether input and output embedding are one weight."""
        if self.config is None:
            raise ConfigError(f"{why}: say which model it belongs to with --base FOLDER (its config.json is enough)")
        return bool(self.config.get("tie_word_embeddings", False))

    def experts(self) -> int | None:
        """How many experts a layer has."""
        config = self.config or {}
        names = ("num_experts", "num_local_experts", "n_routed_experts")
        return next((int(config[name]) for name in names if config.get(name)), None)


def read_settings(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises ConfigError where there is none."""
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path} is not a JSON object")
    return cast("dict[str, Any]", value)


def read_tensors(path: Path) -> dict[str, Array]:
    """Every tensor of a file as 32-bit numbers, which bfloat16 and float16 fit into exactly."""
    try:
        entries: list[tuple[str, dict[str, Any]]] = _safetensors.deserialize(path.read_bytes())
    except safetensors.SafetensorError as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    tensors: dict[str, Array] = {}
    for name, entry in entries:
        data = bytes(entry["data"])
        if entry["dtype"] == "BF16":
            flat = (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)
        elif entry["dtype"] in _DTYPES:
            flat = np.frombuffer(data, _DTYPES[entry["dtype"]]).astype(np.float32)
        else:
            raise DataError(f"{path}: {name} has the type {entry['dtype']}, which is no weight of an adapter")
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def pair_of(path: str, sides: Mapping[str, Array], down: str, up: str) -> tuple[Array, Array]:
    """The two matrices of one weight. Raises DataError where one is missing, or another is there."""
    if set(sides) != {down, up}:
        raise DataError(f"{path} has {', '.join(sorted(sides))} alone: {down} and {up} belong together")
    return sides[down], sides[up]


def write_adapter(
    target: Path, name: str, tensors: Mapping[str, Array], settings: Mapping[str, Any], metadata: dict[str, str]
) -> None:
    """Write an adapter's files. The weights come last and whole: a folder with them is complete."""
    target.mkdir(parents=True, exist_ok=True)
    (target / CONFIG).write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    part = target / f"part-{name}"
    part.write_bytes(save({key: np.ascontiguousarray(tensors[key]) for key in sorted(tensors)}, metadata))
    part.replace(target / name)
