"""`semzip convert`: an adapter from PEFT's format to mlx-lm's, or back."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from semzip.cli._common import OK, Commands


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("convert", help="an adapter from PEFT to mlx-lm, or back")
    parser.add_argument("source", type=Path, help="the adapter's folder")
    parser.add_argument("target", type=Path, help="a folder without an adapter; it is made")
    parser.add_argument("--base", type=Path, help="the base model's folder, where its config.json is needed")
    parser.set_defaults(run=_convert)


def _convert(arguments: argparse.Namespace) -> int:
    from semzip.convert import convert

    done = convert(arguments.source, arguments.target, base=arguments.base)
    sys.stderr.write(
        f"semzip: {done.folder}: {done.format} adapter of rank {done.rank}, scale {done.scale:g}, "
        f"{done.modules} modules\n"
    )
    return OK
