"""The five protocols. A plain class with these methods is a backend; nothing is to be inherited or registered.

`id` is a fingerprint of all that decides the output: model, adapter, prompt version, parameters, engine version.
What the store has under an id is never computed or paid again, so a changed setting must change the id.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from semzip.records import Adapter, Compression, Dataset, Passage, Reply, Verdict

Message = Mapping[str, str]
"""A chat message: `{"role": "system" | "user" | "assistant", "content": text}`."""

Schema = Mapping[str, Any]
"""A JSON Schema of an object that the reply must match."""

OnStep = Callable[[int, Mapping[str, float]], None]
"""Called by a Trainer with the step and its figures, such as `{"loss": 1.25}`."""


@runtime_checkable
class Chat(Protocol):
    """A language model that answers messages."""

    @property
    def id(self) -> str: ...

    async def send(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int | None = None
    ) -> Reply:
        """Answer `messages`; with `schema`, as JSON that matches it. Raises BackendError."""
        ...


@runtime_checkable
class Compressor(Protocol):
    """Shortens one passage."""

    @property
    def id(self) -> str: ...

    async def compress(self, passage: Passage) -> Compression:
        """A text no longer than the passage. Raises SemzipError; the pipeline makes it a Failure."""
        ...


@runtime_checkable
class Gentler(Compressor, Protocol):
    """A Compressor with strengths: `gentler()` is the next less aggressive one, or None at the end."""

    def gentler(self) -> Compressor | None: ...


@runtime_checkable
class Judge(Protocol):
    """Says whether a compressed text still supports what its original does."""

    @property
    def id(self) -> str: ...

    async def judge(self, pair: Compression) -> Verdict:
        """The verdict. Raises ReplyError where no verdict can be read: a judge never guesses."""
        ...


@runtime_checkable
class Trainer(Protocol):
    """Learns an adapter from chat rows, and loads it as a compressor."""

    @property
    def id(self) -> str: ...

    async def train(self, dataset: Dataset, folder: Path, on_step: OnStep) -> Adapter:
        """Train into `folder`; a folder that already holds part of this training is resumed."""
        ...

    async def load(self, adapter: Adapter) -> Compressor:
        """The trained compressor, ready to be evaluated."""
        ...


@runtime_checkable
class Store(Protocol):
    """Keeps JSON values by kind and key. A key is a hash of content, so the first value of a key stays."""

    async def get(self, kind: str, key: str) -> dict[str, Any] | None:
        """The value, or None."""
        ...

    async def put(self, kind: str, key: str, value: Mapping[str, Any]) -> bool:
        """Keep the value; False, and no change, where the key has one already."""
        ...

    def scan(self, kind: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Every key and value of a kind, in the order of the keys."""
        ...

    async def commit(self) -> None:
        """Make what was put durable: it survives a kill and a power cut."""
        ...


@runtime_checkable
class SharedStore(Store, Protocol):
    """A Store that several runs may use at once: a claim keeps two of them from doing the same."""

    async def claim(self, kind: str, key: str) -> bool:
        """Take this key; False where it has a value, or is taken by this run or another living one.

        A claim ends when its value is committed, when it is released, and with the process that holds it.
        """
        ...

    async def release(self, kind: str, key: str) -> None:
        """Give a claimed key back without a value."""
        ...


async def save(store: Store) -> None:
    """Make what was put durable on this machine: by `save()` where `commit()` does more, such as a Hub commit."""
    own: Callable[[], Awaitable[None]] = getattr(store, "save", store.commit)
    await own()
