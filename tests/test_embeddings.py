"""Answers compared by sentence embeddings: the real SDK over real HTTP, paid once like any other call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loopback.server import Loopback, letters
from semzip import Budget, ChatJudge, Compression
from semzip._calls import paid_calls
from semzip.backends.openai import OpenAIChat
from semzip.backends.openai_embeddings import OpenAIEmbeddings
from semzip.costs import Price
from semzip.errors import BudgetError, ReplyError
from semzip.stores import SQLiteStore

ONE, OTHER = "The valve opens at forty bar.", "Valve opens: forty bar"
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def cosine(one: str, other: str) -> float:
    first, second = np.array(letters(one)), np.array(letters(other))
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


@pytest.mark.parametrize("form", ["base64", "float"])
async def test_the_cosine_of_two_texts_is_paid_once(form: str, tmp_path: Path) -> None:
    async with Loopback() as server:
        compare = OpenAIEmbeddings("m", base_url=server.v1, price=Price(1, 0), extra_body={"encoding_format": form})
        store = SQLiteStore(tmp_path / "run.db")
        async with paid_calls(store, Budget(usd=1)) as session:
            for _ in range(2):
                assert await compare(ONE, OTHER, "nl") == pytest.approx(cosine(ONE, OTHER), abs=1e-6)
            assert await compare(ONE, ONE, "nl") == pytest.approx(1.0)
            assert session.by_model[0]["calls"] == 2
            assert session.figures["usd"] == pytest.approx(Price(1, 0).usd(server.tokens[0], 0))
        await compare.aclose()
        await store.aclose()
        assert [path for path, _, _ in server.requests] == ["/v1/embeddings"] * 2


async def test_the_task_judge_takes_them_and_its_id_names_the_model() -> None:
    async with Loopback(reply=lambda _: ONE) as server:
        chat = OpenAIChat("m", base_url=server.v1)
        compare = OpenAIEmbeddings("all-minilm", base_url=server.v1)
        judge = ChatJudge(chat, method="tasks", compare=compare)
        verdict = await judge.judge(Compression(text=OTHER, original=ONE + " It was tested in May."))
        assert verdict.passed
        assert verdict.score == pytest.approx(1.0)
        await chat.aclose()
        await compare.aclose()
        ids = {ChatJudge(chat, method="tasks", compare=OpenAIEmbeddings(name, base_url=server.v1)).id for name in "ab"}
        assert len({judge.id, ChatJudge(chat, method="tasks").id, *ids}) == 4


@pytest.mark.parametrize("found", [None, "not base64!", [], [1.0, float("nan")], [[1.0]], "AAAA"])
async def test_what_is_no_embedding_is_no_comparison(found: Any) -> None:
    async with Loopback() as server:
        server._embedding = lambda _: {"data": [{"embedding": found}]}  # type: ignore[method-assign]
        compare = OpenAIEmbeddings("m", base_url=server.v1)
        with pytest.raises(ReplyError, match="no embedding"):
            await compare(ONE, OTHER, "nl")
        await compare.aclose()


async def test_an_unknown_price_stops_a_capped_run() -> None:
    async with Loopback() as server:
        compare = OpenAIEmbeddings("m", base_url=server.v1)
        async with paid_calls(None, Budget(usd=1)):
            with pytest.raises(BudgetError, match="price="):
                await compare(ONE, OTHER, "nl")
        assert not server.statuses
