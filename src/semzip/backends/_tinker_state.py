"""What a training folder remembers of its run, so that a killed run can go on: written whole, atomically, before and after each save."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cattrs
from attrs import evolve, frozen

from semzip.errors import ConfigError, DataError

STATE_FILE, STEPS_FILE = "run.json", "steps.jsonl"


@frozen(kw_only=True)
class Saved:
    """Weights that the service was asked to save. Recorded before it is sent; that the service lists it is the proof.

    Args:
        run: The service's id of the training run.
        name: The checkpoint's name in that run.
        step: The training step.
        kind: `weights` (training state), `sampler_weights` or `external_weights` (the downloadable files).
    """

    run: str
    name: str
    step: int
    kind: str


@frozen(kw_only=True)
class RunState:
    """The state of a run.

    Args:
        fingerprint: Settings and data; another fingerprint is another training.
        saves: All saves, oldest first.
    """

    fingerprint: str
    saves: tuple[Saved, ...] = ()

    def with_saves(self, *saves: Saved) -> RunState:
        """This state and these saves."""
        return evolve(self, saves=(*self.saves, *saves))

    def of_kind(self, kind: str) -> list[Saved]:
        """The saves of a kind, newest first."""
        return [save for save in reversed(self.saves) if save.kind == kind]


def read_state(folder: Path, fingerprint: str) -> RunState:
    """The state that `folder` holds, or a new one.

    Raises:
        ConfigError: The folder holds another training.
        DataError: The file cannot be read.
    """
    file = folder / STATE_FILE
    try:
        raw: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        state = cattrs.structure(raw, RunState)
    except FileNotFoundError:
        return RunState(fingerprint=fingerprint)
    except (ValueError, TypeError, KeyError, cattrs.BaseValidationError) as error:
        raise DataError(f"{file} cannot be read; move it away to start this training anew: {error}") from error
    if state.fingerprint != fingerprint:
        raise ConfigError(
            f"{folder} holds a training with other settings or other rows; give another folder, or delete this one"
        )
    return state


def write_state(folder: Path, state: RunState) -> None:
    """Replace the state in `folder`; a kill or a power cut leaves the old one or the new one."""
    write_atomically(folder / STATE_FILE, json.dumps(cattrs.unstructure(state), indent=1, sort_keys=True))


def read_steps(folder: Path) -> dict[int, dict[str, float]]:
    """The figures of the steps that were reported; a line that a kill left half written is no step."""
    steps: dict[int, dict[str, float]] = {}
    file = folder / STEPS_FILE
    for line in file.read_text(encoding="utf-8").split() if file.exists() else ():
        try:
            row: dict[str, float] = json.loads(line)
        except ValueError:
            continue
        steps[int(row.pop("step"))] = row
    return steps


def write_step(folder: Path, step: int, figures: Mapping[str, float]) -> None:
    """Add the figures of a step. Of a step that was trained twice, the later ones count."""
    with (folder / STEPS_FILE).open("a", encoding="utf-8") as stream:
        stream.write("\n" + json.dumps({"step": step, **figures}, separators=(",", ":")))


def write_atomically(file: Path, text: str) -> None:
    """Write a small file so that it is never seen half written."""
    part = file.with_name(file.name + ".part")
    with part.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
