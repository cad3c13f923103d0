"""Model card and dataset card, as text: what it is, what was measured, how to use it, what it was made of."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semzip.prompts import COMPRESS_SYSTEM, COMPRESS_USER
from semzip.records import Adapter
from semzip.release.forms import Forms
from semzip.release.usage import PEFT, SEMZIP_LOCAL, SEMZIP_LORA, USAGE_MLX

_TAGS = """\
tags:
  - semzip
  - prompt-compression
language:
  - en
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

_ROWS = (
    ("pass rate", "pass_rate", "evaluation.v2.pass_rate"),
    ("ratio (sum over sum)", "ratio", "evaluation.v2.ratio"),
    ("mean ratio", "mean_ratio", "evaluation.v2.mean_ratio"),
    ("equivalence", "equivalence", "evaluation.v2.equivalence"),
    ("examples", "n", "evaluation.v2.n"),
)

_RATES = tuple(row for row in _ROWS if row[1] != "n")

_DATASET = """\
---
license: other
license_name: licences-of-the-sources
task_categories:
  - text-generation
tags:
  - semzip
  - prompt-compression
{configs}---

# Texts and their compressions

Made by a run of semzip: each row has a text and a much shorter one on which a language model can reason as it would on the
original, as far as its judges could tell.

| split | rows |
|---|---:|
{rows}

| column | |
|---|---|
| `id` | hash of the text; a text's split follows from it |
| `domain` | `nl` (prose), `code` or `data` |
| `text` | the original |
| `compressed` | the compressed text |

## How it was made

{made}

Near-duplicates (Jaccard of 5-word shingles of at least 0.8) are in one split. The texts keep the licences of their sources.

## Use

```sh
semzip run --pairs data/train.parquet
```

```python
from pathlib import Path

from semzip import corpus

pairs = list(corpus.pairs(Path("data/train.parquet")))
```
"""


def card(
    adapter: Adapter,
    figures: Mapping[str, Any],
    checklist: Sequence[Mapping[str, Any]],
    *,
    forms: Forms,
    plots: Sequence[str] = (),
) -> str:
    """The model card.

    Args:
        adapter: What is released.
        figures: The run's report.
        checklist: The run's targets, as measured.
        forms: Which forms of the adapter are there.
        plots: Images to show, by their paths in the release folder.
    """
    missed = [row for row in checklist if not row["met"]]
    title = f"{'Adapter' if adapter.base_model else 'Trained salience'} for semzip"
    parts = [_header(adapter, figures, title), f"# {title}\n", _WHAT]
    if adapter.base_model:
        parts.append(f"A LoRA adapter of `{adapter.base_model}`; it belongs to exactly this model.\n")
    if missed:
        parts.append(
            "**This release misses targets of its own run:** "
            + "; ".join(f"{row['figure']} is {shown(row['measured'])}, target {row['target']}" for row in missed)
            + ".\n"
        )
    parts += [
        "## Measured\n",
        _MEASURED.format(tokenizer=figures.get("settings", {}).get("tokenizer", "o200k_base")),
        comparison(figures.get("evaluation", {}), checklist),
        _about_v1(figures),
        *(f"![{Path(path).stem}]({path})\n" for path in plots),
        "## Use\n",
        _usage(adapter, forms),
        "## Data\n",
        _DATA.format(rows=_counts(figures.get("dataset", {})), **{name: figures.get(name, 0) for name in _COUNTS}),
        "`run.json` has every setting, and `manifest.json` the hashes of all files.\n",
        "## Licence\n",
        "MIT, for the weights and the configuration.\n",
    ]
    return "\n".join(parts)


def dataset_card(run: Mapping[str, Any], counts: Mapping[str, Any], left_out: int = 0) -> str:
    """The card of the run's dataset.

    Args:
        run: What run.json holds.
        counts: How many rows each split has.
        left_out: How many rows of the run are not there, since their text is no UTF-8.
    """
    splits = [split for split in ("train", "valid", "test") if counts.get(split)]
    files = "".join(f"      - split: {_HUB_SPLITS.get(s, s)}\n        path: data/{s}.parquet\n" for s in splits)
    configs = f"configs:\n  - config_name: default\n    data_files:\n{files}" if splits else ""
    settings = run.get("settings", {})
    judges = ", ".join(f"`{judge}`" for judge in settings.get("judges", ())) or "none"
    made = (
        f"{run.get('passages', 0):,} passages were compressed by `{settings.get('compressor')}`, and the pairs judged by "
        f"{judges}; {run.get('passed', 0):,} passed."
    )
    gates = ", ".join(f"`{gate}`" for gate in settings.get("gates", ()))
    if gates:
        made += f" Of these, the gates {gates} let in what is here."
    if left_out:
        made += f" {left_out:,} rows with lone surrogates, which are no UTF-8, were left out."
    return _DATASET.format(configs=configs, rows="\n".join(f"| {s} | {counts[s]:,} |" for s in splits), made=made)


_HUB_SPLITS = {"valid": "validation"}


def with_datasets(text: str, names: Sequence[str]) -> str:
    """The model card with the datasets that it was trained on in its metadata."""
    lines = "datasets:\n" + "".join(f"  - {name}\n" for name in names)
    return re.sub(
        r"\A---\n(.*?)^---\n", lambda head: f"---\n{head[1]}{lines}---\n", text, count=1, flags=re.DOTALL | re.MULTILINE
    )


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


def _header(adapter: Adapter, figures: Mapping[str, Any], title: str) -> str:
    base = ""
    # A folder on the machine of the run is no model that a reader could find.
    if re.fullmatch(r"[\w.-]+/[\w.-]+", adapter.base_model) and not Path(adapter.base_model).exists():
        base = f"base_model: {adapter.base_model}\nbase_model_relation: adapter\npipeline_tag: text-generation\n"
    return f"---\nlicense: mit\nlibrary_name: semzip\n{_TAGS}{base}{_model_index(figures, title)}---\n"


def _model_index(figures: Mapping[str, Any], title: str) -> str:
    """The measured results as the Hub reads them."""
    v2: Mapping[str, Any] = figures.get("evaluation", {}).get("v2", {})
    rows = [("all domains", v2), *sorted(v2.get("domains", {}).items())]
    results: list[dict[str, Any]] = []
    for domain, measured in rows:
        metrics = [
            {"type": field, "name": name, "value": measured[field]}
            for name, field, _ in _RATES
            if measured.get(field) is not None
        ]
        if metrics:
            results.append(
                {
                    "task": {"type": "text-generation", "name": "Prompt compression"},
                    "dataset": {"type": "semzip", "name": f"Test split of the run, {domain}", "split": "test"},
                    "metrics": metrics,
                }
            )
    # JSON is YAML too, and needs no quoting rules of its own.
    return f"model-index: {json.dumps([{'name': title, 'results': results}], ensure_ascii=False)}\n" if results else ""


def _usage(adapter: Adapter, forms: Forms) -> str:
    if not adapter.base_model:
        return SEMZIP_LOCAL
    words = {
        "base": adapter.base_model,
        "rank": forms.rank,
        "system": json.dumps(COMPRESS_SYSTEM, ensure_ascii=False),
        "request": json.dumps(COMPRESS_USER.replace("{text}", ""), ensure_ascii=False),
    }
    texts = [("mlx", SEMZIP_LORA), ("mlx", USAGE_MLX), ("peft", PEFT)]
    parts = [text.format(**words) for form, text in texts if form in forms.folders]
    parts += [f"There is no {form} form of it: {why}\n" for form, why in forms.missing.items()]
    return "\n".join(parts)


def _cell(row: Mapping[str, Any], field: str) -> str:
    low, high = row.get(f"{field}_low"), row.get(f"{field}_high")
    interval = "" if low is None else f" [{shown(low)}, {shown(high)}]"
    return shown(row.get(field)) + interval


def _about_v1(figures: Mapping[str, Any]) -> str:
    known: Mapping[str, Any] | None = figures.get("evaluation", {}).get("quoted", {}).get("v1")
    if known:
        values = ", ".join(f"{name} {shown(known[field])}" for name, field, _ in _RATES if field in known)
        return f"v1 is the pairs as they were given. The plan's v1: {values} ({known['source']}).\n"
    return (
        "The rows are of passages that v1 itself passed, so its pass rate here is high by selection; over all that it was "
        f"given it is {shown(figures.get('pass_rate'))}.\n"
    )


def _counts(dataset: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {dataset.get(name, 0):,}" for name in ("train", "valid", "test"))
