"""Adapters from PEFT's format (and Tinker's) to mlx-lm's, and back: the same low-rank change, under other names.

    PEFT    adapter_model.safetensors   lora_A (rank, in), lora_B (out, rank); scale = lora_alpha / r
    mlx-lm  adapters.safetensors        lora_a (in, rank), lora_b (rank, out); scale stands in the configuration

Both are read into `Change`s, a weight W (out, in) becoming W + scale * up @ down, and written from them. What the
other format cannot say exactly is an error, nothing is dropped. An adapter belongs to its exact base model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from semzip._adapters import (
    CONFIG,
    EMBEDDING,
    Array,
    Base,
    Change,
    Converted,
    pair_of,
    read_settings,
    read_tensors,
    write_adapter,
)
from semzip._peft import PEFT_WEIGHTS, read_peft, write_peft
from semzip.errors import ConfigError, DataError

__all__ = ["Converted", "convert"]

MLX_WEIGHTS = "adapters.safetensors"


def convert(source: Path, target: Path, *, base: Path | None = None) -> Converted:
    """Write the adapter in `source`, whichever of the two formats it has, into `target` in the other one.

    Args:
        source: A folder with adapter_config.json and adapter_model.safetensors (PEFT, Tinker) or adapters.safetensors
            (mlx-lm).
        target: A folder without an adapter; created.
        base: The base model's folder; only its config.json is read. Needed where the adapter changes the input or
            output embedding, and where it is an adapter of experts that says nothing of some of them.

    Returns:
        What was written.

    Raises:
        ConfigError: `source` holds no adapter that may be read, `target` holds one, or `base` is needed.
        DataError: The adapter holds what the other format cannot say exactly.
    """
    if target.suffix == ".gguf":
        raise ConfigError(
            "GGUF is not supported here: merge with `mlx_lm.fuse --model MODEL --adapter-path ADAPTER --save-path "
            "MERGED --dequantize`, then run llama.cpp's `convert_hf_to_gguf.py MERGED --outfile MODEL.gguf`"
        )
    if any((target / name).exists() for name in (PEFT_WEIGHTS, MLX_WEIGHTS, CONFIG)):
        raise ConfigError(f"{target} already holds an adapter: choose another folder")
    settings = read_settings(source / CONFIG)
    if (source / PEFT_WEIGHTS).is_file():
        tensors = read_tensors(source / PEFT_WEIGHTS)
        name = str(settings.get("base_model_name_or_path") or "")
        return _write_mlx(read_peft(settings, tensors, Base.of(base, name)), name, target)
    if (source / MLX_WEIGHTS).is_file():
        tensors = read_tensors(source / MLX_WEIGHTS)
        name = str(settings.get("model") or "")
        return write_peft(_read_mlx(settings, tensors, Base.of(base, name)), name, target)
    if any(source.glob("*.bin")) or any(source.glob("*.pt")):
        raise ConfigError(f"{source} holds pickle weights, which can run code and are never read: save safetensors")
    raise ConfigError(f"{source} holds no adapter: neither {PEFT_WEIGHTS} nor {MLX_WEIGHTS} is there")


def _write_mlx(changes: list[Change], model: str, target: Path) -> Converted:
    if not changes:
        raise DataError("the adapter holds no low-rank matrices")
    # mlx-lm has one rank and one scale for all: shorter ones are padded with zeros, other scales go into `up`.
    rank = max(change.down.shape[-2] for change in changes)
    scale = max(change.scale for change in changes)
    if scale <= 0:
        raise DataError("the adapter's scale is not positive")
    tensors: dict[str, Array] = {}
    for change in changes:
        missing = rank - change.down.shape[-2]
        edges = [(0, 0)] * (change.down.ndim - 2)
        down = np.pad(change.down, [*edges, (0, missing), (0, 0)])
        up = np.pad(change.up, [*edges, (0, 0), (0, missing)])
        if change.scale != scale:
            up = up * np.float32(change.scale / scale)
        if change.down.ndim == 3:
            a, b = down, up
        elif change.path == EMBEDDING:
            a, b = up, down
        else:
            a, b = down.T, up.T
        if f"{change.path}.lora_a" in tensors:
            raise DataError(f"{change.path} is changed twice")
        tensors |= {f"{change.path}.lora_a": a, f"{change.path}.lora_b": b}
    layers = [int(match[1]) for change in changes if (match := re.match(r"model\.layers\.(\d+)\.", change.path))]
    settings = {
        "fine_tune_type": "lora",
        "model": model,
        "num_layers": max(layers, default=-1) + 1,
        "lora_parameters": {
            "rank": rank,
            "scale": scale,
            "dropout": 0.0,
            # Full names: exactly these modules, whatever the number of layers.
            "keys": sorted(change.path for change in changes),
        },
    }
    write_adapter(target, MLX_WEIGHTS, tensors, settings, {"format": "mlx"})
    return Converted(target, "mlx", rank, scale, len(changes))


def _read_mlx(settings: Mapping[str, Any], tensors: Mapping[str, Array], base: Base) -> list[Change]:
    kind = settings.get("fine_tune_type", "lora")
    if kind != "lora":
        raise DataError(f"this is a {kind} adapter: only LoRA can be converted; merge it with `mlx_lm.fuse`")
    scale = float(settings["lora_parameters"]["scale"])
    sides: dict[str, dict[str, Array]] = {}
    for key, tensor in sorted(tensors.items()):
        path, _, side = key.rpartition(".")
        if side not in ("lora_a", "lora_b"):
            raise DataError(f"{key} is no low-rank matrix: PEFT's LoRA adapters cannot carry it")
        sides.setdefault(path, {})[side] = tensor
    changes: list[Change] = []
    for path, pair in sides.items():
        a, b = pair_of(path, pair, "lora_a", "lora_b")
        if a.ndim == 3:
            changes.append(Change(path, a, b, scale))
        elif path.endswith("embed_tokens"):
            if base.tied(f"{path} is an embedding"):
                raise DataError(
                    f"{path}: the base ties its embeddings, and PEFT would change the input only where mlx-lm "
                    "changes the output too; merge it with `mlx_lm.fuse`"
                )
            changes.append(Change(path, b, a, scale))
        else:
            changes.append(Change(path, a.T, b.T, scale))
    return changes
