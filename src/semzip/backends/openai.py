"""GPT and every OpenAI-compatible server as a Chat: the request, how to read the answer, what an error means.

`base_url=` reaches Gemini, vLLM, Ollama, llama.cpp, LM Studio and mlx_lm.server.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from attrs import Factory, field, frozen
from attrs.validators import ge, in_

from semzip._calls import Answer
from semzip.backends import _http
from semzip.backends._api import APIChat
from semzip.errors import (
    AccountError,
    BackendError,
    ConfigError,
    MissingBackendError,
    RateLimitError,
    RefusalError,
    ReplyError,
    UnavailableError,
)
from semzip.protocols import Message, Schema
from semzip.records import Usage, digest

try:
    import openai
except ImportError as error:
    raise MissingBackendError("semzip.backends.openai needs: pip install 'semzip[openai]'") from error

OFFICIAL = "https://api.openai.com/v1"

THINKING = 8192
"""Tokens that a model which thinks may use before it answers."""

# The nearest class in an error's ancestry decides. A test fails when the SDK has a class that is not listed.
MEANING: Mapping[type[Exception], _http.Meaning] = {
    openai.OpenAIError: BackendError,
    openai.APIError: BackendError,
    openai.APIStatusError: BackendError,
    openai.APIConnectionError: UnavailableError,
    openai.APITimeoutError: UnavailableError,
    openai.APIResponseValidationError: ReplyError,
    openai.AuthenticationError: AccountError,
    openai.BadRequestError: BackendError,
    openai.ConflictError: UnavailableError,
    openai.ContentFilterFinishReasonError: RefusalError,
    openai.InternalServerError: UnavailableError,
    openai.InvalidWebhookSignatureError: BackendError,
    openai.LengthFinishReasonError: ReplyError,
    openai.NotFoundError: ConfigError,
    openai.OAuthError: AccountError,
    openai.PermissionDeniedError: AccountError,
    openai.RateLimitError: RateLimitError,
    openai.UnprocessableEntityError: BackendError,
    openai.WebSocketConnectionClosedError: UnavailableError,
    openai.WebSocketQueueFullError: UnavailableError,
}


def client(key: str, url: str, timeout: float) -> openai.AsyncOpenAI:
    """The SDK's client, which follows no redirect and retries nothing."""
    return openai.AsyncOpenAI(
        api_key=key,
        base_url=url,
        max_retries=0,
        timeout=timeout,
        http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False),
    )


def _reasons(model: str) -> bool:
    """Whether a model of OpenAI's reasons before it answers: it takes no temperature, and needs tokens for it."""
    return re.match(r"(o\d|gpt-[5-9](?!.*chat))", model) is not None


@frozen(kw_only=True)
class OpenAIChat(APIChat):
    """GPT, or a model behind an OpenAI-compatible server. Works on asyncio, as the SDK does.

    Args:
        model: The model's name.
        api_key: The key; by default OPENAI_API_KEY, which goes to OpenAI or to OPENAI_BASE_URL only.
        base_url: Another server, such as http://localhost:11434/v1. Needs its own `api_key`, if any.
        api: "chat" (chat completions, which every server has) or "responses".
        temperature: 0 by default, and nothing for OpenAI's reasoning models, which take none. None leaves it out.
        effort: How much a reasoning model thinks, such as "low".
        price: Dollars per million tokens; by default from the dated table in `semzip.costs`.
        max_tokens: Most tokens of an answer where the caller does not say.
        headroom: Tokens added for reasoning to every caller's `max_tokens`; 8192 for reasoning models.
        timeout: Seconds for a whole answer.
        extra_body: Further fields of the request.
    """

    service = "OpenAI"
    official = OFFICIAL
    meaning = MEANING

    api: Literal["chat", "responses"] = field(default="chat", validator=in_(("chat", "responses")))
    temperature: float | None = field(
        default=Factory(lambda chat: None if _reasons(chat.model) else 0.0, takes_self=True)
    )
    effort: str | None = None
    headroom: int = field(
        default=Factory(lambda chat: THINKING if chat.effort or _reasons(chat.model) else 0, takes_self=True),
        validator=ge(0),
    )

    @property
    def id(self) -> str:
        """Fingerprint of server, model and settings."""
        settings = (self._url, self.api, self.temperature, self.effort, self.max_tokens, self.headroom)
        return f"openai-{self.model}-{digest(repr((*settings, sorted(self.extra_body.items()))))[:12]}"

    def _client(self, key: str) -> openai.AsyncOpenAI:
        return client(key, self._url, self.timeout)

    def _create(self, client: openai.AsyncOpenAI, body: Mapping[str, Any]) -> Awaitable[Any]:
        # As `extra_body` the request goes out as it is; the SDK's walk through typed arguments is a sixth of a call.
        if self.api == "chat":
            chat = client.chat.completions.with_raw_response
            return chat.create(model=self.model, messages=[], extra_body=body, timeout=self.timeout)
        responses = client.responses.with_raw_response
        return responses.create(model=self.model, input=[], extra_body=body, timeout=self.timeout)

    async def _exchange(self, client: Any, body: Mapping[str, Any], messages: Sequence[Message]) -> Answer:
        answer = await super()._exchange(client, body, messages)
        # The Responses API reports its own failures in an answer of status 200: nothing is kept of those.
        if answer.raw.get("status") == "failed":
            code = _http.at(answer.raw, "error", "code")
            if code == "rate_limit_exceeded":
                raise RateLimitError(f"asked to slow down by {urlsplit(self._url).netloc}")
            raise UnavailableError(f"{self.model} could not answer ({code})")
        return answer

    def _body(self, messages: Sequence[Message], schema: Schema | None, most: int) -> dict[str, Any]:
        return (self._chat_body if self.api == "chat" else self._responses_body)(messages, schema, most)

    def _text(self, raw: Mapping[str, Any]) -> str:
        return (self._chat_text if self.api == "chat" else self._responses_text)(raw)

    def _chat_body(self, messages: Sequence[Message], schema: Schema | None, most: int) -> dict[str, Any]:
        host = urlsplit(self._url).hostname or ""
        # OpenAI's newer models refuse `max_tokens`; several compatible servers know nothing else.
        own = host.endswith(("openai.com", "azure.com"))
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [dict(message) for message in messages],
            "max_completion_tokens" if own else "max_tokens": most,
        }
        if self.temperature is not None:
            body["temperature"] = self.temperature
        if self.effort is not None:
            body["reasoning_effort"] = self.effort
        if schema is not None:
            form = {"name": "reply", "schema": dict(schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        return body

    def _responses_body(self, messages: Sequence[Message], schema: Schema | None, most: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "input": [dict(message) for message in messages],
            "max_output_tokens": most,
            "store": False,
        }
        if self.temperature is not None:
            body["temperature"] = self.temperature
        if self.effort is not None:
            body["reasoning"] = {"effort": self.effort}
        if schema is not None:
            form = {"type": "json_schema", "name": "reply", "schema": dict(schema), "strict": True}
            body["text"] = {"format": form}
        return body

    def _usage(self, raw: Mapping[str, Any]) -> Usage:
        usage = _http.at(raw, "usage")
        entered = _http.count(_http.at(usage, "prompt_tokens"), _http.at(usage, "input_tokens"))
        output = _http.count(_http.at(usage, "completion_tokens"), _http.at(usage, "output_tokens"))
        details = _http.at(usage, "prompt_tokens_details") or _http.at(usage, "input_tokens_details")
        read, written = (_http.count(_http.at(details, name)) for name in ("cached_tokens", "cache_write_tokens"))
        # Some servers of one's own report no usage: what is free costs nothing, and what is not stays unknown.
        if self.price is None or (usage is None and self.price.most(1, 1) > 0):
            return Usage(entered, output, read, None)
        return Usage(entered, output, read, self.price.usd(entered, output, read, written))

    def _chat_text(self, raw: Mapping[str, Any]) -> str:
        message, reason = (_http.at(raw, "choices", 0, name) for name in ("message", "finish_reason"))
        if reason == "content_filter" or _http.at(message, "refusal"):
            raise RefusalError(f"{self.model} declined to answer this text")
        if reason == "length":
            raise ReplyError(f"the answer of {self.model} was cut off (length)")
        if message is None:
            raise ReplyError(f"the answer of {self.model} has no message")
        return str(_http.at(message, "content") or "")

    def _responses_text(self, raw: Mapping[str, Any]) -> str:
        items = [item for item in _http.each(raw, "output") if _http.at(item, "type") == "message"]
        parts = [part for item in items for part in _http.each(item, "content")]
        reason = _http.at(raw, "incomplete_details", "reason")
        if reason == "content_filter" or any(_http.at(part, "type") == "refusal" for part in parts):
            raise RefusalError(f"{self.model} declined to answer this text")
        if raw.get("status", "completed") != "completed":
            raise ReplyError(f"the answer of {self.model} was cut off ({reason})")
        return "".join(str(_http.at(part, "text")) for part in parts if _http.at(part, "type") == "output_text")


__all__ = ["OpenAIChat"]
