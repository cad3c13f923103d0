"""Adapters from PEFT's format (and Tinker's) to mlx-lm's, and back: the same low-rank change, under other names.

    PEFT    adapter_model.safetensors   lora_A (rank, in), lora_B (out, rank); scale = lora_alpha / r
    mlx-lm  adapters.safetensors        lora_a (in, rank), lora_b (rank, out); scale stands in the configuration

Both are read into `Change`s, a weight W (out, in) becoming W + scale * up @ down, and written from them. What the
other format cannot say exactly is an error, nothing is dropped. An adapter belongs to its exact base model.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from semzip.errors import ConfigError, DataError

__all__ = ["Converted", "convert"]

Array = NDArray[np.float32]

CONFIG = "adapter_config.json"
PEFT_WEIGHTS = "adapter_model.safetensors"
MLX_WEIGHTS = "adapters.safetensors"

_DTYPES = {"F64": np.float64, "F32": np.float32, "F16": np.float16}
_PEFT_KEY = re.compile(
    r"base_model\.model\.(?P<path>.+)\."
    r"(?:(?P<side>lora_[AB])(?:\.default)?\.weight|(?P<embedding>lora_embedding_[AB])(?:\.default)?)"
)
_TINKER_EXPERT = re.compile(r"(?P<block>.+)\.experts\.(?P<part>w[123])")
_PEFT_EXPERT = re.compile(r"(?P<block>.+)\.experts\.(?P<number>\d+)\.(?P<part>gate_proj|up_proj|down_proj)")
_MLX_EXPERT = re.compile(r"(?P<block>.+)\.switch_mlp\.(?P<part>gate_proj|up_proj|down_proj)")
_TINKER_PARTS = {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}
_HEADS = ("lm_head", "model.lm_head", "unembed_tokens", "model.unembed_tokens")
_EMBEDDING = "model.embed_tokens"

# What changes more than low-rank matrices, or weights of the base, when PEFT loads it.
_REFUSED = (
    "use_dora",
    "lora_bias",
    "modules_to_save",
    "layer_replication",
    "fan_in_fan_out",
    "target_parameters",
    "trainable_token_indices",
    "use_qalora",
    "alora_invocation_tokens",
)
_CHANGED_BASE = ("pissa", "olora", "loftq", "corda")


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
    settings = _settings(source / CONFIG)
    if (source / PEFT_WEIGHTS).is_file():
        tensors = _tensors(source / PEFT_WEIGHTS)
        name = str(settings.get("base_model_name_or_path") or "")
        return _write_mlx(_read_peft(settings, tensors, _Base.of(base, name)), name, target)
    if (source / MLX_WEIGHTS).is_file():
        tensors = _tensors(source / MLX_WEIGHTS)
        name = str(settings.get("model") or "")
        return _write_peft(_read_mlx(settings, tensors, _Base.of(base, name)), name, target)
    if any(source.glob("*.bin")) or any(source.glob("*.pt")):
        raise ConfigError(f"{source} holds pickle weights, which can run code and are never read: save safetensors")
    raise ConfigError(f"{source} holds no adapter: neither {PEFT_WEIGHTS} nor {MLX_WEIGHTS} is there")


@frozen
class _Base:
    """What the base model's config.json says, if it is at hand."""

    config: Mapping[str, Any] | None

    @classmethod
    def of(cls, folder: Path | None, name: str) -> _Base:
        if folder is not None:
            return cls(_settings(folder / "config.json"))
        path = Path(name) / "config.json"
        return cls(_settings(path) if name and path.is_file() else None)

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


def _settings(path: Path) -> dict[str, Any]:
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path} is not a JSON object")
    return cast("dict[str, Any]", value)


def _tensors(path: Path) -> dict[str, Array]:
    """Every tensor of a file as 32-bit numbers, which bfloat16 and float16 fit into exactly."""
    try:
        entries: list[tuple[str, dict[str, Any]]] = cast("Any", deserialize)(path.read_bytes())
    except SafetensorError as error:
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


# PEFT


def _read_peft(settings: Mapping[str, Any], tensors: Mapping[str, Array], base: _Base) -> list[Change]:
    _refuse_peft(settings)
    sides: dict[str, dict[str, Array]] = {}
    for key, tensor in sorted(tensors.items()):
        match = _PEFT_KEY.fullmatch(key)
        if match is None:
            raise DataError(f"{key} is no low-rank matrix: mlx-lm's adapters cannot carry it")
        sides.setdefault(match["path"], {})[match["side"] or match["embedding"]] = tensor
    changes: list[Change] = []
    for path, pair in sides.items():
        if any("embedding" in side for side in pair):
            down, up = _pair(path, pair, "lora_embedding_B", "lora_embedding_A")
            down, up = down.T, up.T
            if base.tied(f"{path} is an embedding"):
                raise DataError(
                    f"{path}: the base ties its embeddings, and mlx-lm would change the output too where PEFT "
                    "changes the input only"
                )
        else:
            down, up = _pair(path, pair, "lora_A", "lora_B")
        if ".experts." in path and not down.size and not up.size:
            continue
        scale = _peft_scale(settings, path, down.shape[-2])
        changes.append(Change(_mlx_path(path, base), down, up, scale))
    return _gather_experts(changes, base)


def _refuse_peft(settings: Mapping[str, Any]) -> None:
    if settings.get("peft_type", "LORA") != "LORA":
        raise DataError(f"this is a {settings['peft_type']} adapter: only LoRA can be converted")
    for name in _REFUSED:
        if settings.get(name):
            raise DataError(f"the adapter sets {name}, which mlx-lm's LoRA adapters cannot carry")
    if settings.get("bias", "none") != "none":
        raise DataError("the adapter trains biases, which mlx-lm's adapters cannot carry")
    start = settings.get("init_lora_weights")
    if isinstance(start, str) and start.lower().startswith(_CHANGED_BASE):
        raise DataError(
            f"the adapter was started with {start}, which changes the base's own weights: convert it to plain LoRA "
            "with PEFT first (path_initial_model_for_weight_conversion)"
        )


def _pair(path: str, sides: Mapping[str, Array], down: str, up: str) -> tuple[Array, Array]:
    if set(sides) != {down, up}:
        raise DataError(f"{path} has {', '.join(sorted(sides))} alone: {down} and {up} belong together")
    return sides[down], sides[up]


def _peft_scale(settings: Mapping[str, Any], path: str, rank: int) -> float:
    said = int(_matching(settings.get("rank_pattern"), path, settings["r"]))
    alpha = float(_matching(settings.get("alpha_pattern"), path, settings["lora_alpha"]))
    # Tinker gives its experts a rank of their own and scales them like the rest.
    if said != rank and ".experts." not in path:
        raise DataError(f"{path} has rank {rank} and the configuration says {said}")
    return alpha / math.sqrt(said) if settings.get("use_rslora") else alpha / said


def _matching(patterns: Mapping[str, Any] | None, path: str, default: Any) -> Any:
    return next((value for key, value in (patterns or {}).items() if re.match(rf"(.*\.)?({key})$", path)), default)


def _mlx_path(path: str, base: _Base) -> str:
    if path in _HEADS:
        if path == "lm_head":
            if base.config is not None and base.tied(path):
                raise DataError(
                    "the adapter changes lm_head alone, and the base ties it to the input embedding: mlx-lm can only "
                    "change both"
                )
            return path
        # Tinker's name; a tied weight is changed as a whole, as a merge into the base does.
        return _EMBEDDING if base.tied(f"{path} is the output embedding") else "lm_head"
    expert = _TINKER_EXPERT.fullmatch(path)
    if expert is not None:
        return f"{expert['block']}.switch_mlp.{_TINKER_PARTS[expert['part']]}"
    if not path.startswith("model.") or path.startswith(("model.language_model.", "model.visual.")):
        raise DataError(f"{path} belongs to a kind of model that is not handled: only text models (model.layers.N)")
    if path.rpartition(".")[2] in ("in_proj_q", "in_proj_k", "in_proj_v"):
        raise DataError(f"{path} is a part of a fused projection (Qwen3.5), which is not handled")
    return path


def _gather_experts(changes: Iterable[Change], base: _Base) -> list[Change]:
    """Stack the experts' matrices as mlx-lm wants them; an expert of which nothing is said is not changed."""
    out: list[Change] = []
    stacks: dict[str, dict[int, Change]] = {}
    for change in changes:
        match = _PEFT_EXPERT.fullmatch(change.path)
        if match is not None:
            path = f"{match['block']}.switch_mlp.{match['part']}"
            stacks.setdefault(path, {})[int(match["number"])] = change
        elif change.down.ndim == 3:
            number = max(len(change.down), len(change.up))
            if number == 1 and base.experts() != 1:
                raise DataError(f"{change.path}: both matrices are shared by all experts, and how many is not said")
            down = np.broadcast_to(change.down, (number, *change.down.shape[1:]))
            up = np.broadcast_to(change.up, (number, *change.up.shape[1:]))
            out.append(evolve(change, down=down, up=up))
        else:
            out.append(change)
    for path, experts in stacks.items():
        known = base.experts()
        if known is None and len(experts) <= max(experts):
            raise ConfigError(f"{path}: some experts are missing: say how many there are with --base FOLDER")
        first = experts[min(experts)]
        number = max(experts) + 1 if known is None else known
        if number <= max(experts):
            raise DataError(f"{path} changes expert {max(experts)}, and the base has {number}")
        rank = max(change.down.shape[0] for change in experts.values())
        down = np.zeros((number, rank, first.down.shape[1]), np.float32)
        up = np.zeros((number, first.up.shape[0], rank), np.float32)
        for expert, change in experts.items():
            own = change.down.shape[0]
            down[expert, :own] = change.down
            up[expert, :, :own] = change.up * np.float32(change.scale / first.scale)
        out.append(Change(path, down, up, first.scale))
    return out


# mlx-lm


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
        elif change.path == _EMBEDDING:
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
    _write(target, MLX_WEIGHTS, tensors, settings, {"format": "mlx"})
    return Converted(target, "mlx", rank, scale, len(changes))


def _read_mlx(settings: Mapping[str, Any], tensors: Mapping[str, Array], base: _Base) -> list[Change]:
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
        a, b = _pair(path, pair, "lora_a", "lora_b")
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


def _write_peft(changes: list[Change], model: str, target: Path) -> Converted:
    if not changes:
        raise DataError("the adapter holds no low-rank matrices")
    rank, scale = changes[0].down.shape[-2], changes[0].scale
    tensors: dict[str, Array] = {}
    modules: list[str] = []
    for change in _spread_experts(changes):
        at = f"base_model.model.{change.path}"
        if change.path.endswith("embed_tokens"):
            tensors |= {f"{at}.lora_embedding_A": change.up.T, f"{at}.lora_embedding_B": change.down.T}
        else:
            tensors |= {f"{at}.lora_A.weight": change.down, f"{at}.lora_B.weight": change.up}
        modules.append(change.path)
    settings = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": model,
        "inference_mode": True,
        "r": rank,
        "lora_alpha": scale * rank,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "target_modules": sorted(modules),
    }
    _write(target, PEFT_WEIGHTS, tensors, settings, {"format": "pt"})
    return Converted(target, "peft", rank, scale, len(modules))


def _spread_experts(changes: Iterable[Change]) -> Iterable[Change]:
    for change in changes:
        match = _MLX_EXPERT.fullmatch(change.path)
        if match is None:
            if change.down.ndim != 2:
                raise DataError(f"{change.path} has matrices of {change.down.ndim} dimensions, which is not handled")
            yield change
            continue
        for number, (down, up) in enumerate(zip(change.down, change.up, strict=True)):
            yield evolve(change, path=f"{match['block']}.experts.{number}.{match['part']}", down=down, up=up)


def _write(
    target: Path, name: str, tensors: Mapping[str, Array], settings: Mapping[str, Any], metadata: dict[str, str]
) -> None:
    # The weights come last and whole: a folder with them is complete.
    target.mkdir(parents=True, exist_ok=True)
    (target / CONFIG).write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    part = target / f"part-{name}"
    part.write_bytes(save({key: np.ascontiguousarray(tensors[key]) for key in sorted(tensors)}, metadata))
    part.replace(target / name)
