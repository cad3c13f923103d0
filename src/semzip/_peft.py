"""PEFT's adapter format, and Tinker's names in it: what is read, what is refused, how experts are named."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve

from semzip._adapters import EMBEDDING, Array, Base, Change, Converted, pair_of, write_adapter
from semzip.errors import ConfigError, DataError

PEFT_WEIGHTS = "adapter_model.safetensors"

_PEFT_KEY = re.compile(
    r"base_model\.model\.(?P<path>.+)\."
    r"(?:(?P<side>lora_[AB])(?:\.default)?\.weight|(?P<embedding>lora_embedding_[AB])(?:\.default)?)"
)
_TINKER_EXPERT = re.compile(r"(?P<block>.+)\.experts\.(?P<part>w[123])")
_PEFT_EXPERT = re.compile(r"(?P<block>.+)\.experts\.(?P<number>\d+)\.(?P<part>gate_proj|up_proj|down_proj)")
_MLX_EXPERT = re.compile(r"(?P<block>.+)\.switch_mlp\.(?P<part>gate_proj|up_proj|down_proj)")
_TINKER_PARTS = {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}
_HEADS = ("lm_head", "model.lm_head", "unembed_tokens", "model.unembed_tokens")
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


def read_peft(settings: Mapping[str, Any], tensors: Mapping[str, Array], base: Base) -> list[Change]:
    """The changes that a PEFT or Tinker adapter makes. Raises DataError where it does more than that."""
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
            down, up = pair_of(path, pair, "lora_embedding_B", "lora_embedding_A")
            down, up = down.T, up.T
            if base.tied(f"{path} is an embedding"):
                raise DataError(
                    f"{path}: the base ties its embeddings, and mlx-lm would change the output too where PEFT "
                    "changes the input only"
                )
        else:
            down, up = pair_of(path, pair, "lora_A", "lora_B")
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


def _peft_scale(settings: Mapping[str, Any], path: str, rank: int) -> float:
    said = int(_matching(settings.get("rank_pattern"), path, settings["r"]))
    alpha = float(_matching(settings.get("alpha_pattern"), path, settings["lora_alpha"]))
    # Tinker gives its experts a rank of their own and scales them like the rest.
    if said != rank and ".experts." not in path:
        raise DataError(f"{path} has rank {rank} and the configuration says {said}")
    return alpha / math.sqrt(said) if settings.get("use_rslora") else alpha / said


def _matching(patterns: Mapping[str, Any] | None, path: str, default: Any) -> Any:
    return next((value for key, value in (patterns or {}).items() if re.match(rf"(.*\.)?({key})$", path)), default)


def _mlx_path(path: str, base: Base) -> str:
    if path in _HEADS:
        if path == "lm_head":
            if base.config is not None and base.tied(path):
                raise DataError(
                    "the adapter changes lm_head alone, and the base ties it to the input embedding: mlx-lm can only "
                    "change both"
                )
            return path
        # Tinker's name; a tied weight is changed as a whole, as a merge into the base does.
        return EMBEDDING if base.tied(f"{path} is the output embedding") else "lm_head"
    expert = _TINKER_EXPERT.fullmatch(path)
    if expert is not None:
        return f"{expert['block']}.switch_mlp.{_TINKER_PARTS[expert['part']]}"
    if not path.startswith("model.") or path.startswith(("model.language_model.", "model.visual.")):
        raise DataError(f"{path} belongs to a kind of model that is not handled: only text models (model.layers.N)")
    if path.rpartition(".")[2] in ("in_proj_q", "in_proj_k", "in_proj_v"):
        raise DataError(f"{path} is a part of a fused projection (Qwen3.5), which is not handled")
    return path


def _gather_experts(changes: Iterable[Change], base: Base) -> list[Change]:
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


def write_peft(changes: list[Change], model: str, target: Path) -> Converted:
    """Write these changes as a PEFT adapter of `model`."""
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
    write_adapter(target, PEFT_WEIGHTS, tensors, settings, {"format": "pt"})
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
