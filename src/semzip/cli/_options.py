"""The options that `semzip run` and `semzip estimate` share, laid over what the run file says."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semzip.cli._common import CHATS, TRAINERS
from semzip.records import DOMAINS, Domain

if TYPE_CHECKING:
    from semzip.runfile import Settings


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the shared options. None has a default here: what is not given is the file's, or the library's."""
    parser.add_argument("file", nargs="?", type=Path, help="a run file in TOML; options override what it says")
    parser.add_argument("--corpus", help="python (default), a .jsonl file, a folder, or - for standard input")
    parser.add_argument("--pairs", help="a JSON lines or Parquet file of pairs to merge in")
    parser.add_argument("--domain", choices=DOMAINS, help="of every passage; detected by default")
    parser.add_argument("--limit", type=_limit, metavar="N | nl=N,code=N", help="most passages, in all or per domain")
    parser.add_argument("--out", help="the run's folder (default: runs/v2)")
    parser.add_argument("--compressor", help=f"local (default), {CHATS}")
    parser.add_argument("--judge", action="append", help=f"local (default), {CHATS}; may be given again")
    parser.add_argument(
        "--judge-method", choices=("tasks", "probes", "verdict"), help="of chat judges (default: probes)"
    )
    parser.add_argument("--trainer", help=f"local (default), {TRAINERS}, or a name of the file's trainers")
    parser.add_argument("--budget", type=float, metavar="USD", help="the most that paid calls may cost")


def settings(arguments: argparse.Namespace) -> Settings:
    """The run's settings: the file's, overridden by the options that were given."""
    from semzip import runfile
    from semzip.evaluation import CURVE

    table = {} if arguments.file is None else runfile.read(arguments.file)
    for name in ("out", "compressor", "trainer", "budget", "stages", "allow_failing"):
        _put(table, name, getattr(arguments, name, None))
    _put(table, "judges", arguments.judge)
    if arguments.judge_method and isinstance(table.get("judges"), list):
        table["judges"] = [_by_method(judge, arguments.judge_method) for judge in table["judges"]]
    options = {
        "source": arguments.corpus,
        "pairs": arguments.pairs,
        "domain": arguments.domain,
        "limit": arguments.limit,
    }
    given = {name: value for name, value in options.items() if value is not None}
    if given and isinstance(table.get("corpus", {}), dict):
        table["corpus"] = {**table.get("corpus", {}), **given}
    evaluation = {
        "limit": getattr(arguments, "rows", None),
        "curve": CURVE if getattr(arguments, "curve", False) else None,
    }
    wanted = {name: value for name, value in evaluation.items() if value is not None}
    if wanted and isinstance(table.get("evaluation", {}), dict):
        table["evaluation"] = {**table.get("evaluation", {}), **wanted}
    return runfile.settings(table, str(arguments.file or ""))


def _put(table: dict[str, Any], name: str, value: object) -> None:
    if value is not None:
        table[name] = value


def _by_method(judge: object, method: str) -> object:
    if judge == "local":
        return judge
    return {**(judge if isinstance(judge, Mapping) else {"chat": judge}), "method": method}


def _limit(text: str) -> int | dict[Domain, int]:
    try:
        if "=" not in text:
            return positive(text)
        parts = dict(part.split("=", 1) for part in text.split(","))
        limits: dict[Domain, int] = {domain: positive(parts.pop(domain)) for domain in DOMAINS if domain in parts}
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, nor like nl=5000,code=5000") from error
    if parts:
        raise argparse.ArgumentTypeError(f"{next(iter(parts))!r} is no domain: choose from {', '.join(DOMAINS)}")
    return limits


def positive(text: str) -> int:
    """A whole number of 1 or more."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
