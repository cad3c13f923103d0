"""Claude as a Chat, over the Anthropic SDK: what a request looks like, how to read the answer, what an error means."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Literal

from attrs import field, frozen
from attrs.validators import ge

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
from semzip.tokens import count_tokens

try:
    import anthropic
    from anthropic.lib.credentials import WorkloadIdentityError
except ImportError as error:
    raise MissingBackendError("semzip.backends.anthropic needs: pip install 'semzip[anthropic]'") from error

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
class AnthropicChat(APIChat):
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

    service = "Anthropic"
    official = "https://api.anthropic.com"
    meaning = MEANING

    headroom: int = field(default=THINKING, validator=ge(0))
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None

    @property
    def id(self) -> str:
        """Fingerprint of server, model and settings."""
        settings = repr((self._url, self.effort, self.max_tokens, self.headroom, sorted(self.extra_body.items())))
        return f"anthropic-{self.model}-{digest(settings)[:12]}"

    def _client(self, key: str) -> anthropic.AsyncAnthropic:
        return anthropic.AsyncAnthropic(
            api_key=key,
            base_url=self._url,
            max_retries=0,
            timeout=self.timeout,
            http_client=anthropic.DefaultAsyncHttpxClient(follow_redirects=False),
        )

    def _create(self, client: anthropic.AsyncAnthropic, body: Mapping[str, Any]) -> Awaitable[Any]:
        # As `extra_body` the request goes out as it is; the SDK's walk through typed arguments is a sixth of a call.
        create = client.messages.with_raw_response.create
        return create(model=self.model, max_tokens=1, messages=[], extra_body=body, timeout=self.timeout)

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
        return body

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


__all__ = ["AnthropicChat"]
