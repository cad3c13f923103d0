"""run.json: what a run was, so that it can be done again: settings, prompts, versions, commit, seeds, costs, results."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any, cast

import attrs

from semzip.prompts import COMPRESS_ID, JUDGE_ID

_PACKAGES = ("anthropic", "mlx", "mlx-lm", "numpy", "openai", "safetensors", "splintr-rs", "tinker", "transformers")
_FIGURES = (
    "run", "passages", "judged", "passed", "rejected", "unchanged", "failed", "pass_rate", "ratio", "domains", "dataset",
    "adapters", "evaluation",
)  # fmt: skip
_HIDDEN = re.compile(r"key|secret|password|headers", re.IGNORECASE)
_ABSOLUTE = re.compile(r"(?:/|~|[A-Za-z]:[\\/])")


def record(
    figures: Mapping[str, Any], checklist: Sequence[Mapping[str, Any]], parts: Mapping[str, Any]
) -> dict[str, Any]:
    """What run.json holds. Nothing of it depends on when or how often the run was started.

    Args:
        figures: The run's report.
        checklist: Its targets, as measured.
        parts: What it was made of, as `described` gives it.
    """
    settings = figures.get("settings", {})
    return {
        **{name: figures[name] for name in _FIGURES if name in figures},
        "settings": settings,
        "parts": parts,
        "prompts": {"compress": COMPRESS_ID, "judge": JUDGE_ID},
        "versions": {**figures.get("versions", {}), "packages": _packages(), "commit": source_commit()},
        "seed": settings.get("seed"),
        "costs": {"usd": figures.get("usd", 0.0)},
        "checklist": list(checklist),
        "met": all(row["met"] for row in checklist),
    }


def described(part: object) -> Any:
    """A part with all its settings as a JSON value: no keys, and of paths on this machine only the last name."""
    if part is None or isinstance(part, bool | int | float):
        return part
    if isinstance(part, Path):
        return described(str(part))
    if isinstance(part, str):
        return f"…/{Path(part).name}" if _ABSOLUTE.match(part) else part
    if isinstance(part, Mapping):
        items = cast("Mapping[Any, object]", part)
        return {str(name): described(value) for name, value in items.items() if not _HIDDEN.search(str(name))}
    if isinstance(part, list | tuple):
        return [described(one) for one in cast("Sequence[object]", part)]
    kind: Any = type(part)
    about = {"class": f"{kind.__module__}.{kind.__qualname__}"}
    known = getattr(part, "id", None)
    if isinstance(known, str):
        about["id"] = known
    if not attrs.has(kind):
        return about
    public = [one for one in attrs.fields(kind) if one.repr and one.init and not one.name.startswith("_")]
    values = {one.name: getattr(part, one.name) for one in public if not _HIDDEN.search(one.name)}
    return {**about, **{name: described(value) for name, value in values.items() if not callable(value)}}


def source_commit() -> str | None:
    """The commit that semzip was installed from, where it is known: from git by pip, or a checkout."""
    try:
        origin = distribution("semzip").read_text("direct_url.json")
    except PackageNotFoundError:
        origin = None
    commit = json.loads(origin).get("vcs_info", {}).get("commit_id") if origin else None
    return commit or _checked_out(Path(__file__).parents[3])


def _checked_out(root: Path) -> str | None:
    git = root / ".git"
    if not (root / "pyproject.toml").is_file() or not (git / "HEAD").is_file():
        return None
    head = (git / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    if (git / name).is_file():
        return (git / name).read_text(encoding="utf-8").strip()
    packed = git / "packed-refs"
    lines = packed.read_text(encoding="utf-8").splitlines() if packed.is_file() else []
    return next((line.split(" ")[0] for line in lines if line.endswith(f" {name}")), None)


def _packages() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
