"""The one path of a paid call: paid once, committed raw, never over the budget, drained when stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from loopback.server import Loopback
from semzip import _calls
from semzip._calls import draw, paid_calls
from semzip.backends.anthropic import AnthropicChat
from semzip.backends.openai import OpenAIChat
from semzip.costs import Budget, Price
from semzip.errors import AccountError, BackendError, BudgetError
from semzip.stores import SQLiteStore

KEY = "sk-planted-0123456789abcdef"
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


def ask(number: int = 0) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"one two three four {number}"}]


def chat_on(server: Loopback, **more: Any) -> OpenAIChat:
    return OpenAIChat("m", api_key=KEY, base_url=server.v1, **{"price": Price(1, 1), **more})


async def rows(store: SQLiteStore, kind: str) -> dict[str, Any]:
    return {key: row async for key, row in store.scan(kind)}


async def test_an_answer_is_paid_once_in_and_across_sessions(tmp_path: Path):
    async with Loopback(median=0.05) as server:
        for _ in range(2):
            store, chat = SQLiteStore(tmp_path / "run.db"), chat_on(server)
            async with paid_calls(store) as session, anyio.create_task_group() as group:
                for number in range(10):
                    group.start_soon(chat.send, ask(number % 5))
            await chat.aclose()
            await store.aclose()
        assert sum(server.paid.values()) == 5
        assert session.figures["calls"] == 0
        assert session.figures["reused"] == 10


async def test_draws_of_one_request_are_paid_apart(tmp_path: Path):
    async with Loopback() as server:
        chat, store = chat_on(server), SQLiteStore(tmp_path / "run.db")
        async with paid_calls(store):
            for number in (0, 1, 1, 2):
                with draw(number):
                    await chat.send(ask())
        await chat.aclose()
        await store.aclose()
        assert sum(server.paid.values()) == 3


async def test_raw_answer_is_committed_before_it_is_parsed(tmp_path: Path):
    async with Loopback(reply=lambda _: "x") as server:
        chat, path = chat_on(server), tmp_path / "run.db"
        server._answer = lambda *_: {"choices": [{"finish_reason": "length", "message": {"content": "half"}}]}  # type: ignore[method-assign]
        store = SQLiteStore(path)
        async with paid_calls(store):
            for _ in range(2):
                with pytest.raises(BackendError, match="cut off"):
                    await chat.send(ask())
        await chat.aclose()
        # Another connection sees it: it is on disk, and reading it again was free.
        other = SQLiteStore(path)
        assert [row["raw"]["choices"][0]["message"]["content"] for row in (await rows(other, "call")).values()] == [
            "half"
        ]
        await other.aclose()
        await store.aclose()
        assert sum(server.paid.values()) == 1


async def test_budget_is_never_exceeded_and_is_used(tmp_path: Path):
    price = Price(100, 1000)
    async with Loopback(median=0.02, rpm=60000, burst=30, reset=0.05, cut=0.05, seed=5) as server:
        chat, store = chat_on(server, price=price), SQLiteStore(tmp_path / "run.db")
        done = 0

        async def one(number: int) -> None:
            nonlocal done
            await chat.send(ask(number), max_tokens=20)
            done += 1

        budget = Budget(usd=0.6)
        with pytest.raises(BaseExceptionGroup) as caught:
            async with paid_calls(store, budget) as session, anyio.create_task_group() as group:
                for number in range(100):
                    group.start_soon(one, number)
        assert caught.group_contains(BudgetError)
        await chat.aclose()
        paid = price.usd(*server.tokens)
        assert 0 < paid <= session.ledger.spent <= budget.usd
        assert done > 0
        # The next session knows what is spent, and stops before its first call.
        before = sum(server.paid.values())
        async with paid_calls(store, budget) as session:
            assert session.ledger.spent >= paid
            with pytest.raises(BudgetError, match="raise the budget"):
                for number in range(100, 200):
                    await chat.send(ask(number), max_tokens=20)
        await chat.aclose()
        await store.aclose()
        assert price.usd(*server.tokens) <= budget.usd
        assert sum(server.paid.values()) - before < 100


async def test_unknown_price_stops_a_capped_run_before_the_first_call():
    async with Loopback() as server:
        chat = chat_on(server, price=None)
        with pytest.raises(BudgetError, match="price="):
            Budget(usd=1).check([chat])
        async with paid_calls(None, Budget(usd=1)):
            with pytest.raises(BudgetError, match="price="):
                await chat.send(ask())
        assert not server.statuses
        async with paid_calls(None, None):
            assert (await chat.send(ask())).usage.usd is None
        await chat.aclose()


async def test_account_error_stops_within_the_calls_in_flight_and_the_run_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    sent = ended = 0
    at_first: tuple[int, int] | None = None
    real = _calls._send

    async def counted(*args: Any) -> Any:
        nonlocal sent, ended, at_first
        sent += 1
        try:
            return await real(*args)
        except AccountError:
            at_first = at_first or (sent, sent - ended)
            raise
        finally:
            ended += 1

    monkeypatch.setattr(_calls, "_send", counted)
    async with Loopback(rpm=6000, burst=20, median=0.05, status=402, after=30) as server:
        chat, store = chat_on(server), SQLiteStore(tmp_path / "run.db")

        async def everything() -> None:
            async with paid_calls(store), anyio.create_task_group() as group:
                for number in range(200):
                    group.start_soon(chat.send, ask(number))

        with pytest.raises(BaseExceptionGroup) as caught:
            await everything()
        assert caught.group_contains(AccountError, match="start again")
        # Nothing left after the first of them: the others are of calls that were under way then.
        assert at_first is not None
        assert sent == at_first[0] < 200
        assert 0 < server.statuses["402"] <= at_first[1]
        paid = sum(server.paid.values())
        assert len(await rows(store, "call")) == paid
        server.settings.status = 0
        await everything()
        await chat.aclose()
        await store.aclose()
        assert sum(server.paid.values()) == len(server.paid) == 200


async def test_cancelling_drains_what_is_under_way(tmp_path: Path):
    async with Loopback(median=0.2) as server:
        chat, store = chat_on(server), SQLiteStore(tmp_path / "run.db")
        async with paid_calls(store), anyio.create_task_group() as group:
            for number in range(50):
                group.start_soon(chat.send, ask(number))
            await anyio.sleep(0.15)
            group.cancel_scope.cancel()
        await chat.aclose()
        assert 0 < len(await rows(store, "call")) == sum(server.paid.values()) < 50
        await store.aclose()


async def test_a_long_retry_after_does_not_hold_the_other_provider():
    async with Loopback() as free, Loopback(status=429, retry_after="300") as held:
        claude, gpt = AnthropicChat("m", api_key=KEY, base_url=held.url), chat_on(free)
        async with paid_calls(), anyio.create_task_group() as group:
            group.start_soon(claude.send, ask())
            await anyio.sleep(0.2)
            for number in range(20):
                await gpt.send(ask(number))
            group.cancel_scope.cancel()
        assert sum(free.paid.values()) == 20
        assert sum(held.statuses.values()) == 1
        await claude.aclose()
        await gpt.aclose()


async def test_the_store_is_the_same_with_faults_as_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("semzip._retry.FIRST_WAIT", 0.01)
    contents = []
    for name, faults in (("calm", {}), ("storm", {"error_500": 0.05, "error_529": 0.05, "reset": 0.05, "cut": 0.05})):
        async with Loopback(rpm=60000, **faults) as server:
            store, chat = SQLiteStore(tmp_path / f"{name}.db"), chat_on(server)
            async with paid_calls(store), anyio.create_task_group() as group:
                for number in range(100):
                    group.start_soon(chat.send, ask(number))
            await chat.aclose()
            contents.append(sorted(json.dumps(row, sort_keys=True) for row in (await rows(store, "call")).values()))
            await store.aclose()
    assert contents[0] == contents[1]
    assert len(contents[0]) == 100


async def test_the_key_is_in_no_file(tmp_path: Path):
    async with Loopback() as server:
        chat, store = chat_on(server), SQLiteStore(tmp_path / "run.db")
        async with paid_calls(store, Budget(usd=1)):
            await chat.send(ask())
            server.settings.status = 401
            with pytest.raises(AccountError):
                await chat.send(ask(1))
        await chat.aclose()
        await store.aclose()
    assert all(KEY.encode() not in path.read_bytes() for path in tmp_path.iterdir())


CLIENT = """
import asyncio, sys, anyio
from semzip._calls import paid_calls
from semzip.backends.openai import OpenAIChat
from semzip.costs import Budget, Price
from semzip.stores import SQLiteStore

async def main(url, path):
    chat, store = OpenAIChat("m", base_url=url, price=Price(1, 1)), SQLiteStore(path)
    async with paid_calls(store, Budget(usd=100)), anyio.create_task_group() as group:
        for number in range(120):
            group.start_soon(chat.send, [{"role": "user", "content": f"one two {number}"}])
    await chat.aclose()
    await store.aclose()

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


async def test_kill_pays_again_at_most_what_was_under_way(tmp_path: Path):
    command = [sys.executable, "-c", CLIENT]
    async with Loopback(rpm=3000, burst=10, median=0.1) as server:
        at_risk = 0
        for share in (0.3, 0.6, None):
            process = subprocess.Popen([*command, server.v1, str(tmp_path / "run.db")])
            while share is not None and sum(server.paid.values()) < share * 120:
                await anyio.sleep(0.005)
            if share is not None:
                os.kill(process.pid, signal.SIGKILL)
                # Answers that the client has and has not committed are at risk too.
                at_risk += server.under_way + 5
            while process.poll() is None:
                await anyio.sleep(0.01)
            assert process.returncode == (0 if share is None else -signal.SIGKILL)
        assert len(server.paid) == 120
        assert sum(server.paid.values()) - 120 <= at_risk
        store = SQLiteStore(tmp_path / "run.db")
        async with paid_calls(store, Budget(usd=100)) as session:
            assert session.ledger.spent >= Price(1, 1).usd(*server.tokens) - 1e-9
        await store.aclose()
