"""The parent's side of a training: starts the process, passes its figures on, and ends it when the call is cancelled."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from semzip import errors
from semzip.errors import SemzipError, TrainingError
from semzip.protocols import OnStep

DRAIN_SECONDS = 60
"""How long a cancelled training may take to save its state."""
LONGEST_EVENT = 1 << 20


async def run_training(job: Mapping[str, Any], folder: Path, on_step: OnStep) -> dict[str, float]:
    """Run `_mlx_train` on this job and return its metrics. The process ends with this call, or with this process."""
    training = folder / "training"
    training.mkdir(parents=True, exist_ok=True)
    with (training / "errors.txt").open("wb") as complaints:
        process = await anyio.open_process(
            [sys.executable, "-P", "-m", "semzip.backends._mlx_train"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,
        )
    async with process:
        try:
            return await _follow(process, {**job, "folder": str(folder)}, on_step, training / "errors.txt")
        finally:
            with anyio.CancelScope(shield=True):
                await _end(process)


async def _follow(process: Process, job: Mapping[str, Any], on_step: OnStep, complaints: Path) -> dict[str, float]:
    if process.stdin is None or process.stdout is None:
        raise TrainingError("the training process has no pipes")
    await process.stdin.send(json.dumps(job).encode() + b"\n")
    lines = BufferedByteReceiveStream(process.stdout)
    while True:
        try:
            event: dict[str, Any] = json.loads(await lines.receive_until(b"\n", LONGEST_EVENT))
        except (anyio.IncompleteRead, anyio.EndOfStream):
            break
        if "step" in event:
            on_step(event["step"], event["figures"])
        elif "error" in event:
            raise _error(event["error"], event["message"])
        else:
            metrics: dict[str, float] = event["metrics"]
            return metrics
    code = await process.wait()
    if code == -signal.SIGKILL:
        raise TrainingError(
            "the training process was killed, probably for want of memory: lower batch_size, max_seq_length or "
            "lora_layers; the next call resumes from the last checkpoint"
        )
    tail = (await anyio.Path(complaints).read_text(encoding="utf-8", errors="replace")).strip()[-1000:]
    raise TrainingError(f"the training process ended with code {code}: {tail or 'it said nothing'}")


def _error(name: str, message: str) -> SemzipError:
    kind = getattr(errors, name, TrainingError)
    return kind(message)


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
        with anyio.move_on_after(DRAIN_SECONDS):
            await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()
