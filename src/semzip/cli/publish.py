"""`semzip publish`: a run's release, and its dataset, to the Hugging Face Hub."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from semzip.cli._common import OK, TARGETS_MISSED, Commands
from semzip.errors import ConfigError, TargetsError

if TYPE_CHECKING:
    from semzip.publish import Upload


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("publish", help="upload a run's release and dataset to the Hugging Face Hub")
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="the run's folder, such as runs/v2")
    parser.add_argument("--repo", required=True, metavar="OWNER/NAME", help="the model repository; made if need be")
    parser.add_argument("--dataset-repo", metavar="OWNER/NAME", help="publish the dataset too, as Parquet")
    parser.add_argument("--public", action="store_true", help="let everybody read them (default: private)")
    parser.add_argument("--tag", help="of the commits (default: one that follows from the content)")
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="TEXT",
        help="what looks like a key or a personal path and is none",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask; for scripts")
    parser.set_defaults(run=_publish)


def _publish(arguments: argparse.Namespace) -> int:
    from semzip.publish import publish

    if not arguments.yes and not sys.stdin.isatty():
        raise ConfigError(
            "nothing was uploaded: publish asks before it uploads, and nobody can answer here. Add --yes to go ahead"
        )
    try:
        done = publish(
            arguments.run_folder,
            repo=arguments.repo,
            dataset_repo=arguments.dataset_repo,
            public=arguments.public,
            tag=arguments.tag,
            allow=arguments.allow,
            yes=arguments.yes,
            ask=_ask,
        )
    except TargetsError as error:
        sys.stderr.write(f"semzip: {error}\n")
        return TARGETS_MISSED
    for one in done:
        words = "published" if one.changed else "there already"
        sys.stderr.write(f"semzip: {words}: {one.url}, tag {one.tag}, commit {one.commit[:12]}\n")
    return OK


def _ask(uploads: Sequence[Upload]) -> bool:
    for upload in uploads:
        sizes = upload.sizes
        kind = f"{'public' if upload.public else 'private'} {upload.kind} repository"
        sys.stderr.write(
            f"{upload.repo} ({kind}, tag {upload.tag}): {len(sizes)} files, {_size(sum(sizes.values()))}\n"
        )
        sys.stderr.writelines(f"  {_size(size):>10}  {path}\n" for path, size in sizes.items())
    sys.stderr.write("Upload this? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _size(size: int) -> str:
    return (
        f"{size:,} B" if size < 10_000 else f"{size / 1000:,.0f} kB" if size < 10_000_000 else f"{size / 1e6:,.0f} MB"
    )
