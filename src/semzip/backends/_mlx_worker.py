"""The one thread that loads a model and generates with it, so that no event loop waits for a token."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from attrs import define, field

from semzip.backends._mlx_batch import Engine, Job
from semzip.backends._mlx_models import sdk
from semzip.errors import BackendError, SemzipError

GATHER_SECONDS = 0.003

Inbox = queue.SimpleQueue[tuple[str, Job | None]]


@define(eq=False)
class Worker:
    """The one thread that loads a model and generates with it; started by the first job, again after a failed load.

    Args:
        start: Loads the model; called in the thread.
    """

    start: Callable[[], Engine]
    engine: Engine | None = None
    _inbox: Inbox = field(factory=Inbox, init=False)
    _lock: Any = field(factory=threading.RLock, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    def submit(self, job: Job) -> None:
        """Hand over a job; its `wake` is called when it is done."""
        with self._lock:
            self._inbox.put(("add", job))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="semzip-mlx", daemon=True)
                self._thread.start()

    def cancel(self, job: Job) -> None:
        """Give up a job."""
        self._inbox.put(("cancel", job))

    def stop(self) -> None:
        """End the thread after its present step, and free the model."""
        with self._lock:
            thread = self._thread
            if thread is None or thread is threading.current_thread():
                return
            self._inbox.put(("stop", None))
        thread.join()

    def _run(self) -> None:
        error: BaseException = BackendError("this MLXChat was closed")
        jobs: list[Job] = []
        try:
            self.engine = self.start()
            self._serve(self.engine)
            jobs = self.engine.abandon()
        except BaseException as failure:  # noqa: BLE001 - it is handed to every waiting call
            error = failure
            jobs = self.engine.abandon() if self.engine is not None else []
        self.engine = None
        # Left to the thread's own end, they are destroyed while the interpreter exits, which aborts it.
        sdk("mlx.core").clear_streams()
        with self._lock:
            self._thread = None
            while not self._inbox.empty():
                what, job = self._inbox.get()
                if job is not None and what == "add":
                    jobs.append(job)
        for job in jobs:
            finish(job, error)

    def _serve(self, engine: Engine) -> None:
        while True:
            for what, job in self._arrivals(waiting=not engine.busy):
                if job is None:
                    return
                if what == "cancel":
                    engine.cancel(job)
                    continue
                try:
                    engine.add(job)
                except SemzipError as error:
                    finish(job, error)
            if engine.busy:
                for job in engine.step():
                    finish(job, job.error)

    def _arrivals(self, *, waiting: bool) -> Iterator[tuple[str, Job | None]]:
        # An idle engine waits for a first job, and then a moment more for those that were sent together with it.
        patience = None if waiting else 0.0
        while True:
            try:
                yield self._inbox.get(block=patience != 0, timeout=patience)
            except queue.Empty:
                return
            patience = GATHER_SECONDS if waiting else 0.0


def finish(job: Job, error: BaseException | None) -> None:
    """Mark a job as done and wake who waits for it."""
    job.error, job.done = error, True
    job.wake()
