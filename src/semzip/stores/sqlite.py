"""SQLiteStore: one file, shared by any number of runs, that survives kills and power cuts.

Values wait in memory and are written in groups, each in one transaction; `commit` writes at once. Claims let two runs
share the work: a claim is held while the process of its run lives, which a lock on a small file of its own tells.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import anyio.to_thread

from semzip._codec import dumps
from semzip._files import make_folder
from semzip.errors import StoreError

VERSION = 1
_GROUP = 256
_GROUP_SECONDS = 0.5
_PAGE = 512
_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (kind TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (kind TEXT, key TEXT, owner TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
"""
_CLAIM = """
INSERT OR IGNORE INTO claims SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM items WHERE kind = ? AND key = ?)
"""


class SQLiteStore:
    """A Store in one SQLite file (WAL, synchronous=FULL).

    Args:
        path: The file; made with its folder on first use.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._pending: dict[tuple[str, str], str] = {}
        self._claimed: set[tuple[str, str]] = set()
        self._taken = 0
        self._written = 0
        self._oldest = 0.0
        self._owner = uuid4().hex
        self._alive: sqlite3.Connection | None = None
        self._writing = anyio.Lock()

    @property
    def folder(self) -> Path:
        """The folder that holds the store, and by default a run's other files."""
        return self.path.parent

    async def get(self, kind: str, key: str) -> dict[str, Any] | None:
        """The value, or None."""
        waiting = self._pending.get((kind, key))
        if waiting is not None:
            return _load(waiting)
        with self._errors():
            row = self._open().execute("SELECT value FROM items WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return None if row is None else _load(row[0])

    async def put(self, kind: str, key: str, value: Mapping[str, Any]) -> bool:
        """Keep the value; False, and no change, where the key has one already. Durable after the next `commit`."""
        # Whoever holds the claim knows that there is no value yet.
        known_new = (kind, key) in self._claimed and (kind, key) not in self._pending
        if not known_new and await self.get(kind, key) is not None:
            return False
        if not self._pending:
            self._oldest = time.monotonic()
        self._pending[kind, key] = dumps(value)
        self._taken += 1
        if self._due():
            async with self._writing:
                # Others may have waited for the same write.
                if self._due():
                    await self._write_pending()
        return True

    async def scan(self, kind: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Every key and value of a kind, in the order of the keys."""
        await self.save()
        after = ""
        while True:
            with self._errors():
                page = (
                    self._open()
                    .execute(
                        "SELECT key, value FROM items WHERE kind = ? AND key > ? ORDER BY key LIMIT ?",
                        (kind, after, _PAGE),
                    )
                    .fetchall()
                )
            for key, value in page:
                yield key, _load(value)
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    async def commit(self) -> None:
        """Make what was put durable: it survives a kill and a power cut."""
        await self.save()

    async def save(self) -> None:
        """Write what waits into the file, durable. Those that wait for each other share one write."""
        taken = self._taken
        async with self._writing:
            if self._written < taken:
                await self._write_pending()

    def _due(self) -> bool:
        waiting = len(self._pending)
        return waiting >= _GROUP or (waiting > 0 and time.monotonic() - self._oldest > _GROUP_SECONDS)

    async def _write_pending(self) -> None:
        taken, group = self._taken, dict(self._pending)
        # Not abandoned on cancellation: a half-done transaction must not be left behind.
        await anyio.to_thread.run_sync(self._write, group)
        self._written, self._oldest = taken, time.monotonic()
        for key, value in group.items():
            if self._pending.get(key) is value:
                del self._pending[key]
        self._claimed.difference_update(group)

    async def claim(self, kind: str, key: str) -> bool:
        """Take this key; False where it has a value, or is taken by this run or another living one.

        A claim ends when its value is committed, when it is released, or with the process.
        """
        if (kind, key) in self._claimed:
            return False
        with self._errors():
            database = self._open()
            self._live()
            took = database.execute(_CLAIM, (kind, key, self._owner, kind, key)).rowcount == 1
            if not took:
                row = database.execute("SELECT owner FROM claims WHERE kind = ? AND key = ?", (kind, key)).fetchone()
                if row is None or self._lives(row[0]):
                    return False
                database.execute("DELETE FROM claims WHERE owner = ?", (row[0],))
                return await self.claim(kind, key)
        self._claimed.add((kind, key))
        return True

    async def release(self, kind: str, key: str) -> None:
        """Give a claimed key back without a value."""
        if (kind, key) in self._claimed:
            self._claimed.discard((kind, key))
            with self._errors():
                self._open().execute(
                    "DELETE FROM claims WHERE kind = ? AND key = ? AND owner = ?", (kind, key, self._owner)
                )

    async def aclose(self) -> None:
        """Commit, give up the claims, and close the file. The store opens again on next use."""
        await self.save()
        if self._reader is not None and self._claimed:
            with self._errors():
                self._reader.execute("DELETE FROM claims WHERE owner = ?", (self._owner,))
        for connection in (self._writer, self._reader, self._alive):
            if connection is not None:
                connection.close()
        if self._alive is not None:
            self._life(self._owner).unlink(missing_ok=True)
        self._reader = self._writer = self._alive = None
        self._claimed.clear()

    def _open(self) -> sqlite3.Connection:
        if self._reader is None:
            make_folder(self.folder)
            database = self._connect(self.path)
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                database.close()
                raise StoreError(
                    f"{self.path} was written by a newer semzip (store version {version}, this one reads {VERSION}): "
                    "upgrade with `pip install -U semzip`, or choose another folder with --out"
                )
            database.execute("PRAGMA journal_mode = WAL")
            # This connection writes claims only, which need not outlive the process; values go through the other one.
            database.execute("PRAGMA synchronous = NORMAL")
            if version < VERSION:
                database.executescript(_SCHEMA)
                database.execute(f"PRAGMA user_version = {VERSION}")
            self._reader = database
            self._writer = self._connect(self.path)
            self._writer.execute("PRAGMA synchronous = FULL")
        return self._reader

    @staticmethod
    def _connect(path: Path, *, timeout: float = 60) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)

    def _write(self, group: Mapping[tuple[str, str], str]) -> None:
        with self._errors():
            self._open()
            database = self._writer
            assert database is not None
            database.execute("BEGIN IMMEDIATE")
            try:
                rows = [(kind, key, value) for (kind, key), value in group.items()]
                database.executemany("INSERT OR IGNORE INTO items VALUES (?, ?, ?)", rows)
                claimed = [key for key in group if key in self._claimed]
                database.executemany("DELETE FROM claims WHERE kind = ? AND key = ?", claimed)
                database.execute("COMMIT")
            except sqlite3.Error:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise

    def _life(self, owner: str) -> Path:
        return self.path.with_name(f"{self.path.name}-{owner}.alive")

    def _live(self) -> None:
        if self._alive is None:
            for left in self.folder.glob(f"{self.path.name}-*.alive"):
                self._lives(left.name.removeprefix(f"{self.path.name}-").removesuffix(".alive"))
            self._alive = self._connect(self._life(self._owner))
            self._alive.execute("BEGIN EXCLUSIVE")

    def _lives(self, owner: str) -> bool:
        path = self._life(owner)
        if not path.exists():
            return False
        probe = self._connect(path, timeout=0)
        try:
            probe.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return True
        finally:
            probe.close()
        path.unlink(missing_ok=True)
        return False

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise StoreError(_advice(self.path, error)) from error


def _load(value: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(value)
    return loaded


def _advice(path: Path, error: sqlite3.DatabaseError) -> str:
    text = str(error)
    if "full" in text or "disk I/O" in text:
        return (
            f"no space to write {path}: {text}. Free some space and run the same command again; what was done is kept"
        )
    if "locked" in text or "busy" in text:
        return f"{path} is locked by another program: {text}. Close it and run the same command again"
    if "not a database" in text or "malformed" in text:
        return f"{path} is not a semzip store, or it is damaged: {text}. Choose another folder with --out"
    return f"{path} cannot be used: {text}"
