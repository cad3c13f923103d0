"""From the words of a command line to a Pipeline. The only module that names backends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from attrs import frozen

from semzip.costs import Budget
from semzip.errors import ConfigError
from semzip.events import Event, ignore, never
from semzip.gates import PLAN_TARGETS, RUN_TARGETS
from semzip.judging import Verified
from semzip.local import LocalCompressor, LocalJudge, LocalTrainer
from semzip.pipeline import Pipeline
from semzip.protocols import Chat, Compressor, Judge, Trainer
from semzip.stores import SQLiteStore

CHATS = "anthropic:MODEL, openai:MODEL, mlx:MODEL[+ADAPTER] or tinker:MODEL"
TRAINERS = "mlx:MODEL or tinker:MODEL"


@frozen(kw_only=True)
class Settings:
    """What a run is made of, each part named as on the command line: "local", "anthropic:MODEL", …"""

    out: Path = Path("runs/v2")
    compressor: str = "local"
    judges: tuple[str, ...] = ("local",)
    judge_method: Literal["tasks", "probes", "verdict"] = "probes"
    trainer: str = "local"
    budget: float | None = None
    allow_failing: bool = False


def pipeline(
    settings: Settings, *, on_event: Callable[[Event], None] = ignore, stopping: Callable[[], bool] = never
) -> Pipeline:
    """The pipeline that these settings name, on a SQLite store in their folder.

    Raises:
        ConfigError: A name is unknown.
        MissingBackendError: A backend's package is not installed.
    """
    trainer, controls = _trainer(settings.trainer)
    return Pipeline(
        compressor=_compressor(settings.compressor),
        judges=tuple(_judge(name, settings.judge_method) for name in settings.judges),
        trainer=trainer,
        controls=controls,
        store=SQLiteStore(settings.out / "run.db"),
        targets=RUN_TARGETS if settings.trainer == "local" else PLAN_TARGETS,
        budget=None if settings.budget is None else Budget(settings.budget),
        allow_failing=settings.allow_failing,
        on_event=on_event,
        stopping=stopping,
    )


def chat(name: str) -> Chat:
    """The Chat that "anthropic:MODEL", "openai:MODEL", "mlx:MODEL[+ADAPTER]" or "tinker:MODEL" names.

    Raises:
        ConfigError: The name is unknown.
        MissingBackendError: The backend's package is not installed.
    """
    backend, _, model = name.partition(":")
    if model and backend == "anthropic":
        from semzip.backends.anthropic import AnthropicChat

        return AnthropicChat(model)
    if model and backend == "openai":
        from semzip.backends.openai import OpenAIChat

        return OpenAIChat(model)
    if model and backend == "mlx":
        from semzip.backends.mlx import MLXChat

        path, _, adapter = model.partition("+")
        return MLXChat(path, adapter or None)
    if model and backend == "tinker":
        from semzip.backends.tinker import TinkerChat

        return TinkerChat(model)
    raise ConfigError(f"unknown model {name!r}: choose {CHATS}")


def _compressor(name: str) -> Compressor:
    if name == "local":
        return Verified(LocalCompressor(salience=None), LocalJudge())
    if ":" not in name:
        raise ConfigError(f"unknown compressor {name!r}: choose local, {CHATS}")
    from semzip.chat import ChatCompressor

    return ChatCompressor(chat(name))


def _judge(name: str, method: Literal["tasks", "probes", "verdict"]) -> Judge:
    if name == "local":
        return LocalJudge()
    if ":" not in name:
        raise ConfigError(f"unknown judge {name!r}: choose local, {CHATS}")
    from semzip.chat_judge import ChatJudge

    return ChatJudge(chat(name), method=method)


def _trainer(name: str) -> tuple[Trainer, Mapping[str, Trainer]]:
    """The trainer, and the controls that are trained beside it."""
    if name == "local":
        return LocalTrainer(), {"shuffled": LocalTrainer(shuffled=True)}
    backend, _, model = name.partition(":")
    if model and backend == "mlx":
        from semzip.backends.mlx import MLXTrainer

        return MLXTrainer(model), {}
    if model and backend == "tinker":
        from semzip.backends.tinker import TinkerTrainer

        return TinkerTrainer(model), {}
    raise ConfigError(f"unknown trainer {name!r}: choose local, {TRAINERS}")
