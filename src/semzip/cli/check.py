"""`semzip check`: what a compressed text lost or invented."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from semzip import check
from semzip.cli._common import CHECK_FAILED, OK, Commands, read
from semzip.records import DOMAINS


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("check", help="list what a compressed text lost; exit 1 if it fails")
    parser.add_argument("original", type=Path)
    parser.add_argument("compressed", type=Path)
    parser.add_argument("--domain", choices=DOMAINS, help="detected by default")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    parser.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    verdict = check(read(arguments.original), read(arguments.compressed), arguments.domain)
    if arguments.json:
        from semzip._codec import to_json

        sys.stdout.write(json.dumps(to_json(verdict), indent=2) + "\n")
    else:
        for loss in verdict.losses:
            place = "" if loss.where is None else f" at character {loss.where}"
            verb = "invented" if loss.invented else "lost"
            weight = "" if loss.hard else " (soft)"
            sys.stdout.write(f"{verb} {loss.kind}: {loss.what}{place}{weight}\n")
        sys.stdout.write(f"{'passed' if verdict.passed else 'failed'}, score {verdict.score:.3f}\n")
    return OK if verdict.passed else CHECK_FAILED
