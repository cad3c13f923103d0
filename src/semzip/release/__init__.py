"""The release folder: the adapter in each form, its configuration, cards, what the run was, and a manifest of hashes."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semzip._codec import dumps
from semzip._files import disk_errors, make_folder
from semzip.plots import Draw
from semzip.records import Adapter
from semzip.release.card import card, comparison, dataset_card, shown, with_datasets
from semzip.release.forms import write_forms
from semzip.release.record import described, record

__all__ = ["card", "comparison", "dataset_card", "described", "released_adapter", "shown", "with_datasets", "write"]


def write(
    folder: Path,
    *,
    adapter: Adapter,
    figures: Mapping[str, Any],
    checklist: Sequence[Mapping[str, Any]],
    parts: Mapping[str, Any] | None = None,
    draw: Draw | None = None,
) -> None:
    """Write the release; the folder is there whole or not at all, and takes the place of an older one.

    Args:
        folder: Where it goes.
        adapter: What is released.
        figures: The run's report.
        checklist: The run's targets, as measured.
        parts: What the run was made of, as `described` gives it.
        draw: Draws plots for the model card.
    """
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    make_folder(building)
    with disk_errors(folder):
        forms = write_forms(adapter, building)
        about = {"id": adapter.id, "trainer": adapter.trainer, "base_model": adapter.base_model}
        config = {
            "adapter": {**about, "folder": forms.native, "forms": forms.folders},
            "settings": figures.get("settings", {}),
            "versions": figures.get("versions", {}),
        }
        _write(building / "config.json", dumps(config, indent=2) + "\n")
        run = record(figures, checklist, parts or {})
        _write(building / "run.json", dumps(run, indent=2) + "\n")
        plots = [] if draw is None else [path.relative_to(building) for path in draw(figures, building / "plots")]
        names = [path.as_posix() for path in plots]
        _write(building / "README.md", card(adapter, figures, checklist, forms=forms, plots=names))
        _write(building / "DATASET.md", dataset_card(run, figures.get("dataset", {})))
        files = sorted(path for path in building.rglob("*") if path.is_file())
        manifest = {path.relative_to(building).as_posix(): _sha256(path) for path in files}
        _write(building / "manifest.json", dumps({"sha256": manifest}, indent=2) + "\n")
        old = folder.with_name(f".{folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.replace(old)
        building.replace(folder)
        shutil.rmtree(old, ignore_errors=True)


def released_adapter(folder: Path) -> Adapter:
    """The adapter of a release folder, in the form that it was trained in."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))["adapter"]
    return Adapter(
        folder=folder / config.get("folder", "adapter"),
        id=config["id"],
        trainer=config["trainer"],
        base_model=config["base_model"],
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
