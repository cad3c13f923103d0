"""`semzip estimate`: what a run would take, before anything is spent."""

from __future__ import annotations

import argparse

import anyio

from semzip.cli._common import OK, Commands
from semzip.cli._options import add_options, settings


def add(commands: Commands) -> None:
    """Add the command."""
    words = "calls, tokens, dollars and hours of a run, before anything is spent"
    parser = commands.add_parser("estimate", help=words)
    add_options(parser)
    parser.set_defaults(run=_estimate)


def _estimate(arguments: argparse.Namespace) -> int:
    from rich.console import Console

    from semzip import corpus, runfile
    from semzip.display import estimate_table

    chosen = settings(arguments)
    pipeline = runfile.pipeline(chosen)
    read = chosen.corpus
    passages = corpus.read(read.pairs or read.source or "python", domain=read.domain)
    found = anyio.run(lambda: pipeline.estimate(passages, limit=read.limit))
    Console().print(estimate_table(found))
    return OK
