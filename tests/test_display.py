from __future__ import annotations

import io

import pytest
from rich.console import Console

from semzip import display
from semzip.display import Display, tables
from semzip.events import Event


def events() -> list[Event]:
    items = [Event("judge", "item", {"passed": n, "rejected": n // 10}, 100) for n in range(1, 61)]
    steps = [Event("train", "item", {"step": n, "loss": 1 / n}) for n in range(1, 4)]
    return [
        Event("judge", "begin", {}, 100),
        *items,
        Event("judge", "end", {"passed": 60, "rejected": 6}, 100),
        Event("train", "begin", {}),
        *steps,
        Event("train", "end", {"step": 3, "loss": 1 / 3}),
    ]


def shown(*, terminal: bool) -> str:
    out = io.StringIO()
    with Display(Console(file=out, force_terminal=terminal, width=160)) as watch:
        for event in events():
            watch(event)
    return out.getvalue()


def test_without_a_terminal_a_line_at_each_end_of_a_stage_and_one_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.5
        return now

    monkeypatch.setattr(display.time, "monotonic", clock)
    lines = shown(terminal=False).splitlines()
    assert lines[0].split() == ["judge", "begins"]
    assert 5 <= len(lines) <= 20
    middle = next(line for line in lines if "/s" in line)
    assert "/100" in middle
    assert "s left" in middle
    assert "passed" in middle
    assert any(line.split()[:2] == ["train", "done"] for line in lines)


def test_on_a_terminal_a_bar_with_counts() -> None:
    out = shown(terminal=True)
    assert "66/100" in out
    assert "passed 60 rejected 6" in out
    assert "loss 0.333" in out


def test_the_tables_show_every_figure_of_a_partial_report_too() -> None:
    out = io.StringIO()
    console = Console(file=out, width=200)
    figures = {
        "passages": 3,
        "judged": 2,
        "passed": 2,
        "pass_rate": 1.0,
        "ratio": 0.5,
        "domains": {"nl": {"passages": 3}},
    }
    for table in tables(figures):
        console.print(table)
    assert "0.500" in out.getvalue()
    assert "–" in out.getvalue()
