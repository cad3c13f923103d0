"""Claude as a Chat, over the Anthropic SDK: what a request looks like, how to read the answer, what an error means."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import Factory, field, frozen
from attrs.validators import ge, gt

from semzip import _calls
from semzip.backends import _http
from semzip.costs import Price, price_of
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
from semzip.records import Reply, Usage, digest
from semzip.tokens import count_tokens

try:
    import anthropic
    from anthropic.lib.credentials import WorkloadIdentityError
except ImportError as error:
    raise MissingBackendError("semzip.backends.anthropic needs: pip install 'semzip[anthropic]'") from error

OFFICIAL = "https://api.anthropic.com"

CACHED_FROM = 4096
"""Tokens of a system prompt from which every Claude model can keep it in its prompt cache."""

THINKING = 8192
"""Tokens that a model which thinks may use before it answers."""

# The nearest class in an error's ancestry decides. A test fails when the SDK has a class that is not listed.
MEANING: Mapping[type[Exception], _http.Meaning] = {
    anthropic.AnthropicError: BackendError,
    anthropic.APIError: BackendError,
    anthropic.APIStatusError: BackendError,
    anthropic.APIConnectionError: UnavailableError,
    anthropic.APITimeoutError: UnavailableError,
    anthropic.APIResponseValidationError: ReplyError,
    anthropic.APIWebhookValidationError: BackendError,
    anthropic.AuthenticationError: AccountError,
    anthropic.BadRequestError: BackendError,
    anthropic.CMEKContextUnavailableError: UnavailableError,
    anthropic.CMEKKeyDisabledError: AccountError,
    anthropic.CMEKKeyNetworkBlockedError: AccountError,
    anthropic.CMEKKeyUnreachableError: UnavailableError,
    anthropic.ClaudeCodeKeyCreatorNotMemberError: AccountError,
    anthropic.ClaudeCodeVersionTooOldError: AccountError,
    anthropic.ClientClosedRequestError: UnavailableError,
    anthropic.ConflictError: UnavailableError,
    anthropic.ContentTooLargeError: BackendError,
    anthropic.ContractSpendLimitReachedError: AccountError,
    anthropic.CredentialsError: AccountError,
    anthropic.EnforcedSpendLimitReachedError: AccountError,
    anthropic.GatewayTimeoutError: UnavailableError,
    anthropic.HTTPNotImplementedError: BackendError,
    anthropic.IdentityTokenFileError: AccountError,
    anthropic.InternalServerError: UnavailableError,
    anthropic.LinkedOrganizationBillingUnavailableError: AccountError,
    anthropic.LinkedOrganizationSpendLimitReachedError: AccountError,
    anthropic.NotFoundError: ConfigError,
    anthropic.OrganizationOnHoldError: AccountError,
    anthropic.OrganizationTypeNotSupportedError: AccountError,
    anthropic.OverloadedError: UnavailableError,
    anthropic.ParentOrganizationRequiredError: AccountError,
    anthropic.PaymentRequiredError: AccountError,
    anthropic.PermissionDeniedError: AccountError,
    anthropic.PreconditionFailedError: BackendError,
    anthropic.RampLimitExceededError: RateLimitError,
    anthropic.RateLimitError: RateLimitError,
    anthropic.RequestBodyEncodingInvalidError: BackendError,
    anthropic.RequestBodyEncodingUnsupportedError: BackendError,
    anthropic.RequestBodyTooLargeAfterDecodingError: BackendError,
    anthropic.RequestHeaderFieldsTooLargeError: BackendError,
    anthropic.RequestTimeoutError: UnavailableError,
    anthropic.RetryableError: UnavailableError,
    anthropic.SandboxEgressRestrictedError: AccountError,
    anthropic.ServiceUnavailableError: UnavailableError,
    anthropic.UnprocessableEntityError: BackendError,
    WorkloadIdentityError: AccountError,
}


@frozen(kw_only=True)
class AnthropicChat:
    """Claude, over the Messages API. Works on asyncio, as the SDK does.

    The SDK has no temperature: the model's default holds unless `extra_body={"temperature": 0}` asks for another.

    Args:
        model: The model's name.
        api_key: The key; by default ANTHROPIC_API_KEY, which goes to Anthropic or to ANTHROPIC_BASE_URL only.
        base_url: Another server that speaks the Messages API. Needs its own `api_key`.
        effort: How much the model thinks: low, medium, high, xhigh or max.
        price: Dollars per million tokens; by default from the dated table in `semzip.costs`.
        max_tokens: Most tokens of an answer where the caller does not say.
        headroom: Tokens added for thinking to every caller's `max_tokens`: today's models think unless told otherwise.
        timeout: Seconds for a whole answer.
        extra_body: Further fields of the request.
    """

    model: str = field(kw_only=False)
    api_key: str | None = field(default=None, repr=False, eq=False)
    base_url: str | None = None
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    price: Price | None = field(default=Factory(lambda chat: price_of(chat.model), takes_self=True))
    max_tokens: int = field(default=4096, validator=ge(1))
    headroom: int = field(default=THINKING, validator=ge(0))
    timeout: float = field(default=600.0, validator=gt(0))
    extra_body: Mapping[str, Any] = field(factory=dict[str, Any])
    _wire: _http.Wire = field(init=False, repr=False, eq=False)
    _url: str = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        url = self.base_url or os.environ.get("ANTHROPIC_BASE_URL") or OFFICIAL
        object.__setattr__(self, "_url", _http.checked_url(url, key=self._key() is not None))
        object.__setattr__(self, "_wire", _http.Wire(self._client))

    @property
    def id(self) -> str:
        """Fingerprint of server, model and settings."""
        settings = repr((self._url, self.effort, self.max_tokens, self.headroom, sorted(self.extra_body.items())))
        return f"anthropic-{self.model}-{digest(settings)[:12]}"

    async def send(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int | None = None
    ) -> Reply:
        """Answer `messages`; with `schema`, as JSON that matches it. Raises BackendError."""
        most = (max_tokens or self.max_tokens) + self.headroom
        body = self._body(messages, schema, most)
        client, limiter = self._wire.open()

        async def send() -> _calls.Answer:
            # As `extra_body` the request goes out as it is; the SDK's walk through typed arguments is a sixth of a call.
            create = client.messages.with_raw_response.create
            sending = create(model=self.model, max_tokens=1, messages=[], extra_body=body, timeout=self.timeout)
            return await _http.answer(sending, self.timeout, lambda error: self._translate(error, messages))

        call = _calls.Call(
            url=self._url,
            account=digest(self._key() or ""),
            model=self.model,
            body=body,
            input_tokens=_http.most_input_tokens(messages, schema),
            max_tokens=most,
            price=self.price,
            send=send,
            usage=self._usage,
        )
        raw = await _calls.perform(call, limiter)
        return Reply(self._text(raw), self._usage(raw), raw)

    async def check(self) -> None:
        """Ask the server for the model, without paying. Raises what a call would raise: AccountError, ConfigError, …"""
        client, _ = self._wire.open()
        await _http.answer(client.models.with_raw_response.retrieve(self.model), 20.0, self._translate)

    async def aclose(self) -> None:
        """Close the connections; the next call opens new ones."""
        await self._wire.aclose()

    def _key(self) -> str | None:
        # The key in the environment belongs to the server in the environment, not to any other.
        return self.api_key or (os.environ.get("ANTHROPIC_API_KEY") if self.base_url is None else None)

    def _client(self) -> anthropic.AsyncAnthropic:
        key = self._key()
        if key is None and self._url == OFFICIAL:
            raise _http.account_error("Anthropic", "no key; set ANTHROPIC_API_KEY or pass api_key=")
        return anthropic.AsyncAnthropic(
            api_key=key or "none",
            base_url=self._url,
            max_retries=0,
            timeout=self.timeout,
            http_client=anthropic.DefaultAsyncHttpxClient(follow_redirects=False),
        )

    def _body(self, messages: Sequence[Message], schema: Schema | None, most: int) -> dict[str, Any]:
        system = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
        body: dict[str, Any] = {
            "model": self.model,
            "max_tokens": most,
            "messages": [dict(message) for message in messages if message["role"] != "system"],
        }
        if system:
            cached = count_tokens(system) >= CACHED_FROM
            block = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
            body["system"] = [block] if cached else system
        output: dict[str, Any] = {"effort": self.effort} if self.effort else {}
        if schema is not None:
            output["format"] = {"type": "json_schema", "schema": dict(schema)}
        if output:
            body["output_config"] = output
        return {**body, **self.extra_body}

    def _usage(self, raw: Mapping[str, Any]) -> Usage:
        usage = _http.at(raw, "usage")
        read = _http.count(_http.at(usage, "cache_read_input_tokens"))
        written = _http.count(_http.at(usage, "cache_creation_input_tokens"))
        entered = _http.count(_http.at(usage, "input_tokens")) + read + written
        output = _http.count(_http.at(usage, "output_tokens"))
        if self.price is None or usage is None:
            return Usage(entered, output, read, None)
        return Usage(entered, output, read, self.price.usd(entered, output, read, written))

    def _text(self, raw: Mapping[str, Any]) -> str:
        reason = raw.get("stop_reason")
        if reason == "refusal":
            raise RefusalError(f"{self.model} declined to answer this text")
        if reason in {"max_tokens", "model_context_window_exceeded"}:
            raise ReplyError(f"the answer of {self.model} was cut off ({reason})")
        if _http.at(raw, "content") is None:
            raise ReplyError(f"the answer of {self.model} has no content")
        blocks = _http.each(raw, "content")
        return "".join(str(_http.at(block, "text")) for block in blocks if _http.at(block, "type") == "text")

    def _translate(self, error: Exception, messages: Sequence[Message] = ()) -> Exception:
        return _http.meaning(MEANING, error, _http.Server(self._url, self.model, self._key()), messages)


__all__ = ["AnthropicChat"]
