"""AnthropicChat and OpenAIChat: the real SDKs over real HTTP against a server on this machine."""

from __future__ import annotations

import inspect
import logging
from datetime import UTC, datetime
from typing import Any

import anthropic
import httpx2
import openai
import pytest

from loopback.server import Loopback
from semzip.backends import _http
from semzip.backends import anthropic as anthropic_backend
from semzip.backends import openai as openai_backend
from semzip.backends.anthropic import AnthropicChat
from semzip.backends.openai import OpenAIChat
from semzip.costs import Price
from semzip.errors import (
    AccountError,
    BackendError,
    ConfigError,
    RateLimitError,
    RefusalError,
    ReplyError,
    UnavailableError,
)

KEY = "sk-planted-0123456789abcdef"
ASK = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "one two three four"}]
SCHEMA = {
    "type": "object",
    "properties": {"word": {"type": "string"}},
    "required": ["word"],
    "additionalProperties": False,
}

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


def chats(server: Loopback, **more: Any) -> list[Any]:
    return [
        AnthropicChat("claude-haiku-5-5", api_key=KEY, base_url=server.url, **more),
        OpenAIChat("m", api_key=KEY, base_url=server.v1, price=Price(1, 2), **more),
        OpenAIChat("m", api_key=KEY, base_url=server.v1, api="responses", price=Price(1, 2), **more),
    ]


async def test_every_api_answers_with_text_usage_and_price():
    async with Loopback() as server:
        for chat in chats(server):
            reply = await chat.send(ASK)
            await chat.aclose()
            assert reply.text == "two four"
            assert reply.usage.input_tokens > 0
            assert reply.usage.output_tokens == 2
            assert reply.usage.usd == pytest.approx(chat.price.usd(reply.usage.input_tokens, reply.usage.output_tokens))
            assert reply.raw["usage"]


async def test_schema_goes_out_as_structured_output():
    async with Loopback() as server:
        for chat in chats(server):
            assert (await chat.send(ASK, schema=SCHEMA)).text == '{"word": "x"}'
            await chat.aclose()
        bodies = [body for _, _, body in server.requests]
    assert bodies[0]["output_config"]["format"]["schema"] == SCHEMA
    assert bodies[1]["response_format"]["json_schema"]["schema"] == SCHEMA
    assert bodies[2]["text"]["format"]["schema"] == SCHEMA


async def test_settings_stand_in_request_and_id():
    async with Loopback() as server:
        plain = OpenAIChat("m", base_url=server.v1)
        warm = OpenAIChat("m", base_url=server.v1, temperature=0.7)
        claude = AnthropicChat("m", base_url=server.url, extra_body={"temperature": 0}, effort="low")
        for chat in (plain, warm, claude):
            await chat.send(ASK, max_tokens=10)
            await chat.aclose()
        bodies = [body for _, _, body in server.requests]
    assert [body.get("temperature") for body in bodies] == [0.0, 0.7, 0]
    assert bodies[2]["output_config"] == {"effort": "low"}
    assert bodies[0]["max_tokens"] == 10
    assert len({plain.id, warm.id, claude.id, AnthropicChat("m", base_url=server.url).id}) == 4


async def test_reasoning_models_get_no_temperature_and_room_to_think():
    chat = OpenAIChat("gpt-5.5")
    assert chat.temperature is None
    assert chat.headroom > 0
    assert OpenAIChat("qwen3").temperature == 0.0


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "", BackendError),
        (400, "organization_on_hold", AccountError),
        (401, "", AccountError),
        (402, "linked_organization_spend_limit_reached", AccountError),
        (402, "", AccountError),
        (403, "", AccountError),
        (404, "", ConfigError),
        (413, "", BackendError),
        (422, "", BackendError),
        (429, "enforced_spend_limit_reached", AccountError),
        (429, "contract_spend_limit_reached", AccountError),
    ],
)
async def test_status_and_code_of_anthropic(status: int, code: str, kind: type[Exception]):
    async with Loopback(status=status, code=code) as server:
        chat = AnthropicChat("m", api_key=KEY, base_url=server.url)
        with pytest.raises(kind) as caught:
            await chat.send(ASK)
        await chat.aclose()
    assert not getattr(caught.value, "retryable", False)
    assert sum(server.statuses.values()) == 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "", BackendError),
        (401, "invalid_api_key", AccountError),
        (402, "", AccountError),
        (403, "", AccountError),
        (404, "", ConfigError),
        (429, "insufficient_quota", AccountError),
    ],
)
async def test_status_and_code_of_openai(status: int, code: str, kind: type[Exception]):
    async with Loopback(status=status, code=code) as server:
        chat = OpenAIChat("m", api_key=KEY, base_url=server.v1)
        with pytest.raises(kind):
            await chat.send(ASK)
        await chat.aclose()
    assert sum(server.statuses.values()) == 1


@pytest.mark.parametrize("status", [429, 500, 503, 529])
async def test_what_may_pass_by_is_tried_again(status: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("semzip._retry.FIRST_WAIT", 0.01)
    async with Loopback(status=status, retry_after="0.01") as server:
        for chat in chats(server):
            before = sum(server.statuses.values())
            real, server._model = server._model, lambda *args: recover(server, real, before, *args)  # noqa: B023
            assert (await chat.send(ASK)).text == "two four"
            server._model = real
            server.settings.status = status
            await chat.aclose()


async def recover(server: Loopback, real: Any, before: int, *args: Any) -> bool:
    if sum(server.statuses.values()) - before >= 2:
        server.settings.status = 0
    return await real(*args)


async def test_resets_and_cut_off_answers_are_tried_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("semzip._retry.FIRST_WAIT", 0.01)
    async with Loopback(reset=0.3, cut=0.3, seed=3) as server:
        for chat in chats(server):
            for number in range(5):
                ask = [{"role": "user", "content": f"one two {number}"}]
                assert (await chat.send(ask)).text.startswith("two")
            await chat.aclose()
    assert server.statuses["reset"] > 0
    assert server.statuses["cut"] > 0


async def test_a_trickle_is_cut_off_in_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("semzip._retry.ATTEMPTS", 1)
    async with Loopback(slow=1.0, slow_seconds=30) as server:
        for chat in chats(server, timeout=0.2):
            with pytest.raises(UnavailableError, match=r"within|no answer") as caught:
                await chat.send(ASK)
            assert caught.value.uncertain
            await chat.aclose()


async def test_nobody_there_costs_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("semzip._retry.ATTEMPTS", 1)
    async with Loopback() as server:
        url = server.url
    chat = OpenAIChat("m", base_url=url + "/v1")
    with pytest.raises(UnavailableError) as caught:
        await chat.send(ASK)
    await chat.aclose()
    assert not caught.value.uncertain


async def test_refusals_and_cut_answers_are_no_answers():
    chat, gpt = AnthropicChat("m", api_key=KEY), OpenAIChat("m", api_key=KEY)
    text = [{"type": "text", "text": "half"}]
    for raw, kind in (({"stop_reason": "refusal"}, RefusalError), ({"stop_reason": "max_tokens"}, ReplyError)):
        with pytest.raises(kind):
            chat._text({"content": text, **raw})
    for raw, kind in (({"finish_reason": "content_filter"}, RefusalError), ({"finish_reason": "length"}, ReplyError)):
        with pytest.raises(kind):
            gpt._chat_text({"choices": [{"message": {"content": "half"}, **raw}]})
    with pytest.raises(RefusalError):
        gpt._responses_text({"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}]})
    with pytest.raises(ReplyError):
        gpt._responses_text({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}})
    with pytest.raises(ReplyError):
        gpt._chat_text({"choices": "nonsense"})


SDKS = [(anthropic, anthropic_backend), (openai, openai_backend)]


def exceptions_of(module: Any) -> set[type[Exception]]:
    return {
        value
        for name, value in list(vars(module).items())
        if isinstance(value, type) and issubclass(value, Exception) and not name.startswith("_")
    }


@pytest.mark.parametrize(("sdk", "backend"), SDKS)
def test_every_public_exception_of_the_sdk_has_a_meaning(sdk: Any, backend: Any):
    public = exceptions_of(sdk)
    assert len(public) > 15
    assert sorted(kind.__name__ for kind in public if kind not in backend.MEANING) == []


@pytest.mark.parametrize(("sdk", "backend"), SDKS)
def test_an_answer_of_every_status_error_of_the_sdk_becomes_the_error_that_its_class_means(sdk: Any, backend: Any):
    """The many classes of single endpoints, in `types`, mean what their nearest listed ancestor means."""
    kinds = {kind for kind in exceptions_of(sdk) | exceptions_of(sdk.types) if issubclass(kind, sdk.APIStatusError)}
    assert len(kinds) > 8
    server = _http.Server("https://api.example.org/v1", "m", KEY)
    for kind in sorted(kinds, key=lambda kind: kind.__name__):
        listed = next(base for base in kind.__mro__ if base in backend.MEANING)
        status = getattr(kind, "status_code", 418)
        status = status if isinstance(status, int) else 418
        request = httpx2.Request("POST", server.url, headers={"authorization": f"Bearer {KEY}"})
        said = {"message": "said"} if "message" in inspect.signature(kind).parameters else {}
        error = kind(**said, response=httpx2.Response(status, request=request), body=None)
        ours = _http.meaning(backend.MEANING, error, server, ASK)
        expected = AccountError if status in {401, 402, 403} else backend.MEANING[listed]
        assert type(ours) is expected, kind
        assert KEY not in repr(ours)


@pytest.mark.parametrize(
    ("name", "status", "expected"),
    [
        ("LinkedOrganizationSpendLimitReachedError", 402, AccountError),
        ("OrganizationOnHoldError", 400, AccountError),
        ("DeadlineExceededError", 504, UnavailableError),
        ("EnforcedSpendLimitReachedError", 429, AccountError),
        ("ContractSpendLimitReachedError", 429, AccountError),
        ("RampLimitExceededError", 429, RateLimitError),
        ("OverloadedError", 529, UnavailableError),
    ],
)
def test_the_errors_that_are_easily_taken_for_others(name: str, status: int, expected: type[Exception]):
    response = httpx2.Response(status, request=httpx2.Request("POST", "https://api.anthropic.com/v1/messages"))
    error = getattr(anthropic, name)("x", response=response, body=None)
    server = _http.Server("https://api.anthropic.com", "m", KEY)
    assert type(_http.meaning(anthropic_backend.MEANING, error, server, ASK)) is expected


async def test_planted_key_and_prompt_are_in_no_error_and_no_log(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, logger="semzip")
    secret = "the patient in bed seven is called Mortimer Quandary"
    async with Loopback(status=400) as server:
        real = server._write

        async def echo(writer: Any, status: int, body: Any, *args: Any, **more: Any) -> bool:
            return await real(writer, status, {"error": {"message": f"bad {KEY}: {secret}"}}, *args, **more)

        server._write = echo  # type: ignore[method-assign]
        for chat in chats(server):
            with pytest.raises(BackendError) as caught:
                await chat.send([{"role": "user", "content": secret}])
            await chat.aclose()
            seen = repr(caught.value) + repr(chat) + chat.id + str(caught.value.__cause__)
            assert KEY not in seen
            assert "Mortimer" not in seen
    assert KEY not in caplog.text


async def test_key_goes_only_where_it_was_given_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    async with Loopback() as server:
        for chat in (AnthropicChat("m", base_url=server.url), OpenAIChat("m", base_url=server.v1)):
            await chat.send(ASK)
            await chat.aclose()
        assert not any(KEY in value for _, headers, _ in server.requests for value in headers.values())
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_BASE_URL", server.v1)
        for chat in (AnthropicChat("m"), OpenAIChat("m")):
            await chat.send(ASK)
            await chat.aclose()
        assert all(any(KEY in value for value in headers.values()) for _, headers, _ in server.requests[2:])


@pytest.mark.parametrize("url", ["ftp://x", "x", "http://example.org", "https://user:pass@example.org"])
async def test_unsafe_addresses_are_refused(url: str):
    with pytest.raises(ConfigError):
        OpenAIChat("m", api_key=KEY, base_url=url)
    assert OpenAIChat("m", base_url="http://example.org/v1").base_url


async def test_missing_key_says_what_to_set():
    for chat, name in ((AnthropicChat("m"), "ANTHROPIC_API_KEY"), (OpenAIChat("m"), "OPENAI_API_KEY")):
        with pytest.raises(AccountError, match=name):
            await chat.send(ASK)


async def test_check_asks_for_the_model_without_paying():
    async with Loopback() as server:
        for chat in chats(server):
            await chat.check()
            await chat.aclose()
        assert not server.paid
        server.settings.status = 401
        for chat in chats(server):
            with pytest.raises(AccountError):
                await chat.check()
            await chat.aclose()


async def test_a_long_system_prompt_is_cached_and_a_short_one_is_not():
    async with Loopback() as server:
        chat = AnthropicChat("m", base_url=server.url)
        for words in (10, 6000):
            await chat.send([{"role": "system", "content": "word " * words}, ASK[1]])
        await chat.aclose()
        assert isinstance(server.requests[0][2]["system"], str)
        assert server.requests[1][2]["system"][0]["cache_control"] == {"type": "ephemeral"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
async def test_retry_after_in_every_form(headers: dict[str, str], seconds: float | None):
    assert _http.retry_after(headers, datetime(2026, 11, 22, 12, tzinfo=UTC)) == seconds


def test_rate_limit_errors_are_retryable():
    assert RateLimitError("x").retryable
