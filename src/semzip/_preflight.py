"""Before the first passage: is everything there that the run will need? And after the last: is everything closed?"""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import anyio
import attrs

from semzip._files import make_folder
from semzip.costs import Budget
from semzip.errors import StoreError, UnavailableError
from semzip.protocols import Chat

SECONDS = 30.0
FREE_BYTES = 50_000_000


async def check(parts: Iterable[object], *, folder: Path, budget: Budget | None) -> None:
    """Ask every part that has an async `check()` for its key, model and permission, all at once, within SECONDS.

    Args:
        parts: Compressors, judges, trainers; what they are made of is asked too.
        folder: Where the run will write.
        budget: If there is one, every chat must have a price.

    Raises:
        SemzipError: What is missing, and what to do.
    """
    every = list(inside(parts))
    if budget is not None:
        budget.check(part for part in every if isinstance(part, Chat))
    await anyio.to_thread.run_sync(_check_disk, folder)

    async def ask(part: object, question: Callable[[], Awaitable[None]]) -> None:
        try:
            with anyio.fail_after(SECONDS):
                await question()
        except TimeoutError as error:
            name = getattr(part, "id", type(part).__name__)
            raise UnavailableError(
                f"{name} did not answer within {SECONDS:.0f} s: is its server up and its address right? "
                "Then run the same command again"
            ) from error

    async with anyio.create_task_group() as tasks:
        for part in every:
            question = getattr(part, "check", None)
            if question is not None:
                tasks.start_soon(ask, part, question)


async def close(parts: Iterable[object]) -> None:
    """Close every part that has an async `aclose()`."""
    for part in inside(parts):
        end = getattr(part, "aclose", None)
        if end is not None:
            await end()


def inside(parts: Iterable[object]) -> Iterator[object]:
    """The parts, and what their attrs fields hold, each once."""
    seen: set[int] = set()
    todo: list[object] = list(parts)
    while todo:
        part = todo.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, tuple):
            todo.extend(cast("tuple[object, ...]", part))
            continue
        yield part
        kind: Any = type(part)
        if attrs.has(kind):
            names = [field.name for field in attrs.fields(kind)]
            todo.extend(getattr(part, name) for name in names if not name.startswith("_"))


def _check_disk(folder: Path) -> None:
    free = shutil.disk_usage(make_folder(folder)).free
    if free < FREE_BYTES:
        raise StoreError(
            f"only {free / 1e6:.0f} MB are free in {folder}: free {FREE_BYTES / 1e6:.0f} MB, then run again"
        )
