"""`semzip run`: generate, judge, train, evaluate and release; stops on a signal, and resumes by itself."""

from __future__ import annotations

import argparse
import shutil
import signal
from pathlib import Path

import anyio

from semzip.cli._common import OK, TARGETS_MISSED, Commands
from semzip.cli._options import add_options, positive, settings
from semzip.errors import StoppedError, telling
from semzip.records import Report


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("run", help="generate, judge, train, evaluate and release; resumes by itself")
    add_options(parser)
    parser.add_argument("--stages", type=_names, help="generate,judge,dataset,train,evaluate,release (default: all)")
    parser.add_argument(
        "--rows", type=positive, metavar="N", help="most rows of the test split to evaluate (default: all)"
    )
    parser.add_argument(
        "--curve", action="store_true", help="train on 25, 50 and 100 %% of the data too: would more help?"
    )
    parser.add_argument(
        "--allow-failing", action="store_true", default=None, help="release and exit 0 even where targets are missed"
    )
    parser.add_argument("--fresh", action="store_true", help="forget what the folder holds and start anew")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from rich.console import Console

    from semzip import runfile
    from semzip.display import Display, tables

    console = Console(stderr=True)
    chosen = settings(arguments)
    if arguments.fresh:
        _forget(chosen.out)
    asked_to_stop = False

    async def work() -> int:
        nonlocal asked_to_stop
        with Display(console) as display:
            pipeline = runfile.pipeline(chosen, on_event=display, stopping=lambda: asked_to_stop)
            passages, pairs = runfile.passages_and_pairs(chosen.corpus)

            async def heed_signals(scope: anyio.CancelScope) -> None:
                nonlocal asked_to_stop
                with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                    async for _ in signals:
                        if asked_to_stop:
                            scope.cancel()
                        asked_to_stop = True
                        console.print("stopping; what is under way is finished and kept (once more: stop at once)")

            report: Report | None = None
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(heed_signals, tasks.cancel_scope)
                try:
                    report = await pipeline.run(passages, pairs=pairs, stages=chosen.stages, limit=chosen.corpus.limit)
                finally:
                    with anyio.CancelScope(shield=True):
                        await pipeline.aclose()
                tasks.cancel_scope.cancel()
        if report is None:
            raise StoppedError("stopped at once; what was finished is kept. The same command goes on")
        out = Console()
        for table in tables(report.figures):
            out.print(table)
        if report.met or chosen.allow_failing:
            return OK
        console.print(
            "targets were missed, so nothing was released (--allow-failing releases with a card that says so)"
        )
        return TARGETS_MISSED

    try:
        code: int = anyio.run(work)
    except BaseExceptionGroup as group:
        raise telling(group) from group
    return code


def _names(text: str) -> list[str]:
    return text.split(",")


def _forget(out: Path) -> None:
    """Remove what a run wrote into its folder, and nothing else."""
    for name in ("dataset", "adapter", "controls", "curve", "release"):
        shutil.rmtree(out / name, ignore_errors=True)
    for pattern in ("run.db", "run.db-*", "report.json", "evaluation.jsonl", "report.html", "report-pairs.jsonl"):
        for path in out.glob(pattern):
            path.unlink()
