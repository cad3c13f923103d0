"""A run file: TOML -> Settings -> Pipeline. What the command line says overrides what the file says."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from semzip import corpus as readers
from semzip._tables import structured, unknown
from semzip.costs import Budget
from semzip.errors import ConfigError, MissingBackendError
from semzip.evaluation import Evaluation
from semzip.events import Event, ignore, never
from semzip.gates import PLAN_TARGETS, RUN_TARGETS, Gate, Target
from semzip.local import LocalJudge, LocalTrainer
from semzip.parts import chat, converter, embedded
from semzip.pipeline import STAGES, Pairs, Passages, Pipeline, Stage
from semzip.plots import drawer
from semzip.protocols import Compressor, Judge, Trainer
from semzip.records import Domain
from semzip.stores import SQLiteStore

__all__ = ["Corpus", "Settings", "chat", "passages_and_pairs", "pipeline", "read", "settings"]


@frozen(kw_only=True)
class Corpus:
    """Where the passages come from.

    Args:
        source: As for `semzip.corpus.read`; by default the installed Python, or nothing where there are pairs.
        pairs: A file of existing pairs to merge in.
        domain: Of every passage; detected by default.
        limit: Most passages, in all or per domain.
    """

    source: str | None = None
    pairs: Path | None = None
    domain: Domain | None = None
    limit: int | dict[Domain, int] | None = None

    def __attrs_post_init__(self) -> None:
        limits = self.limit.values() if isinstance(self.limit, dict) else [self.limit]
        if any(limit is not None and limit < 1 for limit in limits):
            raise ConfigError("limit must be 1 or more")


@frozen(kw_only=True)
class Settings:
    """What a run is made of; a run file has these names as its keys.

    Args:
        out: The run's folder.
        stages: Which stages to do.
        corpus: Where the passages come from.
        compressor: Makes the compressions (v1).
        judges: The strictest decides.
        trainer: Learns v2.
        gates: What a pair must satisfy beyond its verdict.
        targets: What the run must reach; by default the plan's, or those of the embedded default.
        evaluation: How many rows are evaluated, and what else is beside v1 and v2.
        budget: The most that may be spent, in dollars.
        allow_failing: Release even where targets are missed.
    """

    out: Path = Path("runs/v2")
    stages: tuple[Stage, ...] = STAGES
    corpus: Corpus = Corpus()
    compressor: Compressor = field(factory=embedded)
    judges: tuple[Judge, ...] = (LocalJudge(),)
    trainer: Trainer = field(factory=LocalTrainer)
    gates: tuple[Gate, ...] = ()
    targets: tuple[Target, ...] | None = None
    evaluation: Evaluation = field(factory=Evaluation)
    budget: Budget | None = None
    allow_failing: bool = False


@frozen(kw_only=True)
class _Trainers:
    trainers: dict[str, Trainer]


def read(path: Path) -> dict[str, Any]:
    """The tables of a run file.

    Raises:
        ConfigError: It cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"the run file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"the run file {path} is not TOML: {error}") from error


def settings(table: Mapping[str, Any], name: str = "") -> Settings:
    """The settings that a run file's tables say.

    Args:
        table: As `read` gives it. Its `trainer` may name one of the tables in its `trainers`.
        name: The file's name, for messages.

    Raises:
        ConfigError: With the place and what to write there.
        MissingBackendError: A backend's package is not installed.
    """
    made_by, raw = converter(), dict(table)
    chosen = raw.get("trainer")
    named: dict[str, Trainer] = {}
    for each, inner in structured(made_by, raw.pop("trainers", {}), dict[str, Any], name).items():
        try:
            named |= structured(made_by, {"trainers": {each: inner}}, _Trainers, name).trainers
        except MissingBackendError:
            # A trainer that this run does not use need not be installed.
            if each == chosen:
                raise
    if named and isinstance(chosen, str) and chosen not in named and chosen != "local" and ":" not in chosen:
        raise ConfigError(": ".join(filter(None, (name, "trainer", unknown(chosen, [*named, "local"], "trainer")))))
    if isinstance(chosen, str) and chosen in named:
        return evolve(structured(made_by, {**raw, "trainer": "local"}, Settings, name), trainer=named[chosen])
    return structured(made_by, raw, Settings, name)


def pipeline(
    settings: Settings, *, on_event: Callable[[Event], None] = ignore, stopping: Callable[[], bool] = never
) -> Pipeline:
    """The pipeline that these settings describe, on a SQLite store in their folder."""
    trainer, targets = settings.trainer, settings.targets
    local = isinstance(trainer, LocalTrainer)
    return Pipeline(
        compressor=settings.compressor,
        judges=settings.judges,
        trainer=trainer,
        controls={"shuffled": evolve(trainer, shuffled=True)} if isinstance(trainer, LocalTrainer) else {},
        store=SQLiteStore(settings.out / "run.db"),
        gates=settings.gates,
        targets=(RUN_TARGETS if local else PLAN_TARGETS) if targets is None else targets,
        evaluation=settings.evaluation,
        budget=settings.budget,
        draw=drawer(),
        allow_failing=settings.allow_failing,
        on_event=on_event,
        stopping=stopping,
    )


def passages_and_pairs(chosen: Corpus) -> tuple[Passages, Pairs]:
    """What the corpus settings say to read.

    Raises:
        DataError: There is no such corpus or file of pairs.
    """
    source = chosen.source or (None if chosen.pairs else "python")
    passages = () if source is None else readers.read(source, domain=chosen.domain)
    pairs = () if chosen.pairs is None else readers.pairs(chosen.pairs, domain=chosen.domain)
    return passages, pairs
