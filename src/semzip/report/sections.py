"""The sections of the page: the funnel, v1 against v2, the histograms, the judges, the losses, the training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from semzip.release import shown
from semzip.report import charts
from semzip.report.cells import Figures, note, section, table

_RATES = (("pass rate", "pass_rate"), ("ratio", "ratio"), ("mean ratio", "mean_ratio"), ("equivalence", "equivalence"))
_KIND = {"failed": "bad", "rejected": "bad", "unchanged": "calm"}


def funnel(figures: Figures) -> str:
    """From passages to rows, with what each stage cost."""
    whole = figures.at("passages") or 0
    stages = (
        ("passages", ("passages",), ()),
        ("compressed", ("compressed",), ("spent", "generate")),
        ("judged", ("judged",), ("spent", "judge")),
        ("passed", ("passed",), ()),
        ("rejected", ("rejected",), ()),
        ("unchanged", ("unchanged",), ()),
        ("failed", ("failed",), ()),
        ("rows to train on", ("dataset", "train"), ("training", "v2", "usd")),
        ("rows to validate with", ("dataset", "valid"), ()),
        ("rows to test with", ("dataset", "test"), ("evaluation", "usd")),
        ("left out, near two splits", ("dataset", "left_out"), ()),
    )
    rows = [
        (
            name,
            figures.cell(*path),
            f"{100 * (figures.at(*path) or 0) / whole:.1f} %" if whole else "–",
            charts.bar(figures.at(*path) or 0, whole, _KIND.get(name, "")),
            figures.cell(*spent, form="usd") if spent else "",
        )
        for name, path, spent in stages
        if figures.at(*path) is not None
    ]
    refused = [
        (escape(reason), figures.cell("dataset", "refused", reason)) for reason in figures.group("dataset", "refused")
    ]
    domains = [
        (escape(domain), *(figures.cell("domains", domain, name) for name in _COUNTS))
        for domain in figures.group("domains")
    ]
    return section(
        "funnel",
        "From passages to rows",
        table(("", "number", "of passages", "", "spent"), rows),
        note(
            "Unchanged texts are neither passed nor pairs. A stage's money is what its answers cost when they were paid, "
            "in this run or an earlier one; the sum over all runs on this store, with calls in doubt, stands above."
        ),
        table(("kept out by a gate", "pairs"), refused) if refused else "",
        _calls(figures),
        table(("domain", *(name.replace("_", " ") for name in _COUNTS)), domains),
    )


def _calls(figures: Figures) -> str:
    """What the last command asked of each server and model."""
    names = ("calls", "reused", "rejected", "input_tokens", "output_tokens", "usd")
    rows = [
        (f"{escape(row['model'])} at {escape(row['server'])}", *(shown(row.get(name)) for name in names))
        for row in figures.at("calls") or ()
    ]
    head = ("asked by the last command", *(name.replace("_", " ") for name in names))
    return table(head, rows) if rows else ""


_COUNTS = ("passages", "judged", "passed", "rejected", "unchanged", "failed", "pass_rate", "ratio", "equivalence")


def comparison(figures: Figures) -> str:
    """v1 | v2 | target, and the references on the same rows."""
    if not figures.group("evaluation"):
        return ""
    targets = {row["figure"]: row["target"] for row in figures.at("checklist") or ()}
    rows: list[tuple[str, ...]] = [
        (
            name,
            figures.cell("evaluation", "v1", rate),
            figures.cell("evaluation", "v2", rate),
            escape(targets.get(f"evaluation.v2.{rate}", "–")),
        )
        for name, rate in _RATES
    ]
    rows += [
        ("gain in ratio, paired", "", figures.cell("evaluation", "gain", "ratio"), escape(targets.get("evaluation.gain.ratio", "–"))),
        ("p of no gain in ratio", "", figures.cell("evaluation", "gain", "p_value", form="p"), "–"),
        ("gain in pass rate, paired", "", figures.cell("evaluation", "gain", "pass_rate"), "–"),
        ("p of no gain in pass rate", "", figures.cell("evaluation", "gain", "pass_rate_p_value", form="p"), "–"),
        *_seconds(figures),
        ("dollars, all rows", *(figures.cell("evaluation", arm, "usd", form="usd") for arm in ("v1", "v2")), "–"),
    ]  # fmt: skip
    arms = [*_arms(figures), *(("references", name) for name in figures.group("evaluation", "references"))]
    others = [
        (escape(arm[-1]), *(figures.cell("evaluation", *arm, rate) for _, rate in _RATES if rate != "mean_ratio"))
        for arm in arms
    ]
    points: list[Mapping[str, Any]] = list(figures.at("evaluation", "curve") or ())
    return section(
        "comparison",
        "v1, v2 and the target",
        note(
            f"On {shown(figures.at('evaluation', 'rows', 'n'))} of {shown(figures.at('evaluation', 'rows', 'of'))} rows of the "
            "test split. Ratio = compressed tokens / original tokens, lower is shorter; a total is sum over sum. In brackets "
            "95 % bootstrap intervals. p: of the ratio by a paired permutation test, of the pass rate by McNemar's exact test."
        ),
        _selected(figures),
        table(("", "v1", "v2", "target"), rows),
        "<h3>The same rows by other means</h3>",
        table(("", "pass rate", "ratio", "equivalence"), others),
        _breakdown(figures, "domains", "By domain"),
        _breakdown(figures, "lengths", "By original tokens"),
        "<h3>More data</h3>" + table(
            ("share of the train split", "rows", "pass rate", "ratio", "equivalence"),
            [(f"{100 * point['share']:g} %", *(shown(point.get(name)) for name in ("train", "pass_rate", "ratio", "equivalence"))) for point in points],
        ) if points else "",
    )  # fmt: skip


def _seconds(figures: Figures) -> Iterator[tuple[str, ...]]:
    for name, field in (("latency, median", "median"), ("latency, 95 % within", "p95")):
        yield (name, *(figures.cell("latency", arm, field, form="seconds") for arm in ("v1", "v2")), "–")


def _selected(figures: Figures) -> str:
    quoted = figures.group("evaluation", "quoted", "v1")
    if quoted:
        values = ", ".join(f"{name} {shown(quoted[rate])}" for name, rate in _RATES if rate in quoted)
        return note(
            f"This run had no compressor of its own, so v1 is the pairs as given. The plan's v1: {values} ({quoted['source']})."
        )
    return note(
        "The rows are of passages that v1 itself passed, so its pass rate here is high by selection; "
        f"over all that it was given it is {shown(figures.at('pass_rate'))}."
    )


def _arms(figures: Figures) -> list[tuple[str, ...]]:
    named = figures.group("evaluation", "rows", "by")
    return [(name,) for name in ("v1", "v2", *sorted(set(named) - {"v1", "v2"})) if figures.group("evaluation", name)]


def _breakdown(figures: Figures, by: str, title: str) -> str:
    groups = figures.group("evaluation", "v2", by)
    rows = [
        (
            escape(name),
            figures.cell("evaluation", "v2", by, name, "n"),
            figures.cell("evaluation", "v1", by, name, "ratio"),
            *(figures.cell("evaluation", "v2", by, name, rate) for rate in ("ratio", "pass_rate", "equivalence")),
        )
        for name in groups
    ]
    head = ("", "rows", "v1 ratio", "v2 ratio", "v2 pass rate", "v2 equivalence")
    return f"<details><summary>{title}</summary>{table(head, rows)}</details>" if rows else ""


def histograms(figures: Figures) -> str:
    """Ratio and equivalence of v1 and v2; of the run's own pairs where nothing was evaluated."""
    arms = {name: figures.group("evaluation", name, "histograms") for name in ("v1", "v2")}
    if not all(arms.values()):
        arms = {"all": figures.group("histograms")}
    drawn = ""
    for name, words in (
        ("ratio", "compressed / original tokens"),
        ("equivalence", "equivalence, as the judges score it"),
    ):
        counts = {arm: each[name] for arm, each in arms.items() if sum(each.get(name, ()))}
        if counts:
            keys = "".join(
                f'<span class="key {arm}">{"all judged pairs" if arm == "all" else arm}</span>' for arm in counts
            )
            chart = charts.histogram(f"Histogram of {name}: {', '.join(counts)}", words, counts)
            drawn += (
                f"<figure><figcaption>{name.capitalize()}: share of the examples. {keys}</figcaption>{chart}</figure>"
            )
    return section("histograms", "Ratio and equivalence", f'<div class="two">{drawn}</div>' if drawn else "")


def judges(figures: Figures) -> str:
    """Each judge, every two against each other, and how they did on planted losses."""
    named = figures.group("judges")
    each = [
        (
            escape(judge),
            *(figures.cell("judges", judge, name) for name in ("n", "pass_rate", "equivalence")),
            _caught(figures, judge),
        )
        for judge in named
    ]
    pairs = [
        (
            f"{escape(row['judges'][0])} and {escape(row['judges'][1])}",
            *(shown(row[name]) for name in ("both", "one", "other", "neither")),
        )
        for row in figures.at("side_by_side") or ()
    ]
    alpha = figures.group("agreement")
    words = (
        f"<p>Krippendorff's alpha, 1 being full agreement and 0 chance: on passed or not {figures.cell('agreement', 'passed')}, "
        f"on the score {figures.cell('agreement', 'score')}.</p>"
    )
    return section(
        "judges",
        "Judges",
        table(("judge", "pairs", "pass rate", "equivalence", "planted losses caught"), each) if each else "",
        "<h3>Against each other</h3>" if pairs else "",
        table(("pairs passed by", "both", "only the first", "only the second", "neither"), pairs) if pairs else "",
        words if alpha else "",
    )


def _caught(figures: Figures, judge: str) -> str:
    shown_to = figures.group("canaries", judge)
    if not shown_to:
        return "–"
    return f"{shown_to['judged'] - shown_to['passed']:,} of {figures.cell('canaries', judge, 'judged')}"


def losses(figures: Figures) -> str:
    """What was lost, by kind: on the test rows by v1 and v2, and in the pairs of this run that were rejected."""
    columns = (
        ("rejected pairs of the run", ("losses",)),
        ("v1, lost", ("evaluation", "v1", "losses")),
        ("v2, lost", ("evaluation", "v2", "losses")),
        ("v2, invented", ("evaluation", "v2", "invented")),
    )
    groups = {name: path for name, path in columns if figures.group(*path)}
    kinds = sorted({kind for path in groups.values() for kind in figures.group(*path)})
    weighed = groups.get("v2, lost") or groups.get("rejected pairs of the run")
    numbers = {kind: (figures.at(*weighed, kind) if weighed else None) or 0 for kind in kinds}
    most = max(numbers.values(), default=0)
    rows = [
        (
            escape(kind),
            *(figures.cell(*path, kind) for path in groups.values()),
            charts.bar(numbers[kind], most),
        )
        for kind in kinds
    ]
    return section(
        "losses",
        "What was lost",
        note("Losses found by the judges, by kind. A detail, comment or annotation lowers the score; any other kind fails the pair."),
        table(("kind", *groups, ""), rows) if rows else "<p>The judges found nothing lost.</p>",
    )  # fmt: skip


def training(figures: Figures) -> str:
    """The loss by step of each training."""
    drawn = ""
    for arm in sorted(figures.group("training"), key=lambda name: (name != "v2", name)):
        steps: list[Mapping[str, Any]] = figures.at("training", arm, "steps")
        lines = {
            name: [(float(row["step"]), float(row[field])) for row in steps if field in row]
            for name, field in (("loss", "loss"), ("valid loss", "valid_loss"))
        }
        lines = {name: points for name, points in lines.items() if points}
        if lines:
            keys = "".join(f'<span class="key {name.replace(" ", "-")}">{name}</span>' for name in lines)
            chart = charts.curve(f"Loss of {arm} by step", "step", lines)
            drawn += f"<figure><figcaption>{escape(arm)}: {keys}</figcaption>{chart}</figure>"
    return section("training", "Training", f'<div class="two">{drawn}</div>' if drawn else "")


def targets(figures: Figures) -> str:
    """The run's targets as measured."""
    rows = [
        (
            escape(row["figure"]),
            escape(row["target"]),
            escape(shown(row["measured"])),
            f'<span class="{"good" if row["met"] else "bad"}">{"met" if row["met"] else "missed"}</span>',
        )
        for row in figures.at("checklist") or ()
    ]
    return section("targets", "Targets", table(("figure", "target", "measured", ""), rows) if rows else "")
