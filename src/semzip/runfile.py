"""From the words of a command line to a Pipeline. The only module that names backends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from semzip.errors import ConfigError
from semzip.events import Event, ignore, never
from semzip.gates import RUN_TARGETS
from semzip.judging import Verified
from semzip.local import LocalCompressor, LocalJudge, LocalTrainer
from semzip.pipeline import Pipeline
from semzip.protocols import Compressor, Judge, Trainer
from semzip.stores import SQLiteStore


@frozen(kw_only=True)
class Settings:
    """What a run is made of, each named as on the command line: "local", "anthropic:MODEL", …"""

    out: Path = Path("runs/v2")
    compressor: str = "local"
    judges: tuple[str, ...] = ("local",)
    trainer: str = "local"
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
        judges=tuple(_judge(name) for name in settings.judges),
        trainer=trainer,
        controls=controls,
        store=SQLiteStore(settings.out / "run.db"),
        targets=RUN_TARGETS,
        allow_failing=settings.allow_failing,
        on_event=on_event,
        stopping=stopping,
    )


def _compressor(name: str) -> Compressor:
    if name == "local":
        return Verified(LocalCompressor(salience=None), LocalJudge())
    raise ConfigError(f"unknown compressor {name!r}: choose local")


def _judge(name: str) -> Judge:
    if name == "local":
        return LocalJudge()
    raise ConfigError(f"unknown judge {name!r}: choose local")


def _trainer(name: str) -> tuple[Trainer, dict[str, Trainer]]:
    if name == "local":
        return LocalTrainer(), {"shuffled": LocalTrainer(shuffled=True)}
    raise ConfigError(f"unknown trainer {name!r}: choose local")
