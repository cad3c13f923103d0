"""HubStore: a SQLite file on this machine, and a private dataset repository on the Hub that `commit` brings up to date.

A commit of the store is one commit on the Hub: files of the rows that are new, named by the hash of their content. Rows
are keyed by content and never change, so what several machines add to one repository is simply put together.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, cast

import anyio
import anyio.to_thread

from semzip._codec import dumps
from semzip._hub import Repo
from semzip._items import alone
from semzip.errors import StoreError
from semzip.stores.sqlite import SQLiteStore

_FOLDER = "rows/"
_ROWS_PER_FILE = 20_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS on_hub (kind TEXT, key TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hub_files (path TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_NEW = """
SELECT kind, key, value FROM items WHERE NOT EXISTS
    (SELECT 1 FROM on_hub WHERE on_hub.kind = items.kind AND on_hub.key = items.key) ORDER BY kind, key
"""

Row = tuple[str, str, str]


class HubStore(SQLiteStore):
    """A Store in one SQLite file that is kept on the Hub too, to go on with on another machine.

    It holds texts and raw answers, so its repository must be private. What the repository has is read on first use. Every
    paid answer is durable in the file at once; the Hub gets it with the next `commit`, which a Pipeline makes at the end
    of each stage. Claims are of this machine: runs on two machines may do the same, and pay for it twice.

    Args:
        path: The file; made with its folder on first use.
        repo: The dataset repository, "owner/name"; made, private, on first use.

    Raises:
        MissingBackendError: huggingface_hub is not installed: `pip install 'semzip[hub]'`.
        ConfigError: `repo` is no repository name.
    """

    def __init__(self, path: str | Path, *, repo: str) -> None:
        super().__init__(path)
        self.repo = Repo(repo, "dataset")
        self._read_hub = False
        self._reading = anyio.Lock()

    async def check(self) -> None:
        """Ask whether the token may use the repository, and read it.

        Raises:
            AccountError: There is no token, or it may not.
            ConfigError: The repository is public.
            UnavailableError: The Hub cannot be reached.
        """
        async with self._reading:
            if not self._read_hub:
                with self._errors():
                    self._open().executescript(_SCHEMA)
                await anyio.to_thread.run_sync(self._begin)
                self._read_hub = True

    async def get(self, kind: str, key: str) -> dict[str, Any] | None:
        """The value, or None."""
        await self.check()
        return await super().get(kind, key)

    async def put(self, kind: str, key: str, value: Mapping[str, Any]) -> bool:
        """Keep the value; False, and no change, where the key has one already. Durable after the next `commit`."""
        await self.check()
        return await super().put(kind, key, value)

    async def scan(self, kind: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Every key and value of a kind, in the order of the keys."""
        await self.check()
        async for item in super().scan(kind):
            yield item

    async def claim(self, kind: str, key: str) -> bool:
        """Take this key; False where it has a value, or is taken by this run or another living one on this machine."""
        await self.check()
        return await super().claim(kind, key)

    async def commit(self) -> None:
        """Write what waits into the file, then bring all that is new to the Hub, in one commit.

        Raises:
            BackendError: The Hub could not take it. The file has it, and the next commit will bring it.
        """
        await self.save()
        await self.check()
        # One of the runs on this machine at a time, or two would send the same rows.
        async with alone(self, "hub"):
            await anyio.to_thread.run_sync(self._push)

    def _begin(self) -> None:
        self.repo.make()
        self._pull()

    def _pull(self) -> None:
        commit = self.repo.info().sha
        known = {path for (path,) in self._rows("SELECT path FROM hub_files")}
        with tempfile.TemporaryDirectory() as folder:
            for path in self.repo.files(commit):
                if path.startswith(_FOLDER) and path not in known:
                    data = self.repo.read(path, Path(folder), commit).read_bytes()
                    self._keep([(path, data)], _read(path, data))

    def _push(self) -> None:
        rows = cast("list[Row]", self._rows(_NEW))
        if not rows:
            return
        groups = [rows[start : start + _ROWS_PER_FILE] for start in range(0, len(rows), _ROWS_PER_FILE)]
        files = dict(_written(group) for group in groups)
        self.repo.commit(files, f"Add {len(rows):,} rows")
        self._keep(list(files.items()), rows)

    def _rows(self, query: str) -> list[Any]:
        with self._errors():
            return self._open().execute(query).fetchall()

    def _keep(self, files: list[tuple[str, bytes]], rows: list[Row]) -> None:
        """Note that the Hub has these files, and keep their rows, all or nothing."""
        with self._errors():
            self._open()
            database = self._connect(self.path)
            try:
                database.execute("BEGIN IMMEDIATE")
                database.executemany("INSERT OR IGNORE INTO items VALUES (?, ?, ?)", rows)
                database.executemany("INSERT OR IGNORE INTO on_hub VALUES (?, ?)", [row[:2] for row in rows])
                database.executemany("INSERT OR IGNORE INTO hub_files VALUES (?)", [(path,) for path, _ in files])
                database.execute("COMMIT")
            finally:
                database.close()


def _written(rows: list[Row]) -> tuple[str, bytes]:
    lines = [dumps({"kind": kind, "key": key, "value": json.loads(value)}) + "\n" for kind, key, value in rows]
    data = "".join(lines).encode()
    return f"{_FOLDER}{hashlib.sha256(data).hexdigest()[:32]}.jsonl", data


def _read(path: str, data: bytes) -> list[Row]:
    if not path.removeprefix(_FOLDER).startswith(hashlib.sha256(data).hexdigest()[:32]):
        raise StoreError(f"{path} on the Hub does not have the content that its name says: it was changed there")
    rows: list[Row] = []
    try:
        for line in data.splitlines():
            row = json.loads(line)
            rows.append((str(row["kind"]), str(row["key"]), dumps(row["value"])))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} on the Hub holds no rows of a store: {error!r}") from error
    return rows
