"""The training process: mlx-lm's tuner, fed batch by batch in an order that can be taken up again.

Between two batches nothing is in flight, so there the state is saved: weights, optimizer, random state and step, in one
file that replaces the last one whole. Events go to the parent as JSON lines; mlx-lm's own drawing goes nowhere.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from attrs import asdict, define, field

from semzip.backends._mlx_files import lock, save, write
from semzip.backends._mlx_models import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    Loaded,
    Source,
    fingerprint,
    is_memory_error,
    load,
    on_cpu,
    sdk,
)
from semzip.backends._mlx_prompt import Prompter
from semzip.errors import SemzipError, TrainingError
from semzip.records import digest

Row = tuple[list[int], int]
"""Token ids, and how many of them are not learnt."""


class Stopped(BaseException):
    """The state is saved and the process shall end."""


@define
class Progress:
    """Where a training stands; kept in the state file."""

    step: int = 0
    best_step: int = 0
    best_loss: float | None = None
    valid_loss: float | None = None
    loss: float | None = None
    stale: int = 0
    tokens: int = 0
    seconds: float = 0.0
    history: list[tuple[int, dict[str, float]]] = field(factory=list[tuple[int, dict[str, float]]])


@define(eq=False)
class Training:
    """One training in one folder.

    Args:
        job: The trainer's parameters, and base, data, folder and trainer.
        out: Where events go.
    """

    job: dict[str, Any]
    out: IO[str]
    stopping: threading.Event = field(factory=threading.Event)
    progress: Progress = field(factory=Progress)
    model: Any = None
    optimizer: Any = None
    train_rows: list[Row] = field(factory=list[Row])
    valid_rows: list[Row] = field(factory=list[Row])
    counts: dict[str, float] = field(factory=dict[str, float])
    identity: str = ""
    resumed_at: int | None = None
    ended_early: bool = False

    @property
    def folder(self) -> Path:
        """Where the adapter goes."""
        return Path(self.job["folder"])

    @property
    def state_file(self) -> Path:
        """Weights, optimizer, random state and progress."""
        return self.folder / "training" / "state.safetensors"

    @property
    def best_file(self) -> Path:
        """The weights with the lowest validation loss."""
        return self.folder / "training" / "best.safetensors"

    @property
    def summary_file(self) -> Path:
        """What a finished training came to."""
        return self.folder / "training" / "summary.json"

    def run(self) -> dict[str, float]:
        """Train to the end, from wherever the folder stands."""
        self.identity = digest(self.job["trainer"], *(self._data_hash(split) for split in ("train", "valid")))
        finished = self._finished()
        if finished is not None:
            return finished
        sdk("mlx.core").random.seed(self.job["seed"])
        loaded = load(Source(self.job["base"]))
        self._read_rows(loaded)
        self._prepare(loaded)
        self._resume()
        if self.progress.step < self.job["iters"] and not self._exhausted():
            self._train()
        return self._publish(loaded)

    def _train(self) -> None:
        trainer = sdk("mlx_lm.tuner.trainer")
        left = self.job["iters"] - self.progress.step
        last = self.folder / "training" / "last.safetensors"
        trainer.train(
            self.model,
            self.optimizer,
            self.train_rows,
            args=trainer.TrainingArgs(
                batch_size=self.job["batch_size"],
                iters=left,
                steps_per_report=self.job["steps_per_report"],
                steps_per_save=left + 1,
                max_seq_length=self.job["max_seq_length"],
                adapter_file=str(last),
                grad_checkpoint=self.job["grad_checkpoint"],
                grad_accumulation_steps=self.job["grad_accumulation"],
            ),
            iterate_batches=self._batches,
            training_callback=Reports(self),
        )
        last.unlink()
        if not self.ended_early:
            self.progress.step = self.job["iters"]
            self._look()

    def _data_hash(self, split: str) -> str:
        path = Path(self.job["data"]) / f"{split}.jsonl"
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""

    def _finished(self) -> dict[str, float] | None:
        if not self.summary_file.is_file():
            if (self.folder / ADAPTER_WEIGHTS).is_file():
                raise TrainingError(f"{self.folder} already holds an adapter: choose another folder")
            return None
        summary = json.loads(self.summary_file.read_text(encoding="utf-8"))
        if summary["identity"] != self.identity:
            raise self._other_training()
        if not (self.folder / ADAPTER_WEIGHTS).is_file():
            return None
        self._replay(summary["history"])
        metrics: dict[str, float] = summary["metrics"]
        return metrics

    def _other_training(self) -> TrainingError:
        return TrainingError(
            f"{self.folder} holds another training (other rows, model or parameters): choose another folder, "
            "or delete it to start anew"
        )

    def _read_rows(self, loaded: Loaded) -> None:
        prompter = Prompter(loaded.tokenizer, self.job["model"])
        for split, rows in (("train", self.train_rows), ("valid", self.valid_rows)):
            too_long = 0
            path = Path(self.job["data"]) / f"{split}.jsonl"
            if not path.is_file() and split == "valid":
                continue
            if not path.is_file():
                raise TrainingError(f"there are no rows to train on: {path} is missing")
            for line in path.read_text(encoding="utf-8").splitlines():
                ids, prompt = prompter.example(json.loads(line)["messages"])
                if len(ids) > self.job["max_seq_length"]:
                    too_long += 1
                else:
                    rows.append((ids, prompt if self.job["mask_prompt"] else 0))
            self.counts |= {f"{split}_rows": float(len(rows)), f"{split}_too_long": float(too_long)}
        if len(self.train_rows) < self.job["batch_size"]:
            raise TrainingError(
                f"{len(self.train_rows)} rows are too few for batches of {self.job['batch_size']} "
                f"({self.counts['train_too_long']:.0f} have more than {self.job['max_seq_length']} tokens)"
            )
        self.train_rows.sort(key=lambda row: len(row[0]))
        self.valid_rows.sort(key=lambda row: len(row[0]))

    def _prepare(self, loaded: Loaded) -> None:
        self.model = loaded.model
        self.model.freeze()
        layers = len(self.model.layers)
        wanted = self.job["lora_layers"]
        self.counts["layers"] = float(layers if wanted < 0 else min(wanted, layers))
        number = int(self.counts["layers"])
        if self.job["fine_tune_type"] == "full":
            for layer in self.model.layers[layers - number :]:
                layer.unfreeze()
        else:
            sdk("mlx_lm.tuner.utils").linear_to_lora_layers(
                self.model, number, self._lora(), use_dora=self.job["fine_tune_type"] == "dora"
            )
        self.optimizer = sdk("mlx.optimizers").Adam(learning_rate=self.job["learning_rate"])
        self.optimizer.init(self.model.trainable_parameters())

    def _lora(self) -> dict[str, Any]:
        rank = self.job["lora_rank"]
        return {"rank": rank, "scale": self.job["lora_alpha"] / rank, "dropout": self.job["dropout"]}

    def _resume(self) -> None:
        mx, utils = sdk("mlx.core"), sdk("mlx.utils")
        if not self.state_file.is_file():
            return
        arrays, metadata = mx.load(str(self.state_file), return_metadata=True)
        state = json.loads(metadata["semzip"])
        if state["identity"] != self.identity:
            raise self._other_training()
        parts: dict[str, list[tuple[str, Any]]] = {"model": [], "optimizer": [], "random": []}
        for name, array in arrays.items():
            part, rest = name.split("/", 1)
            parts[part].append((rest, array))
        self.model.load_weights(parts["model"], strict=False)
        self.optimizer.state = utils.tree_unflatten(parts["optimizer"])
        self.optimizer.init(self.model.trainable_parameters())
        high, low = parts["random"][0][1].tolist()
        mx.random.seed(high << 32 | low)
        mx.eval(self.model.parameters(), self.optimizer.state)
        self.progress = Progress(**state["progress"])
        self.resumed_at = self.progress.step
        self._replay(self.progress.history)

    def _save(self) -> None:
        mx, utils = sdk("mlx.core"), sdk("mlx.utils")
        arrays = {f"model/{name}": value for name, value in self._weights().items()}
        arrays |= {f"optimizer/{name}": value for name, value in utils.tree_flatten(self.optimizer.state)}
        arrays["random/0"] = mx.random.state[0]
        state = json.dumps({"identity": self.identity, "progress": asdict(self.progress)})
        save(self.state_file, arrays, {"semzip": state})

    def _weights(self) -> dict[str, Any]:
        return dict(sdk("mlx.utils").tree_flatten(self.model.trainable_parameters()))

    def _batches(self, **_: Any) -> Iterator[Any]:
        """Batches from the present step on. Between two of them is the time to look, to save and to end."""
        iterate = sdk("mlx_lm.tuner.trainer").iterate_batches
        size, update = self.job["batch_size"], self.job["grad_accumulation"]
        every = -(-self.job["save_every"] // update) * update
        groups = chunks(self.train_rows, size)
        step = self.progress.step
        while True:
            if step != self.resumed_at:
                self.progress.step = step
                if step % self.job["steps_per_eval"] == 0:
                    self._look()
                if step and step % every == 0:
                    self._save()
            if self._exhausted():
                self.ended_early = True
                return
            if self.stopping.is_set() and step % update == 0:
                self._save()
                raise Stopped
            epoch, position = divmod(step, len(groups))
            order = np.random.default_rng([self.job["seed"], epoch]).permutation(len(groups))
            yield from iterate(groups[order[position]], size, self.job["max_seq_length"])
            step += 1

    def _exhausted(self) -> bool:
        patience = self.job["patience"]
        return patience is not None and self.progress.stale >= patience

    def _look(self) -> None:
        """Measure the validation loss, and keep the weights if it is the lowest so far."""
        if not self.valid_rows:
            return
        trainer = sdk("mlx_lm.tuner.trainer")
        np.random.seed(self.job["seed"])  # noqa: NPY002 - mlx-lm picks the batches with it
        size = min(self.job["batch_size"], len(self.valid_rows))
        loss = float(
            trainer.evaluate(
                self.model,
                self.valid_rows,
                batch_size=size,
                num_batches=self.job["val_batches"],
                max_seq_length=self.job["max_seq_length"],
            )
        )
        self.model.train()
        self.report(self.progress.step, {"valid_loss": loss})
        self.progress.valid_loss = loss
        if self.progress.best_loss is None or loss < self.progress.best_loss:
            self.progress.best_loss, self.progress.best_step, self.progress.stale = loss, self.progress.step, 0
            save(self.best_file, self._weights(), {})
        else:
            self.progress.stale += 1

    def report(self, step: int, figures: dict[str, float]) -> None:
        """Tell the parent. Raises TrainingError where a loss is no number."""
        for name in ("loss", "valid_loss"):
            if not math.isfinite(figures.get(name, 0.0)):
                raise TrainingError(f"the {name} at step {step} is {figures[name]}: lower learning_rate")
        history = self.progress.history
        if history and history[-1][0] == step:
            figures = history.pop()[1] | figures
        history.append((step, figures))
        self.emit({"step": step, "figures": figures})

    def _replay(self, history: list[tuple[int, dict[str, float]]]) -> None:
        """Tell the parent what earlier processes told theirs, so that it has the whole curve."""
        for step, figures in history:
            self.emit({"step": step, "figures": figures})

    def emit(self, event: dict[str, Any]) -> None:
        """Send an event. A parent that has gone means: save and end."""
        try:
            self.out.write(json.dumps(event) + "\n")
            self.out.flush()
        except BrokenPipeError:
            self.stopping.set()

    def _publish(self, loaded: Loaded) -> dict[str, float]:
        """Make the folder an adapter: first its configuration, then its weights, each whole."""
        best = sdk("mlx.core").load(str(self.best_file)) if self.best_file.is_file() else self._weights()
        kind = self.job["fine_tune_type"]
        settings = {
            "fine_tune_type": kind,
            "num_layers": int(self.counts["layers"]),
            "lora_parameters": None if kind == "full" else self._lora(),
            "model": self.job["model"],
            "base_fingerprint": fingerprint(loaded.folder),
            "trainer": self.job["trainer"],
        }
        metrics = self._metrics()
        write(self.folder / ADAPTER_CONFIG, json.dumps(settings, indent=2, sort_keys=True))
        save(self.folder / ADAPTER_WEIGHTS, best, {"format": "mlx"})
        summary = {"identity": self.identity, "metrics": metrics, "history": self.progress.history}
        write(self.summary_file, json.dumps(summary, indent=1, sort_keys=True))
        for path in (self.state_file, self.best_file):
            path.unlink(missing_ok=True)
        return metrics

    def _metrics(self) -> dict[str, float]:
        progress = self.progress
        metrics = {
            **self.counts,
            "steps": float(progress.step),
            "best_step": float(progress.best_step if self.valid_rows else progress.step),
            "resumed_at": float(self.resumed_at or 0),
            "stopped_early": float(self.ended_early),
            "trained_tokens": float(progress.tokens),
            "seconds": progress.seconds,
        }
        named = {"loss": progress.loss, "valid_loss": progress.valid_loss, "best_valid_loss": progress.best_loss}
        return metrics | {name: value for name, value in named.items() if value is not None}


class Reports:
    """What mlx-lm's loop calls every few steps."""

    def __init__(self, training: Training) -> None:
        self.training = training
        self.first = training.progress.step
        self.tokens = training.progress.tokens
        self.started = time.monotonic() - training.progress.seconds

    def on_train_loss_report(self, train_info: dict[str, float]) -> None:
        """The mean loss since the last report, and the speed."""
        progress = self.training.progress
        progress.loss = float(train_info["train_loss"])
        progress.tokens = self.tokens + int(train_info["trained_tokens"])
        progress.seconds = time.monotonic() - self.started
        figures = {
            "loss": progress.loss,
            "tokens_per_second": float(train_info["tokens_per_second"]),
            "trained_tokens": float(progress.tokens),
            "learning_rate": float(train_info["learning_rate"]),
            "peak_memory_gb": float(train_info["peak_memory"]),
        }
        self.training.report(self.first + int(train_info["iteration"]), figures)


def chunks(rows: list[Row], size: int) -> list[list[Row]]:
    """Rows in groups of `size`; the last group fills up with rows of the one before, so that none is left out."""
    starts = [*range(0, len(rows) - size + 1, size)]
    if len(rows) % size:
        starts.append(len(rows) - size)
    return [rows[start : start + size] for start in starts]


def main() -> int:
    """Read the job from the first line of standard input; the end of the input means that the parent has gone."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    training = Training(json.loads(sys.stdin.readline()), out)

    def stop(_signal: int, _frame: object) -> None:
        training.stopping.set()

    def watch() -> None:
        while os.read(0, 1):
            continue
        training.stopping.set()

    threading.Thread(target=watch, daemon=True).start()
    signal.signal(signal.SIGTERM, stop)
    if on_cpu():
        # There fused kernels gain nothing, and compiling them takes a minute on a new machine.
        sdk("mlx.core").disable_compile()
    try:
        with lock(training.folder):
            training.emit({"metrics": training.run()})
    except Stopped:
        return 0
    except SemzipError as error:
        training.emit({"error": type(error).__name__, "message": str(error)})
        return 1
    except RuntimeError as error:
        if not is_memory_error(error):
            raise
        hint = "lower batch_size, max_seq_length or lora_layers, or set grad_checkpoint"
        training.emit({"error": "TrainingError", "message": f"no memory for this training ({error}): {hint}"})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
