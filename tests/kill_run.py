"""A run that kills itself at a chosen moment of a chosen stage; started by test_kill.py as a process of its own.

    python kill_run.py CORPUS OUT LOG [STAGE KIND NUMBER [SIGNAL]]

KIND is "item" (the NUMBER-th event of the stage) or "file" (the NUMBER-th time that it opens or renames a file). LOG
gets a line for each text that is really compressed, judged or trained on, and one for the moment of the kill.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio

from semzip import Compression, Passage, Pipeline, Verdict, Verified, corpus
from semzip.events import Event
from semzip.local import LocalCompressor, LocalJudge, LocalTrainer
from semzip.records import Adapter, Dataset
from semzip.stores import SQLiteStore


class Log:
    """Lines that survive the kill that follows them."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def line(self, *words: str) -> None:
        os.write(self.file, (" ".join(words) + "\n").encode())


class LoggedCompressor:
    def __init__(self, log: Log) -> None:
        self.inner, self.log = Verified(LocalCompressor(salience=None), LocalJudge()), log
        self.id = self.inner.id

    async def compress(self, passage: Passage) -> Compression:
        self.log.line("compress", passage.id)
        return await self.inner.compress(passage)


class LoggedJudge:
    def __init__(self, log: Log) -> None:
        self.inner, self.log, self.id = LocalJudge(), log, "logged-judge"

    async def judge(self, pair: Compression) -> Verdict:
        self.log.line("judge", pair.id)
        return await self.inner.judge(pair)


class LoggedTrainer:
    def __init__(self, log: Log) -> None:
        self.inner, self.log = LocalTrainer(), log
        self.id = self.inner.id

    async def train(self, dataset: Dataset, folder: Path, on_step: Callable[..., None]) -> Adapter:
        self.log.line("train", dataset.id)
        return await self.inner.train(dataset, folder, on_step)

    async def load(self, adapter: Adapter) -> Any:
        return await self.inner.load(adapter)


class Killer:
    """Counts what happens in the chosen stage, and ends the process at the chosen count."""

    def __init__(self, log: Log, stage: str, kind: str, number: int, how: int) -> None:
        self.log, self.stage, self.kind, self.number, self.how = log, stage, kind, number, how
        self.inside = False
        self.count = 0

    def on_event(self, event: Event) -> None:
        if event.stage != self.stage:
            return
        self.inside = event.state != "end"
        if event.state == "item":
            self.happened("item")

    def audit(self, name: str, arguments: tuple[object, ...]) -> None:
        if self.inside and name in {"open", "os.rename"}:
            self.happened("file")

    def happened(self, kind: str) -> None:
        if kind != self.kind:
            return
        self.count += 1
        if self.count == self.number:
            self.log.line("kill", self.stage, kind, str(self.number))
            os.kill(os.getpid(), self.how)


def main() -> None:
    source, out, log_path, *moment = sys.argv[1:]
    log = Log(log_path)
    watcher: Callable[[Event], None] = lambda event: None  # noqa: E731
    if moment:
        stage, kind, number = moment[:3]
        how = int(moment[3]) if len(moment) > 3 else signal.SIGKILL
        killer = Killer(log, stage, kind, int(number), how)
        watcher = killer.on_event
        sys.addaudithook(killer.audit)
    store = SQLiteStore(Path(out) / "run.db")
    run = Pipeline(
        compressor=LoggedCompressor(log),
        judges=(LoggedJudge(log),),
        trainer=LoggedTrainer(log),
        store=store,
        on_event=watcher,
    )

    async def work() -> None:
        await run.run(corpus.read(source))
        await run.aclose()

    anyio.run(work)


if __name__ == "__main__":
    main()
