"""The options that `semzip run` and `semzip estimate` share, and the settings that they make."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from semzip.cli._common import CHATS, TRAINERS
from semzip.records import DOMAINS, Domain

if TYPE_CHECKING:
    from semzip.runfile import Settings


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the shared options."""
    parser.add_argument("--corpus", help="python (default), a .jsonl file, a folder, or - for standard input")
    parser.add_argument("--pairs", type=Path, help="a JSON lines or Parquet file of pairs to merge in")
    parser.add_argument("--domain", choices=DOMAINS, help="of every passage; detected by default")
    parser.add_argument("--limit", type=_limit, metavar="N | nl=N,code=N", help="most passages, in all or per domain")
    parser.add_argument("--out", type=Path, default=Path("runs/v2"), help="the run's folder (default: %(default)s)")
    parser.add_argument("--compressor", default="local", help=f"local (default), {CHATS}")
    parser.add_argument("--judge", action="append", help=f"local (default), {CHATS}; may be given again")
    parser.add_argument(
        "--judge-method", choices=("tasks", "probes", "verdict"), default="probes", help="of chat judges"
    )
    parser.add_argument("--trainer", default="local", help=f"local (default), {TRAINERS}")
    parser.add_argument("--budget", type=float, metavar="USD", help="the most that paid calls may cost")


def settings(arguments: argparse.Namespace) -> Settings:
    """The run's settings as the options say."""
    from semzip.runfile import Settings

    return Settings(
        out=arguments.out,
        compressor=arguments.compressor,
        judges=tuple(arguments.judge or ("local",)),
        judge_method=arguments.judge_method,
        trainer=arguments.trainer,
        budget=arguments.budget,
        allow_failing=arguments.allow_failing,
    )


def _limit(text: str) -> int | dict[Domain, int]:
    try:
        if "=" not in text:
            return _positive(text)
        parts = dict(part.split("=", 1) for part in text.split(","))
        limits: dict[Domain, int] = {domain: _positive(parts.pop(domain)) for domain in DOMAINS if domain in parts}
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, nor like nl=5000,code=5000") from error
    if parts:
        raise argparse.ArgumentTypeError(f"{next(iter(parts))!r} is no domain: choose from {', '.join(DOMAINS)}")
    return limits


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
