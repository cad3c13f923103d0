"""A run's folder, read: its figures, and its store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from attrs import frozen

from semzip._report import NAME
from semzip.errors import ConfigError, DataError
from semzip.protocols import Store
from semzip.stores import SQLiteStore

STORE = "run.db"


@frozen
class Run:
    """What `semzip run` left in a folder.

    Args:
        folder: Its folder.
        figures: Its report.json.
    """

    folder: Path
    figures: Mapping[str, Any]

    @property
    def missing(self) -> list[str]:
        """The stages of a whole run that this one has not come to."""
        made = {"dataset": "dataset", "train": "training", "evaluate": "evaluation"}
        return [stage for stage, figure in made.items() if figure not in self.figures]

    @asynccontextmanager
    async def store(self) -> AsyncGenerator[Store]:
        """The run's store, open."""
        store = SQLiteStore(self.folder / STORE)
        try:
            yield store
        finally:
            await store.aclose()

    def hashes(self) -> dict[str, str]:
        """SHA-256 of what the run wrote: the report, the dataset, the adapters."""
        folders = ("dataset", "adapter", "controls")
        inside = [path for name in folders for path in (self.folder / name).rglob("*") if path.is_file()]
        files = [self.folder / name for name in (NAME, "evaluation.jsonl")]
        return {
            path.relative_to(self.folder).as_posix(): _sha256(path)
            for path in [*files, *sorted(inside)]
            if path.exists()
        }


def open_run(folder: Path) -> Run:
    """Read what a run left in its folder.

    Raises:
        ConfigError: It is no run's folder, or the run has not come far enough to be reported.
        DataError: Its report cannot be read.
    """
    there = {name: (folder / name).exists() for name in (NAME, STORE)}
    if not folder.is_dir() or not any(there.values()):
        why = "it has no run.db and no report.json" if folder.is_dir() else "there is no such folder"
        raise ConfigError(f"{folder} is no run's folder: {why}. `semzip run --out {folder}` makes a run there")
    if not there[NAME]:
        raise ConfigError(
            f"the run in {folder} is not finished: it has no {NAME} yet, which is written after the stage dataset. "
            "The command that began it goes on with it"
        )
    if not there[STORE]:
        raise ConfigError(f"{folder} has a {NAME} but no {STORE}, which holds the pairs: copy it there too")
    try:
        figures: Any = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(
            f"{folder / NAME} cannot be read: {error}. Run the same command again to write it anew"
        ) from error
    if not isinstance(figures, dict) or not {"run", "settings"} <= figures.keys():
        raise DataError(
            f"{folder / NAME} does not say which passages it counts, as semzip's before 0.2 did not: "
            "run the same command again, which does nothing twice"
        )
    return Run(folder, cast("dict[str, Any]", figures))


def _sha256(path: Path) -> str:
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()
