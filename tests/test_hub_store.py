"""HubStore over the real huggingface_hub, against the loopback Hub."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from loopback.hub import Hub
from loopback.repos import Blob
from semzip import Passage, Pipeline
from semzip.errors import AccountError, ConfigError, StoreError, UnavailableError
from semzip.stores import HubStore, SQLiteStore
from semzip.testing import FakeCompressor, FakeJudge, check_store

# The filter is for huggingface_hub's own call of httpx2 when it uploads.
pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")]


async def test_it_keeps_the_contract(hub: Hub, tmp_path: Path) -> None:
    number = iter(range(9))
    await check_store(lambda: HubStore(tmp_path / f"{next(number)}" / "run.db", repo="team/run"))
    assert hub.repos["dataset", "team/run"].private


async def test_one_commit_is_one_commit_on_the_hub_and_nothing_new_is_none(hub: Hub, tmp_path: Path) -> None:
    store = HubStore(tmp_path / "run.db", repo="team/run")
    for number in range(5):
        await store.put("kind", str(number), {"number": number})
    await store.commit()
    await store.commit()
    await store.put("kind", "5", {"number": 5})
    await store.save()
    await store.commit()
    titles = hub.repos["dataset", "team/run"].summary()["commits"]
    assert titles == ["Add 1 rows", "Add 5 rows", "initial commit"]
    other = HubStore(tmp_path / "other.db", repo="team/run")
    assert [item async for item in other.scan("kind")] == [(str(n), {"number": n}) for n in range(6)]
    await other.put("kind", "6", {"number": 6})
    await other.commit()
    await store.aclose()
    again = HubStore(tmp_path / "run.db", repo="team/run")
    assert await again.get("kind", "6") == {"number": 6}
    await again.aclose()
    await other.aclose()


@pytest.mark.parametrize(
    ("step", "status"), [("create", 0), ("info", 500), ("tree", 0), ("preupload", 500), ("commit", 500)]
)
async def test_what_goes_wrong_once_is_done_again(step: str, status: int, hub: Hub, tmp_path: Path) -> None:
    hub.fault(step, status)
    store = HubStore(tmp_path / "run.db", repo="team/run")
    await store.put("kind", "a", {"a": 1})
    await store.commit()
    await store.aclose()
    assert [fault.times for fault in hub.faults] == [0]
    assert len(hub.files("team/run", "dataset")) == 2


async def test_a_commit_whose_answer_is_lost_is_not_made_twice(hub: Hub, tmp_path: Path) -> None:
    hub.fault("commit", after=True)
    store = HubStore(tmp_path / "run.db", repo="team/run")
    await store.put("kind", "a", {"a": 1})
    await store.commit()
    await store.aclose()
    assert len(hub.repos["dataset", "team/run"].summary()["commits"]) == 2


async def test_a_hub_that_does_not_answer_loses_nothing(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = HubStore(tmp_path / "run.db", repo="team/run")
    await store.put("kind", "a", {"a": 1})
    monkeypatch.setattr("time.sleep", lambda _: None)
    hub.fault("commit", 503, times=99)
    with pytest.raises(UnavailableError, match="answered 503"):
        await store.commit()
    assert await SQLiteStore(tmp_path / "run.db").get("kind", "a") == {"a": 1}
    hub.faults.clear()
    await store.commit()
    await store.aclose()
    assert hub.repos["dataset", "team/run"].summary()["commits"] == ["Add 1 rows", "initial commit"]


async def test_a_token_that_may_not_and_a_public_repository_are_said_before_the_run(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AccountError, match="others/run: this token may not do that"):
        await HubStore(tmp_path / "run.db", repo="others/run").check()
    hub.serve("team/open", tmp_path, "dataset")
    with pytest.raises(ConfigError, match="team/open is public"):
        await HubStore(tmp_path / "run.db", repo="team/open").check()
    with pytest.raises(ConfigError, match="OWNER/NAME"):
        HubStore(tmp_path / "run.db", repo="run")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(AccountError, match="hf auth login"):
        await HubStore(tmp_path / "run.db", repo="team/run").check()


async def test_rows_that_were_changed_on_the_hub_are_refused(hub: Hub, tmp_path: Path) -> None:
    store = HubStore(tmp_path / "run.db", repo="team/run")
    await store.put("kind", "a", {"a": 1})
    await store.commit()
    await store.aclose()
    repo = hub.repos["dataset", "team/run"]
    (name,) = (path for path in repo.tree("main") if path.startswith("rows/"))
    repo.commit({name: Blob(b'{"kind": "kind", "key": "a", "value": {"a": 2}}\n')}, "change")
    with pytest.raises(StoreError, match="was changed there"):
        await HubStore(tmp_path / "other.db", repo="team/run").get("kind", "a")


async def test_a_run_on_one_machine_goes_on_on_another(hub: Hub, tmp_path: Path) -> None:
    passages = [
        Passage(f"Number {number} of the passages that this run is about, one like the other.") for number in range(6)
    ]

    async def run(folder: str, count: int) -> Any:
        compressor = FakeCompressor()
        store = HubStore(tmp_path / folder / "run.db", repo="team/run")
        pipeline = Pipeline(compressor=compressor, judges=(FakeJudge(),), store=store)
        report = await pipeline.run(passages[:count], stages=("generate", "judge", "dataset"))
        await pipeline.aclose()
        return report

    await run("one", 4)
    commits = hub.repos["dataset", "team/run"].summary()["commits"]
    assert 1 < len(commits) <= 5
    report = await run("two", 6)
    assert report.figures["judged"] == 6
    files = hub.files("team/run", "dataset")
    rows = [json.loads(line) for name, data in files.items() if name.startswith("rows/") for line in data.splitlines()]
    assert Counter(row["kind"] for row in rows)["compression"] == 6


def test_without_the_package_the_extra_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['huggingface_hub'] = None\n"
        "from semzip.errors import MissingBackendError\n"
        "from semzip.stores import SQLiteStore, HubStore\n"
        "try:\n    HubStore('run.db', repo='team/run')\nexcept MissingBackendError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "pip install 'semzip[hub]'" in done.stdout
