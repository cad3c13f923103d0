"""The parts of a run by name: the class that "mlx:MODEL", or a table with `backend = "mlx"`, stands for.

The only module that names backends. Each is imported when it is asked for.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any, TypeAlias, cast

import cattrs

from semzip._tables import FaultError, as_table, made, strict, unknown
from semzip.costs import Budget
from semzip.errors import ConfigError
from semzip.gates import PLAN_TARGETS, RUN_TARGETS, Gate, MaxRatio, MinEquivalence, Target
from semzip.judging import Verified
from semzip.local import LocalCompressor, LocalJudge, LocalTrainer
from semzip.protocols import Chat, Compressor, Judge, Trainer

Hook: TypeAlias = Callable[[object, cattrs.Converter], object]
"""Makes a part of a name or a table."""

CHATS = "anthropic:MODEL, openai:MODEL, mlx:MODEL[+ADAPTER] or tinker:MODEL"
TRAINERS = "mlx:MODEL or tinker:MODEL"

_CHATS: Mapping[str, tuple[str, str, str]] = {
    "anthropic": ("semzip.backends.anthropic", "AnthropicChat", "ANTHROPIC_API_KEY"),
    "openai": ("semzip.backends.openai", "OpenAIChat", "OPENAI_API_KEY"),
    "mlx": ("semzip.backends.mlx", "MLXChat", "HF_TOKEN"),
    "tinker": ("semzip.backends.tinker", "TinkerChat", "TINKER_API_KEY"),
}
_TRAINERS: Mapping[str, tuple[str, str, str]] = {
    "local": ("semzip.local", "LocalTrainer", ""),
    "mlx": ("semzip.backends.mlx", "MLXTrainer", "HF_TOKEN"),
    "tinker": ("semzip.backends.tinker", "TinkerTrainer", "TINKER_API_KEY"),
}
_GATES: Mapping[str, Callable[[float], Gate]] = {"max_ratio": MaxRatio, "min_equivalence": MinEquivalence}
_TARGETS = {"plan": PLAN_TARGETS, "embedded": RUN_TARGETS}
_TARGET = re.compile(r"\s*([\w.]+)\s*(>=|<=|>|<)\s*([\d_]+(?:\.\d+)?)\s*")


def embedded() -> Compressor:
    """The compressor without a model: rules alone, checked."""
    return Verified(LocalCompressor(salience=None), LocalJudge())


def chat(name: str) -> Chat:
    """The Chat that "anthropic:MODEL", "openai:MODEL", "mlx:MODEL[+ADAPTER]" or "tinker:MODEL" names.

    Raises:
        ConfigError: The name is unknown.
        MissingBackendError: The backend's package is not installed.
    """
    try:
        return _chat(name, converter())
    except FaultError as fault:
        raise ConfigError(fault.what) from fault


def converter() -> cattrs.Converter:
    """Makes parts of names and tables, and everything else of what stands in a run file."""
    made_by = strict()
    for kind, hook in _HOOKS.items():
        made_by.register_structure_hook_func(partial(operator.eq, kind), partial(_hooked, hook, made_by))
    return made_by


def _hooked(hook: Hook, by: cattrs.Converter, value: object, _: object) -> object:
    return hook(value, by)


def _budget(value: object, by: cattrs.Converter) -> Budget:
    return made(by, {"usd": value}, Budget)


def _chat(value: object, by: cattrs.Converter) -> Chat:
    if isinstance(value, str):
        backend, _, model = value.partition(":")
        if backend not in _CHATS or not model:
            raise FaultError(f"unknown model {value!r}: choose {CHATS}")
        model, _, adapter = model.partition("+") if backend == "mlx" else (model, "", "")
        value = {"backend": backend, "model": model, **({"adapter": adapter} if adapter else {})}
    made_of: Chat = _built(value, by, _CHATS)
    return made_of


def _compressor(value: object, by: cattrs.Converter) -> Compressor:
    if value == "local":
        return embedded()
    if isinstance(value, str) and ":" not in value:
        raise FaultError(f"unknown compressor {value!r}: choose local, {CHATS}")
    from semzip.chat import ChatCompressor

    return made(by, {"chat": value} if isinstance(value, str) else value, ChatCompressor)


def _judge(value: object, by: cattrs.Converter) -> Judge:
    if value == "local":
        return LocalJudge()
    if isinstance(value, str) and ":" not in value:
        raise FaultError(f"unknown judge {value!r}: choose local, {CHATS}")
    from semzip.chat_judge import ChatJudge

    return made(by, {"chat": value} if isinstance(value, str) else value, ChatJudge)


def _trainer(value: object, by: cattrs.Converter) -> Trainer:
    if value == "local":
        return LocalTrainer()
    if isinstance(value, str):
        backend, _, model = value.partition(":")
        if backend not in {"mlx", "tinker"} or not model:
            raise FaultError(f"unknown trainer {value!r}: choose local, {TRAINERS}")
        value = {"backend": backend, "model" if backend == "mlx" else "base_model": model}
    trainer: Trainer = _built(value, by, _TRAINERS)
    return trainer


def _built(value: object, by: cattrs.Converter, kinds: Mapping[str, tuple[str, str, str]]) -> Any:
    table = as_table(value)
    backend = table.pop("backend", None)
    if backend is None:
        raise FaultError(f"backend is missing: choose {', '.join(kinds)}")
    if backend not in kinds:
        raise FaultError(unknown(str(backend), kinds, "backend"), "backend")
    module, name, variable = kinds[backend]
    return made(by, table, getattr(import_module(module), name), key=variable)


def _gates(value: object, _: cattrs.Converter) -> tuple[Gate, ...]:
    gates: list[Gate] = []
    for name, limit in as_table(value).items():
        if name not in _GATES:
            raise FaultError(unknown(name, _GATES, "gate"), name)
        if isinstance(limit, bool) or not isinstance(limit, int | float):
            raise FaultError(f"must be a number, not {limit!r}", name)
        gates.append(_GATES[name](limit))
    return tuple(gates)


def _targets(value: object, by: cattrs.Converter) -> tuple[Target, ...]:
    if isinstance(value, str):
        if value not in _TARGETS:
            raise FaultError(unknown(value, _TARGETS, "set of targets"))
        return _TARGETS[value]
    if not isinstance(value, list):
        raise FaultError(f"must be 'plan', 'embedded' or a list such as ['pass_rate > 0.8'], not {value!r}")
    targets: list[Target] = []
    for number, line in enumerate(cast("list[object]", value)):
        match = _TARGET.fullmatch(line) if isinstance(line, str) else None
        if match is None:
            raise FaultError(f"must be like 'evaluation.v2.pass_rate > 0.9', not {line!r}", f"[{number}]")
        figure, sign, bound = match.groups()
        targets.append(by.structure({"figure": figure, "sign": sign, "bound": float(bound)}, Target))
    return tuple(targets)


_HOOKS: Mapping[object, Hook] = {
    Chat: _chat,
    Compressor: _compressor,
    Judge: _judge,
    Trainer: _trainer,
    Budget: _budget,
    tuple[Gate, ...]: _gates,
    tuple[Target, ...]: _targets,
}

__all__ = ["CHATS", "TRAINERS", "chat", "converter", "embedded"]
