"""The training process: mlx-lm's tuner, fed batch by batch in an order that can be taken up again.

Between two batches nothing is in flight, so there the state is saved: weights, optimizer, random state and step, in one
file that replaces the last one whole. Events go to the parent as JSON lines; mlx-lm's own drawing goes nowhere.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from attrs import asdict, define, field

from semzip.backends._mlx_files import TrainingFolder, save, write
from semzip.backends._mlx_models import (
    Loaded,
    Source,
    fingerprint,
    is_memory_error,
    load,
    on_cpu,
    sdk,
)
from semzip.backends._mlx_progress import Parent, Progress, Reports
from semzip.backends._mlx_prompt import Prompter
from semzip.backends._mlx_rows import Rows, chunks, data_hash, read_rows
from semzip.errors import SemzipError
from semzip.records import digest


class Stopped(BaseException):
    """The state is saved and the process shall end."""


@define(eq=False)
class Training:
    """One training in one folder.

    Args:
        job: The trainer's parameters, and base, data, folder and trainer.
        parent: Who is told.
    """

    job: dict[str, Any]
    parent: Parent
    progress: Progress = field(factory=Progress)
    model: Any = None
    optimizer: Any = None
    rows: Rows = field(factory=Rows)
    identity: str = ""
    resumed_at: int | None = None
    ended_early: bool = False

    @property
    def folder(self) -> TrainingFolder:
        """Where the adapter and the checkpoints go."""
        return TrainingFolder(Path(self.job["folder"]))

    def run(self) -> dict[str, float]:
        """Train to the end, from wherever the folder stands."""
        self.identity = digest(self.job["trainer"], data_hash(Path(self.job["data"])))
        summary = self.folder.summary_of(self.identity)
        if summary is not None:
            self.parent.replay(summary["history"])
            return dict(summary["metrics"])
        sdk("mlx.core").random.seed(self.job["seed"])
        loaded = load(Source(self.job["base"]))
        self.rows = self._read_rows(loaded)
        self.parent.emit({"step": 0, "figures": {"steps": float(self.job["iters"]), **self.rows.counts}})
        self._prepare(loaded)
        self._resume()
        if self.progress.step < self.job["iters"] and not self._exhausted():
            self._train()
        return self._publish(loaded)

    def _train(self) -> None:
        trainer = sdk("mlx_lm.tuner.trainer")
        left = self.job["iters"] - self.progress.step
        trainer.train(
            self.model,
            self.optimizer,
            self.rows.train,
            args=trainer.TrainingArgs(
                batch_size=self.job["batch_size"],
                iters=left,
                steps_per_report=self.job["steps_per_report"],
                steps_per_save=left + 1,
                max_seq_length=self.job["max_seq_length"],
                adapter_file=str(self.folder.last),
                grad_checkpoint=self.job["grad_checkpoint"],
                grad_accumulation_steps=self.job["grad_accumulation"],
            ),
            iterate_batches=self._batches,
            training_callback=Reports(self.parent, self.progress),
        )
        self.folder.last.unlink()
        if not self.ended_early:
            self.progress.step = self.job["iters"]
            self._look()

    def _read_rows(self, loaded: Loaded) -> Rows:
        return read_rows(
            Path(self.job["data"]),
            Prompter(loaded.tokenizer, self.job["model"]),
            longest=self.job["max_seq_length"],
            mask_prompt=self.job["mask_prompt"],
            batch_size=self.job["batch_size"],
        )

    def _prepare(self, loaded: Loaded) -> None:
        self.model = loaded.model
        self.model.freeze()
        layers = len(self.model.layers)
        wanted = self.job["lora_layers"]
        self.rows.counts["layers"] = float(layers if wanted < 0 else min(wanted, layers))
        number = int(self.rows.counts["layers"])
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
        if not self.folder.state.is_file():
            return
        arrays, metadata = mx.load(str(self.folder.state), return_metadata=True)
        state = json.loads(metadata["semzip"])
        if state["identity"] != self.identity:
            raise self.folder.other_training()
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
        self.parent.replay(self.progress.history)

    def _save(self) -> None:
        mx, utils = sdk("mlx.core"), sdk("mlx.utils")
        arrays = {f"model/{name}": value for name, value in self._weights().items()}
        arrays |= {f"optimizer/{name}": value for name, value in utils.tree_flatten(self.optimizer.state)}
        arrays["random/0"] = mx.random.state[0]
        state = json.dumps({"identity": self.identity, "progress": asdict(self.progress)})
        save(self.folder.state, arrays, {"semzip": state})

    def _weights(self) -> dict[str, Any]:
        return dict(sdk("mlx.utils").tree_flatten(self.model.trainable_parameters()))

    def _batches(self, **_: Any) -> Iterator[Any]:
        """Batches from the present step on. Between two of them is the time to look, to save and to end."""
        iterate = sdk("mlx_lm.tuner.trainer").iterate_batches
        size, update = self.job["batch_size"], self.job["grad_accumulation"]
        every = -(-self.job["save_every"] // update) * update
        groups = chunks(self.rows.train, size)
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
            if self.parent.stopping.is_set() and step % update == 0:
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
        if not self.rows.valid:
            return
        trainer = sdk("mlx_lm.tuner.trainer")
        np.random.seed(self.job["seed"])  # noqa: NPY002 - mlx-lm picks the batches with it
        size = min(self.job["batch_size"], len(self.rows.valid))
        loss = float(
            trainer.evaluate(
                self.model,
                self.rows.valid,
                batch_size=size,
                num_batches=self.job["val_batches"],
                max_seq_length=self.job["max_seq_length"],
            )
        )
        self.model.train()
        self.parent.report(self.progress, self.progress.step, {"valid_loss": loss})
        self.progress.valid_loss = loss
        if self.progress.best_loss is None or loss < self.progress.best_loss:
            self.progress.best_loss, self.progress.best_step, self.progress.stale = loss, self.progress.step, 0
            save(self.folder.best, self._weights(), {})
        else:
            self.progress.stale += 1

    def _publish(self, loaded: Loaded) -> dict[str, float]:
        """Make the folder an adapter: first its configuration, then its weights, each whole."""
        best = sdk("mlx.core").load(str(self.folder.best)) if self.folder.best.is_file() else self._weights()
        kind = self.job["fine_tune_type"]
        settings = {
            "fine_tune_type": kind,
            "num_layers": int(self.rows.counts["layers"]),
            "lora_parameters": None if kind == "full" else self._lora(),
            "model": self.job["model"],
            "base_fingerprint": fingerprint(loaded.folder),
            "trainer": self.job["trainer"],
        }
        metrics = {
            **self.rows.counts,
            **self.progress.metrics(),
            "resumed_at": float(self.resumed_at or 0),
            "stopped_early": float(self.ended_early),
        }
        write(self.folder.config, json.dumps(settings, indent=2, sort_keys=True))
        save(self.folder.weights, best, {"format": "mlx"})
        summary = {"identity": self.identity, "metrics": metrics, "history": self.progress.history}
        write(self.folder.summary, json.dumps(summary, indent=1, sort_keys=True))
        for path in (self.folder.state, self.folder.best):
            path.unlink(missing_ok=True)
        return metrics


def main() -> int:
    """Read the job from the first line of standard input; the end of the input means that the parent has gone."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    parent = Parent(out)
    training = Training(json.loads(sys.stdin.readline()), parent)

    def stop(_signal: int, _frame: object) -> None:
        parent.stopping.set()

    def watch() -> None:
        while os.read(0, 1):
            continue
        parent.stopping.set()

    threading.Thread(target=watch, daemon=True).start()
    signal.signal(signal.SIGTERM, stop)
    if on_cpu():
        # There fused kernels gain nothing, and compiling them takes a minute on a new machine.
        sdk("mlx.core").disable_compile()
    try:
        with training.folder.lock():
            parent.emit({"metrics": training.run()})
    except Stopped:
        return 0
    except SemzipError as error:
        parent.emit({"error": type(error).__name__, "message": str(error)})
        return 1
    except RuntimeError as error:
        if not is_memory_error(error):
            raise
        hint = "lower batch_size, max_seq_length or lora_layers, or set grad_checkpoint"
        parent.emit({"error": "TrainingError", "message": f"no memory for this training ({error}): {hint}"})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
