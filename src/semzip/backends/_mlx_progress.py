"""Where a training stands, and how its parent hears of it: JSON lines, each step once."""

from __future__ import annotations

import json
import math
import threading
import time
from typing import IO, Any

from attrs import define, field

from semzip.errors import TrainingError

History = list[tuple[int, dict[str, float]]]


@define
class Progress:
    """Where a training stands; kept in the state file."""

    step: int = 0
    best_step: int | None = None
    best_loss: float | None = None
    valid_loss: float | None = None
    loss: float | None = None
    stale: int = 0
    tokens: int = 0
    seconds: float = 0.0
    history: History = field(factory=list[tuple[int, dict[str, float]]])

    def metrics(self) -> dict[str, float]:
        """What it came to."""
        metrics = {
            "steps": float(self.step),
            "best_step": float(self.step if self.best_step is None else self.best_step),
            "trained_tokens": float(self.tokens),
            "seconds": self.seconds,
        }
        losses = {"loss": self.loss, "valid_loss": self.valid_loss, "best_valid_loss": self.best_loss}
        return metrics | {name: value for name, value in losses.items() if value is not None}


@define(eq=False)
class Parent:
    """The process that started this one.

    Args:
        out: Where it reads events.
    """

    out: IO[str]
    stopping: threading.Event = field(factory=threading.Event)

    def report(self, progress: Progress, step: int, figures: dict[str, float]) -> None:
        """Tell the figures of a step, and keep them. Raises TrainingError where a loss is no number."""
        for name in ("loss", "valid_loss"):
            if not math.isfinite(figures.get(name, 0.0)):
                raise TrainingError(f"the {name} at step {step} is {figures[name]}: lower learning_rate")
        if progress.history and progress.history[-1][0] == step:
            figures = progress.history.pop()[1] | figures
        progress.history.append((step, figures))
        self.emit({"step": step, "figures": figures})

    def replay(self, history: History) -> None:
        """Tell what earlier processes told theirs, so that this parent has the whole curve."""
        for step, figures in history:
            self.emit({"step": step, "figures": figures})

    def emit(self, event: dict[str, Any]) -> None:
        """Send an event. A parent that has gone means: save and end."""
        try:
            self.out.write(json.dumps(event) + "\n")
            self.out.flush()
        except BrokenPipeError:
            self.stopping.set()


class Reports:
    """What mlx-lm's loop calls every few steps."""

    def __init__(self, parent: Parent, progress: Progress) -> None:
        self.parent, self.progress = parent, progress
        self.first, self.tokens = progress.step, progress.tokens
        self.started = time.monotonic() - progress.seconds

    def on_train_loss_report(self, train_info: dict[str, float]) -> None:
        """The mean loss since the last report, and the speed."""
        self.progress.loss = float(train_info["train_loss"])
        self.progress.tokens = self.tokens + int(train_info["trained_tokens"])
        self.progress.seconds = time.monotonic() - self.started
        figures = {
            "loss": self.progress.loss,
            "tokens_per_second": float(train_info["tokens_per_second"]),
            "trained_tokens": float(self.progress.tokens),
            "learning_rate": float(train_info["learning_rate"]),
            "peak_memory_gb": float(train_info["peak_memory"]),
        }
        self.parent.report(self.progress, self.first + int(train_info["iteration"]), figures)
