from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from light_service import KEY, Service
from tinker._client import AsyncTinker
from tinker.lib.internal_client_holder import _internal_client_holder_thread_singleton

from semzip.backends.tinker import TinkerTrainer
from semzip.prompts import chat_row
from semzip.records import Dataset
from tiny_qwen3 import tiny_qwen3

PAIRS = [
    (
        "The committee said that the report would be sent to all of the members in the spring.",
        "report -> all members, spring",
    ),
    (
        "It is important to note that the valve must not be opened before the pressure is below 3 bar.",
        "valve: not open until <3 bar",
    ),
    (
        "In the event that the payment fails, the order is kept for seven days and then cancelled.",
        "payment fails -> order kept 7 d, cancelled",
    ),
    (
        "The river rises in the northern hills and flows through two lakes before it reaches the sea.",
        "river: N hills -> 2 lakes -> sea",
    ),
    (
        "Every employee who has worked for more than ten years is entitled to thirty days of leave.",
        ">10 y employed: 30 d leave",
    ),
    (
        "The new engine uses about twelve percent less fuel than the old one at the same speed.",
        "new engine: -12 % fuel @ same speed",
    ),
    (
        "Only members of the board may change the rules, and only with a majority of two thirds.",
        "rules change: board only, 2/3 majority",
    ),
    (
        "The train to the coast leaves at half past eight and arrives shortly after eleven.",
        "train to coast: 8:30 -> ~11",
    ),
    (
        "If the sensor reports a value above ninety degrees, the pump is stopped at once.",
        "sensor > 90 deg -> pump stops",
    ),
    (
        "The first edition was printed in 1712 in Leipzig, the second one in 1720 in London.",
        "ed. 1: 1712 Leipzig; 2: 1720 London",
    ),
]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of the real server run where `-m` asks for them.

    The SDK leaves connections open where its client could not be made; that is not what these tests are about.
    """
    if "tinker" not in config.option.markexpr:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("tinker")])
        items[:] = [item for item in items if not item.get_closest_marker("tinker")]
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _connections() -> Iterator[None]:
    """Close what the SDK leaves open for good: the connections of session-less clients, and of those that it gave up."""
    yield
    clients = [thing for thing in gc.get_objects() if type(thing) is AsyncTinker]

    async def close() -> None:
        await asyncio.gather(*(client.close() for client in clients))

    if clients:
        asyncio.run_coroutine_threadsafe(close(), _internal_client_holder_thread_singleton.get_loop()).result(60)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder; the light service only needs its tokenizer."""
    return tiny_qwen3(tmp_path_factory.mktemp("tiny") / "model", vocab=600)


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with Service() as service:
        monkeypatch.setenv("TINKER_BASE_URL", service.url)
        monkeypatch.setenv("TINKER_API_KEY", KEY)
        monkeypatch.setenv("TINKER_TELEMETRY", "0")
        yield service


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return write_dataset(tmp_path / "data", PAIRS, PAIRS[:3])


@pytest.fixture
def trainer(tiny: Path) -> Callable[..., TinkerTrainer]:
    """A trainer of the light service, with quick settings."""

    def make(**settings: Any) -> TinkerTrainer:
        quick = {"lora_rank": 4, "num_epochs": 2, "learning_rate": 2e-2, "save_every": 2, "patience": 200.0}
        return TinkerTrainer("tiny", **{"tokenizer": str(tiny), **quick, **settings})

    return make


def write_dataset(folder: Path, train: list[tuple[str, str]], valid: list[tuple[str, str]]) -> Dataset:
    folder.mkdir(parents=True, exist_ok=True)
    for name, pairs in (("train", train), ("valid", valid), ("test", [])):
        rows = [
            json.dumps({"id": str(number), "domain": "nl", "messages": chat_row(*pair)})
            for number, pair in enumerate(pairs)
        ]
        (folder / f"{name}.jsonl").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return Dataset(folder=folder, id="test", train=len(train), valid=len(valid))
