"""`semzip report`: the page of a run, or the check of its figures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import anyio

from semzip.cli._common import CHECK_FAILED, OK, Commands

_MOST = 20


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "report", help="write a run's page; with --check, recompute its figures from the store"
    )
    parser.add_argument(
        "run_folder",
        metavar="RUN",
        type=Path,
        nargs="?",
        default=Path("runs/v2"),
        help="its folder (default: %(default)s)",
    )
    parser.add_argument(
        "--check", action="store_true", help="compare report.json with the store; exit 1 where it differs"
    )
    parser.set_defaults(run=_report)


def _report(arguments: argparse.Namespace) -> int:
    from semzip import report

    run = report.open_run(arguments.run_folder)
    if not arguments.check:
        page = anyio.run(report.write, run)
        sys.stdout.write(f"{page}\n")
        return OK
    checked = anyio.run(report.check, run)
    for difference in checked.differences[:_MOST]:
        sys.stdout.write(f"{difference}\n")
    if len(checked.differences) > _MOST:
        sys.stdout.write(f"… and {len(checked.differences) - _MOST:,} more\n")
    for name, why in checked.left_out.items():
        sys.stdout.write(f"{name} was not compared: {why}\n")
    differ = len(checked.differences)
    found = f"{differ:,} differ" if differ else "all are as report.json says"
    sys.stdout.write(f"{checked.compared:,} figures recomputed from the store: {found}\n")
    return CHECK_FAILED if differ else OK
