"""The release folder: adapter, configuration, model card, figures, and a manifest of hashes."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semzip._codec import dumps
from semzip._files import disk_errors, make_folder
from semzip.records import Adapter

_HEADER = """\
---
license: mit
library_name: semzip
tags:
  - semzip
  - prompt-compression
language:
  - en
---
"""

_WHAT = """\
Shortens text so that a language model can reason on it as on the original; every text is checked, and one that fails the
check comes back as it was.
"""

_MEASURED = """\
On the test split of its run. `ratio` is compressed tokens / original tokens (lower is shorter), counted with {tokenizer};
intervals are 95 % bootstrap intervals. A text that came back unchanged counts with ratio 1 and as not passed.
"""

_DATA = """\
{passages:,} passages, {judged:,} judged, {passed:,} passed; rows: {rows}. The texts keep the licences of their sources;
the default corpus is the installed Python (PSF-2.0).
"""

_COUNTS = ("passages", "judged", "passed")

_USAGE = """\
## Use

From this folder, with `pip install semzip`:

```python
from pathlib import Path

import anyio

from semzip import Passage
from semzip.local import LocalTrainer
from semzip.release import released_adapter

adapter = released_adapter(Path("."))
compressor = anyio.run(LocalTrainer().load, adapter)
short = anyio.run(compressor.compress, Passage("A text that is much longer than it really needs to be."))
print(short.text, short.ratio, short.verdict.passed)
```
"""

_ROWS = (
    ("pass rate", "pass_rate", "evaluation.v2.pass_rate"),
    ("ratio (sum over sum)", "ratio", "evaluation.v2.ratio"),
    ("mean ratio", "mean_ratio", "evaluation.v2.mean_ratio"),
    ("equivalence", "equivalence", "evaluation.v2.equivalence"),
    ("examples", "n", "evaluation.v2.n"),
)


def write(
    folder: Path, *, adapter: Adapter, figures: Mapping[str, Any], checklist: Sequence[Mapping[str, Any]]
) -> None:
    """Write the release; the folder is there whole or not at all, and takes the place of an older one.

    Args:
        folder: Where it goes.
        adapter: What is released.
        figures: The run's report.
        checklist: The run's targets, as measured.
    """
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    make_folder(building)
    with disk_errors(folder):
        shutil.copytree(adapter.folder, building / "adapter")
        config = {
            "adapter": {"id": adapter.id, "trainer": adapter.trainer, "base_model": adapter.base_model},
            "settings": figures.get("settings", {}),
            "versions": figures.get("versions", {}),
        }
        _write(building / "config.json", dumps(config, indent=2) + "\n")
        _write(building / "README.md", card(adapter, figures, checklist))
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
    """The adapter of a release folder."""
    import json

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))["adapter"]
    return Adapter(
        folder=folder / "adapter", id=config["id"], trainer=config["trainer"], base_model=config["base_model"]
    )


def card(adapter: Adapter, figures: Mapping[str, Any], checklist: Sequence[Mapping[str, Any]]) -> str:
    """The model card: what it is, what was measured, how to use it, and what it was trained on."""
    missed = [row for row in checklist if not row["met"]]
    parts = [
        _HEADER,
        f"# {'Trained salience' if not adapter.base_model else 'Adapter'} for semzip\n",
        _WHAT,
    ]
    if missed:
        parts.append(
            "**This release misses targets of its own run:** "
            + "; ".join(f"{row['figure']} is {shown(row['measured'])}, target {row['target']}" for row in missed)
            + ".\n"
        )
    evaluation = figures.get("evaluation", {})
    parts += [
        "## Measured\n",
        _MEASURED.format(tokenizer=figures.get("settings", {}).get("tokenizer", "o200k_base")),
        comparison(evaluation, checklist),
        _USAGE,
        "## Data\n",
        _DATA.format(rows=_counts(figures.get("dataset", {})), **{name: figures.get(name, 0) for name in _COUNTS}),
        "## Licence\n",
        "MIT, for the weights and the configuration.\n",
    ]
    return "\n".join(parts)


def comparison(evaluation: Mapping[str, Any], checklist: Sequence[Mapping[str, Any]]) -> str:
    """The table v1 | v2 | target as Markdown."""
    targets = {row["figure"]: row["target"] for row in checklist}
    lines = ["| | v1 | v2 | target |", "|---|---:|---:|---:|"]
    for name, field, target in _ROWS:
        cells = [_cell(evaluation.get(arm, {}), field) for arm in ("v1", "v2")]
        lines.append(f"| {name} | {' | '.join(cells)} | {targets.get(target, '–')} |")
    gain = evaluation.get("gain", {})
    lines.append(f"| gain in ratio, paired | | {_cell(gain, 'ratio')} | {targets.get('evaluation.gain.ratio', '–')} |")
    return "\n".join(lines) + "\n"


def shown(value: object) -> str:
    """A figure as it is printed everywhere: counts whole, rates with three decimals, nothing as a dash."""
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _cell(row: Mapping[str, Any], field: str) -> str:
    low, high = row.get(f"{field}_low"), row.get(f"{field}_high")
    interval = "" if low is None else f" [{shown(low)}, {shown(high)}]"
    return shown(row.get(field)) + interval


def _counts(dataset: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {dataset.get(name, 0):,}" for name in ("train", "valid", "test"))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
