from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from semzip.errors import ConfigError, StoreError
from semzip.stores import SQLiteStore
from semzip.testing import MemoryStore, check_store

pytestmark = pytest.mark.anyio


async def test_sqlite_keeps_the_contract(tmp_path: Path) -> None:
    opened: list[SQLiteStore] = []

    def make() -> SQLiteStore:
        opened.append(SQLiteStore(tmp_path / "deep" / "run.db"))
        return opened[-1]

    await check_store(make)
    for store in opened:
        await store.aclose()
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["run.db"]


async def test_memory_keeps_the_contract(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path)
    await check_store(lambda: store)


async def test_values_are_written_in_groups_without_a_commit(tmp_path: Path) -> None:
    one, other = SQLiteStore(tmp_path / "run.db"), SQLiteStore(tmp_path / "run.db")
    for number in range(600):
        await one.put("kind", f"{number:03d}", {"number": number})
    assert await other.get("kind", "000") == {"number": 0}
    assert await one.get("kind", "599") == {"number": 599}
    await one.aclose()
    await other.aclose()


async def test_a_claim_is_held_by_one_run_until_its_value_is_committed(tmp_path: Path) -> None:
    one, other = SQLiteStore(tmp_path / "run.db"), SQLiteStore(tmp_path / "run.db")
    assert await one.claim("kind", "a")
    assert not await one.claim("kind", "a")
    assert not await other.claim("kind", "a")
    await one.put("kind", "a", {"by": "one"})
    assert not await other.claim("kind", "a")
    await one.commit()
    assert not await other.claim("kind", "a")
    assert await other.get("kind", "a") == {"by": "one"}
    assert await one.claim("kind", "b")
    await one.release("kind", "b")
    assert await other.claim("kind", "b")
    assert not await one.claim("kind", "b")
    await other.aclose()
    assert await one.claim("kind", "b")
    await one.aclose()


CLAIM_AND_DIE = """
import anyio, os, signal, sys
from semzip.stores import SQLiteStore

async def main():
    store = SQLiteStore(sys.argv[1])
    assert await store.claim("kind", "a")
    assert await store.claim("kind", "b")
    await store.put("kind", "b", {"kept": False})
    os.kill(os.getpid(), signal.SIGKILL)

anyio.run(main)
"""


async def test_the_claims_of_a_killed_run_are_free(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    done = subprocess.run([sys.executable, "-c", CLAIM_AND_DIE, str(path)], check=False)
    assert done.returncode == -9
    store = SQLiteStore(path)
    assert await store.claim("kind", "a")
    assert await store.claim("kind", "b")
    assert await store.get("kind", "b") is None
    await store.aclose()
    assert [left.name for left in tmp_path.iterdir()] == ["run.db"]


async def test_a_newer_store_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer semzip.*pip install -U semzip"):
        await SQLiteStore(path).get("kind", "key")
    assert path.read_bytes() == before


async def test_a_file_that_is_no_store_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    path.write_text("this is not a database, it is a long enough text to have a header " * 9)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a semzip store"):
        await SQLiteStore(path).get("kind", "key")
    assert path.read_bytes() == before


async def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(ConfigError, match="a file stands at"):
        await SQLiteStore(tmp_path / "runs" / "run.db").get("kind", "key")


FILL_UP = """
import anyio, resource, sys
from semzip.errors import StoreError
from semzip.stores import SQLiteStore

async def main():
    store = SQLiteStore(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    written = 0
    try:
        for number in range(100_000):
            await store.put("kind", f"{number:06d}", {"text": "x" * 1000})
            if number % 50 == 49:
                await store.commit()
                written = number + 1
    except StoreError as error:
        print(written, error, sep="\\n")

anyio.run(main)
"""


async def test_a_full_disk_is_a_clear_error_and_nothing_committed_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    done = subprocess.run([sys.executable, "-c", FILL_UP, str(path)], check=True, capture_output=True, text=True)
    written, message = done.stdout.split("\n", 1)
    assert "Free some space and run the same command again" in message
    store = SQLiteStore(path)
    kept = [key async for key, _ in store.scan("kind")]
    assert int(written) > 0
    assert kept[: int(written)] == [f"{number:06d}" for number in range(int(written))]
    assert await store.put("kind", "more", {"text": "fits again"})
    await store.aclose()


async def test_commits_that_wait_for_each_other_share_a_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, other = SQLiteStore(tmp_path / "run.db"), SQLiteStore(tmp_path / "run.db")
    groups: list[int] = []
    real = store._write

    def write(group: Mapping[tuple[str, str], str]) -> None:
        groups.append(len(group))
        real(group)

    monkeypatch.setattr(store, "_write", write)

    async def keep(number: int) -> None:
        await store.put("kind", f"{number}", {"number": number})
        await store.commit()
        assert await other.get("kind", f"{number}") == {"number": number}

    async with anyio.create_task_group() as tasks:
        for number in range(50):
            tasks.start_soon(keep, number)
    assert sum(groups) == 50
    assert len(groups) < 10
    await store.aclose()
    await other.aclose()
