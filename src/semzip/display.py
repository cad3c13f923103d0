"""How the command line shows a run: live bars on a terminal, a line every ten seconds elsewhere, tables at the end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from semzip.costs import Estimate
from semzip.events import Event
from semzip.release import shown

_LINE_SECONDS = 10.0


class Display:
    """A watcher for `Pipeline(on_event=…)`; a context manager around the run.

    Args:
        console: Where it is shown.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        self._began: dict[str, float] = {}
        self._line_at = time.monotonic()
        self._live: Progress | None = None
        if console.is_terminal:
            self._live = Progress(
                SpinnerColumn(),
                TextColumn("{task.description:>9}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[counts]}"),
                console=console,
            )

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, event: Event) -> None:
        """Show what happened."""
        if event.state == "begin":
            self._began[event.stage] = time.monotonic()
        if event.state == "wait":
            seconds = event.counts["seconds"]
            self._console.print(
                f"{event.stage:>9} waits for {seconds:.0f} s: a provider has asked for it", highlight=False
            )
            return
        if self._live is not None:
            self._update(self._live, event)
        elif (
            event.state != "item" or time.monotonic() - self._line_at >= _LINE_SECONDS or event.counts.get("step") == 0
        ):
            self._line(event)

    def _update(self, live: Progress, event: Event) -> None:
        if event.stage not in self._tasks:
            self._tasks[event.stage] = live.add_task(event.stage, total=event.total, rate="", counts="")
        done = _done(event)
        live.update(
            self._tasks[event.stage],
            completed=done,
            total=event.total if event.total is not None else done if event.state == "end" else None,
            rate=self._rate(event),
            counts=_counts(event.counts),
        )

    def _line(self, event: Event) -> None:
        self._line_at = time.monotonic()
        of = f"/{event.total:,}" if event.total is not None and event.state != "begin" else ""
        left = self._left(event)
        words = {"begin": "begins", "item": f"{_done(event):,}{of}", "end": "done"}[event.state]
        rest = " ".join(part for part in (self._rate(event), left, _counts(event.counts)) if part)
        self._console.print(f"{event.stage:>9} {words}  {rest}".rstrip(), highlight=False, soft_wrap=True)

    def _rate(self, event: Event) -> str:
        seconds = time.monotonic() - self._began.get(event.stage, time.monotonic())
        if seconds <= 1 or event.state != "item":
            return ""
        rate = _done(event) / seconds
        return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"

    def _left(self, event: Event) -> str:
        seconds = time.monotonic() - self._began.get(event.stage, time.monotonic())
        done = _done(event)
        if event.state != "item" or not event.total or not done:
            return ""
        return f"{seconds / done * (event.total - done):.0f} s left"


def tables(figures: Mapping[str, Any]) -> list[Table]:
    """The run's counts by domain, v1 | v2 | target, and the checklist."""
    counts = Table(title="Passages (ratio = compressed / original tokens, o200k_base, over passed pairs)")
    names = ("passages", "judged", "passed", "rejected", "unchanged", "failed", "pass_rate", "ratio")
    for name in ("", *names):
        counts.add_column(name, justify="right" if name else "left")
    for domain, row in [("all", figures), *figures.get("domains", {}).items()]:
        counts.add_row(domain, *(shown(row.get(name)) for name in names))
    shown_tables = [counts]
    evaluation = figures.get("evaluation")
    targets = {row["figure"]: row["target"] for row in figures.get("checklist", [])}
    if evaluation:
        table = Table(title=f"Test split, {evaluation['v1'].get('n')} passages")
        for name in ("", "v1", "v2", "target"):
            table.add_column(name, justify="right" if name else "left")
        for name in ("pass_rate", "ratio", "mean_ratio", "equivalence"):
            cells = [_interval(evaluation[arm], name) for arm in ("v1", "v2")]
            table.add_row(name, *cells, targets.get(f"evaluation.v2.{name}", "–"))
        for domain in evaluation["v1"].get("domains", {}):
            cells = [_interval(evaluation[arm]["domains"].get(domain, {}), "ratio") for arm in ("v1", "v2")]
            table.add_row(f"ratio, {domain}", *cells, "–")
        gain = evaluation["gain"]
        table.add_row("gain in ratio, paired", "", _interval(gain, "ratio"), targets.get("evaluation.gain.ratio", "–"))
        shown_tables.append(table)
    if figures.get("calls"):
        calls = Table(title="Calls of this run")
        for head in ("model", "calls", "reused", "rejected", "tokens in", "tokens out", "dollars"):
            calls.add_column(head, justify="left" if head == "model" else "right", overflow="fold")
        for row in figures["calls"]:
            numbers = ("calls", "reused", "rejected", "input_tokens", "output_tokens")
            usd = "unknown price" if row["usd"] is None else f"{row['usd']:.4f}"
            calls.add_row(f"{row['model']} {row['server']}", *(f"{row[name]:,}" for name in numbers), usd)
        shown_tables.append(calls)
    if figures.get("checklist"):
        checklist = Table(title="Targets")
        for name in ("", "figure", "target", "measured"):
            checklist.add_column(name, justify="left" if name in {"", "figure"} else "right")
        for row in figures["checklist"]:
            mark = "[green]met[/]" if row["met"] else "[red]missed[/]"
            checklist.add_row(mark, row["figure"], row["target"], shown(row["measured"]))
        shown_tables.append(checklist)
    return shown_tables


def estimate_table(estimate: Estimate) -> Table:
    """What a run will take, a row a stage, and the sum."""
    table = Table(title=f"Estimate, prices as of {estimate.prices_as_of}")
    for name in ("stage", "model", "calls", "input tokens", "output tokens", "dollars", "hours"):
        table.add_column(name, justify="left" if name in {"stage", "model"} else "right", overflow="fold")
    for stage in estimate.stages:
        counts = (stage.calls, stage.input_tokens, stage.output_tokens)
        usd = "unknown price" if stage.usd is None else f"{stage.usd:.2f}"
        hours = "unknown" if stage.hours is None else f"{stage.hours:.1f}"
        table.add_row(stage.stage, stage.model, *(f"{count:,}" for count in counts), usd, hours)
    usage = estimate.usage
    usd = "unknown" if usage.usd is None else f"{usage.usd:.2f}"
    counts = (estimate.calls, usage.input_tokens, usage.output_tokens)
    table.add_row("all", "", *(f"{count:,}" for count in counts), usd, f"{estimate.hours:.1f}", style="bold")
    return table


def _interval(row: Mapping[str, Any], name: str) -> str:
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return shown(row.get(name)) + ("" if low is None else f" [{shown(low)}, {shown(high)}]")


def _done(event: Event) -> int:
    return int(event.counts.get("step", sum(event.counts.values())))


def _counts(counts: Mapping[str, float]) -> str:
    # How many steps there will be is the end of the bar.
    return " ".join(f"{name} {_figure(value)}" for name, value in counts.items() if name != "steps")


def _figure(value: float) -> str:
    """As everywhere, but a learning rate of 0.0002 is not shown as 0.000."""
    return f"{value:.1e}" if 0 < abs(value) < 0.001 else shown(value)
