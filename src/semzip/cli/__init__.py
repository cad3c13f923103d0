"""The command line: thin, over the library's own functions; a module for each command.

Exit codes: 0 done, 1 a check failed, 2 an error that the message explains, 3 a run missed its targets, 130 stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from semzip import __version__
from semzip.cli import check, compress, convert, estimate, publish, report, run
from semzip.cli._common import ERROR, STOPPED
from semzip.errors import SemzipError, StoppedError

COMMANDS = (compress, check, run, estimate, report, convert, publish)
"""Each module's `add` adds its command, and sets as `run` the function that does it and returns the exit code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    arguments = parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except StoppedError as error:
        sys.stderr.write(f"semzip: {error}\n")
        return STOPPED
    except SemzipError as error:
        sys.stderr.write(f"semzip: {error}\n")
        return ERROR
    except BrokenPipeError:
        sys.stderr.close()
        return ERROR
    return code


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    whole = argparse.ArgumentParser(
        prog="semzip", description="Far fewer tokens, the same reasoning, proven text by text."
    )
    whole.add_argument("--version", action="version", version=f"semzip {__version__}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return whole
