"""PNG plots of a run for its model card: histograms, v1 | v2 | target, the losses. Needs the extra `plots`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from semzip._files import disk_errors, make_folder
from semzip._tally import BINS
from semzip.errors import MissingBackendError

Draw = Callable[[Mapping[str, Any], Path], Sequence[Path]]
"""Draws a report's figures into a folder, and says which files it made."""

V1, V2, TARGET = "#8b5e34", "#2456c8", "#101010"
_RATES = (("pass rate", "pass_rate"), ("ratio", "ratio"), ("equivalence", "equivalence"))


def drawer() -> Draw | None:
    """`draw`, where matplotlib is installed."""
    return draw if find_spec("matplotlib") else None


def draw(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw what the report has figures for; the same report gives the same bytes with the same matplotlib.

    For `Pipeline(draw=…)`, and so for the model card of a release.

    Args:
        report: The figures of report.json.
        folder: Where `histograms.png`, `comparison.png` and `loss.png` go; it is made.

    Returns:
        The files, in the order in which a card shows them. A plot without figures is left out.

    Raises:
        MissingBackendError: matplotlib is not installed.
    """
    try:
        figure: Any = import_module("matplotlib.figure").Figure
    except ImportError as error:
        raise MissingBackendError("plots need: pip install 'semzip[plots]'") from error
    evaluation: Mapping[str, Any] = report.get("evaluation", {})
    arms: dict[str, Mapping[str, Any]] = {name: evaluation[name] for name in ("v1", "v2") if name in evaluation}
    trained: Mapping[str, Any] = report.get("training", {}).get("v2", {})
    steps: list[Mapping[str, float]] = trained.get("steps", [])
    drawn: list[Path] = []

    def save(name: str, made: Any) -> None:
        path = make_folder(folder) / name
        with disk_errors(path):
            # The version of matplotlib in the file would be its only difference between two machines.
            made.savefig(path, dpi=110, metadata={"Software": None})
        drawn.append(path)

    if len(arms) == 2 and all(arm["n"] for arm in arms.values()):
        save("comparison.png", _comparison(figure(figsize=(7, 3), layout="constrained"), arms, _targets(report)))
        save("histograms.png", _histograms(figure(figsize=(8, 3), layout="constrained"), arms))
    if len(steps) > 1:
        save("loss.png", _losses(figure(figsize=(7, 3), layout="constrained"), steps))
    return drawn


def _comparison(made: Any, arms: Mapping[str, Mapping[str, Any]], targets: Mapping[str, Sequence[float]]) -> Any:
    """Bars of v1 and v2 with their intervals, and lines where the targets are."""
    axes = made.subplots()
    for place, (_, rate) in enumerate(_RATES):
        for shift, colour, arm in ((-0.19, V1, "v1"), (0.19, V2, "v2")):
            found = arms[arm]
            value = found.get(rate)
            if value is None:
                continue
            reach = [[value - found.get(f"{rate}_low", value)], [found.get(f"{rate}_high", value) - value]]
            axes.bar(place + shift, value, 0.34, color=colour, yerr=reach, capsize=3, label=arm if place == 0 else None)
            axes.annotate(f"{value:.3f}", (place + shift, 0.02), color="white", ha="center", fontsize=8)
        for bound in targets.get(rate, ()):
            label = "target" if rate == next(iter(targets)) and bound == targets[rate][0] else None
            axes.hlines(bound, place - 0.42, place + 0.42, color=TARGET, linestyle="--", label=label)
    axes.set_xticks(range(len(_RATES)), [name for name, _ in _RATES])
    axes.set_ylim(0, 1.08)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)
    return _plain(made)


def _histograms(made: Any, arms: Mapping[str, Mapping[str, Any]]) -> Any:
    """The shares of the test passages by ratio and by equivalence."""
    edges = [place / BINS for place in range(BINS + 1)]
    names = (("ratio", "compressed / original tokens"), ("equivalence", "equivalence"))
    for axes, (name, words) in zip(made.subplots(1, 2), names, strict=True):
        for arm, colour, fill in (("v2", V2, True), ("v1", V1, False)):
            counts = arms[arm]["histograms"][name]
            shares = [100 * count / max(sum(counts), 1) for count in counts]
            axes.stairs(shares, edges, fill=fill, color=colour, alpha=0.85 if fill else 1, linewidth=1.6, label=arm)
        axes.set_xlabel(words)
        axes.set_ylabel("% of the test passages")
    made.axes[0].legend(loc="upper left", frameon=False)
    return _plain(made)


def _losses(made: Any, steps: Sequence[Mapping[str, float]]) -> Any:
    """Loss and validation loss by step."""
    axes = made.subplots()
    for name, colour in (("loss", V2), ("valid_loss", V1)):
        points = [(row["step"], row[name]) for row in steps if name in row]
        if points:
            mark = "o" if len(points) <= 30 else None
            axes.plot(*zip(*points, strict=True), color=colour, marker=mark, markersize=3, label=name.replace("_", " "))
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.legend(frameon=False)
    return _plain(made)


def _plain(made: Any) -> Any:
    for axes in made.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=9)
    return made


def _targets(report: Mapping[str, Any]) -> dict[str, list[float]]:
    """The bounds that the run's targets set for rates of v2."""
    out: dict[str, list[float]] = {}
    for row in report.get("checklist") or ():
        rate = str(row["figure"]).removeprefix("evaluation.v2.")
        if rate in {name for _, name in _RATES} and rate != row["figure"]:
            out.setdefault(rate, []).append(float(str(row["target"]).split(" ")[1]))
    return out
