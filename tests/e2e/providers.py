"""Claude and GPT on loopback, in a thread: they carry out a judge's task by saying what the text says."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from loopback.server import Loopback, texts

_FENCED = re.compile(r"<text-(\w+)>\n(.*?)\n</text-\1>", re.DOTALL)


def repeat(body: dict[str, Any]) -> str:
    """The text of the task: two answers then agree as far as their texts do."""
    found = _FENCED.search(texts(body)[1])
    assert found is not None, "a judge fences its texts"
    return found[2]


@contextmanager
def providers() -> Iterator[Loopback]:
    """A server of both APIs, on an event loop of its own."""
    server = Loopback(repeat)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def wait(work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result(60)

    wait(server.__aenter__())
    try:
        yield server
    finally:
        wait(server.__aexit__())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
