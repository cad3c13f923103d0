"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from semzip.errors import ConfigError, StoreError


def make_folder(folder: Path) -> Path:
    """Make the folder and its parents.

    Raises:
        ConfigError: A file stands where the folder should be, or it may not be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ConfigError(f"{folder} cannot be a folder: a file stands at {error.filename}; choose another") from error
    except PermissionError as error:
        raise ConfigError(f"{folder} may not be written: {error.strerror}; choose another folder") from error
    return folder


@contextmanager
def replacing(path: Path) -> Generator[IO[str]]:
    """A text file that takes the place of `path` when the block ends well, durable, and leaves no trace when it does not.

    One writer at a time: what a killed one left is written over.

    Raises:
        StoreError: The disk is full.
    """
    temporary = make_folder(path.parent) / f".{path.name}.part"
    try:
        with disk_errors(path):
            with temporary.open("w", encoding="utf-8", errors="surrogatepass", newline="\n") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def disk_errors(path: Path) -> Generator[None]:
    """Say what to do where the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise StoreError(
                f"no space to write {path}: {error.strerror}. Free some space and run the same command again; "
                "what was done is kept"
            ) from error
        raise
