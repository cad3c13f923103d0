from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from light_service import Fault, Service, refuse

from semzip.backends.tinker import TinkerChat
from semzip.costs import Price
from semzip.errors import AccountError, BackendError, ConfigError, ReplyError
from semzip.prompts import compress_messages
from semzip.protocols import Chat

pytestmark = pytest.mark.anyio
MESSAGES = compress_messages("The report is sent to all members in spring.")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_it_answers(light: Service, tiny: Path) -> None:
    chat = TinkerChat("tiny", tokenizer=str(tiny), max_tokens=5, price=Price(2, 2))
    assert isinstance(chat, Chat)
    reply = await chat.send(MESSAGES)
    again = await chat.send(MESSAGES, max_tokens=3)
    assert reply.usage.output_tokens == 5
    assert again.usage.output_tokens == 3
    assert reply.usage.usd == pytest.approx((reply.usage.input_tokens + 5) * 2e-6)
    assert reply.text
    assert (await chat.send(MESSAGES)).text == reply.text
    await chat.aclose()
    assert any(path.endswith("finish") for path, _ in light.log)


async def test_many_requests_are_in_flight_at_once(light: Service, tiny: Path) -> None:
    """No answer is given before all were asked."""
    light.gather = 20
    chat = TinkerChat("tiny", tokenizer=str(tiny), max_tokens=2)
    with anyio.fail_after(100):
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(chat.send, MESSAGES)
    await chat.aclose()
    assert sum(path == "create_sampling_session" for path, _ in light.log) == 1


async def test_an_unknown_price_is_none(light: Service, tiny: Path) -> None:
    chat = TinkerChat("tiny", tokenizer=str(tiny), max_tokens=2)
    assert (await chat.send(MESSAGES)).usage.usd is None
    await chat.aclose()


async def test_a_schema_is_asked_for_and_an_answer_without_json_is_no_reply(light: Service, tiny: Path) -> None:
    chat = TinkerChat("tiny", tokenizer=str(tiny), max_tokens=4)
    with pytest.raises(ReplyError, match="JSON"):
        await chat.send(MESSAGES, schema={"type": "object", "required": ["verdict"]})
    sent = next(body for path, body in light.log if path == "asample")
    plain = await chat.send(MESSAGES)
    assert len(sent["prompt"]["chunks"][0]["tokens"]) > plain.usage.input_tokens
    await chat.aclose()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("retrieve_future", refuse(404)), BackendError),
        (Fault("retrieve_future", lambda _: {"error": "busy", "category": "server"}), BackendError),
        (Fault("retrieve_future", lambda _: {"error": "prompt too long", "category": "user"}), ReplyError),
        (Fault("asample", refuse(402), times=10**6), AccountError),
    ],
)
async def test_a_failure_is_ours(fault: Fault, error: type[Exception], light: Service, tiny: Path) -> None:
    chat = TinkerChat("tiny", tokenizer=str(tiny), max_tokens=2)
    await chat.send(MESSAGES)
    light.faults.append(Fault(fault.path, fault.act, 0, fault.times))
    with pytest.raises(error) as raised:
        await chat.send(MESSAGES, max_tokens=3)
    assert not raised.value.retryable  # the SDK has retried long enough
    light.faults.clear()
    assert (await chat.send(MESSAGES)).text
    await chat.aclose()


async def test_weights_that_are_gone(light: Service, tiny: Path) -> None:
    chat = TinkerChat("tinker://run/sampler_weights/gone", base_model="tiny", tokenizer=str(tiny))
    with pytest.raises(ConfigError, match="no longer"):
        await chat.send(MESSAGES)
    await chat.aclose()


def test_what_cannot_be_sampled_from() -> None:
    with pytest.raises(ConfigError, match="sampler_weights"):
        TinkerChat("tinker://run/weights/step")
    with pytest.raises(ConfigError, match="base_model"):
        TinkerChat("Qwen/Qwen3-8B", base_model="other")
    with pytest.raises(ConfigError, match="temperature"):
        TinkerChat("Qwen/Qwen3-8B", temperature=-1)


def test_the_id_is_of_what_decides_the_answer() -> None:
    settings = [{}, {"temperature": 0.0}, {"max_tokens": 9}, {"seed": 4}, {"model": "tinker://a/sampler_weights/b"}]
    assert len({TinkerChat(**{"model": "Qwen/Qwen3-8B", **some}).id for some in settings}) == 5
    assert TinkerChat("Qwen/Qwen3-8B").id == TinkerChat("Qwen/Qwen3-8B", api_key="tml-x", patience=3.0).id
