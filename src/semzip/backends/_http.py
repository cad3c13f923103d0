"""What both API backends need: where a key may go, one SDK client per event loop, and the meaning of an error."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from attrs import define, field, frozen

from semzip._calls import Answer
from semzip._limit import Limiter
from semzip.errors import (
    AccountError,
    BackendError,
    ConfigError,
    RateLimitError,
    RefusalError,
    ReplyError,
    UnavailableError,
)
from semzip.protocols import Message, Schema

PER_MESSAGE = 16
"""Tokens around a message, at most."""

PER_SCHEMA = 1024
"""Tokens that a provider adds to a request for structured output, at most: its own instructions."""


CLOSED = frozenset(
    {
        "insufficient_quota",
        "billing_not_active",
        "billing_hard_limit_reached",
        "account_deactivated",
        "access_terminated",
        "invalid_api_key",
        "billing_error",
        "authentication_error",
        "permission_error",
    }
)
"""Error codes that no waiting cures, whatever the status they come with."""

REPEATED = 24
"""Characters in common from which an error's text counts as repeating the request."""


Meaning = type[BackendError | ConfigError]

SDK_CHECKS = (TypeError, ValueError)


@frozen
class Server:
    """Where a request goes."""

    url: str
    model: str
    key: str | None = field(repr=False)


@define(eq=False)
class Wire:
    """The SDK client and the limiter of the running event loop; both belong to the loop they were made in."""

    make: Callable[[], Any]
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False)
    _client: Any = field(default=None, init=False)
    _limiter: Limiter | None = field(default=None, init=False)

    def open(self) -> tuple[Any, Limiter]:
        """The client and the limiter, made on first use."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop or self._client is None or self._limiter is None:
            self._loop, self._client, self._limiter = loop, self.make(), Limiter()
        return self._client, self._limiter

    async def aclose(self) -> None:
        """Close the client; the next call makes a new one."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()


def checked_url(url: str, *, key: bool) -> str:
    """`url` without a slash at its end. A key goes over https, or stays on this machine.

    Raises:
        ConfigError: Not an http(s) address, credentials in it, or a key that would cross a network in the clear.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"base_url must be an http(s) address such as https://host/v1, not {parts.scheme or url!r}")
    if parts.username or parts.password:
        raise ConfigError("base_url must not hold credentials; pass api_key=")
    if parts.scheme == "http" and key and not _loopback(parts.hostname):
        raise ConfigError(f"a key would go to {parts.hostname} unencrypted: use https, or no api_key")
    return url.rstrip("/")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def most_input_tokens(messages: Sequence[Message], schema: Schema | None) -> int:
    """No fewer input tokens than any byte-level tokenizer counts: every token is at least one byte."""
    texts = sum(len(message["content"].encode("utf-8", "surrogatepass")) + PER_MESSAGE for message in messages)
    return texts + PER_MESSAGE + (len(json.dumps(schema)) + PER_SCHEMA if schema else 0)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After asks to wait: in seconds, milliseconds or as a date; None where there is none."""
    try:
        if (text := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(text) / 1000)
        text = headers.get("retry-after")
        if text is None:
            return None
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", text):
            return float(text)
        return max(0.0, (parsedate_to_datetime(text) - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, TypeError):
        return None


async def answer(sending: Awaitable[Any], seconds: float, translate: Callable[[Exception], Exception]) -> Answer:
    """The answer of a raw SDK call, in time and complete; an SDK's error as ours.

    Args:
        sending: `client.….with_raw_response.create(…)`.
        seconds: For the whole answer: a trickle is cut off as well.
        translate: Makes our error of the SDK's.
    """
    try:
        async with asyncio.timeout(seconds):
            response = await sending
    except TimeoutError as error:
        message = f"no complete answer within {seconds:.0f} s; raise timeout= if the model needs longer"
        raise UnavailableError(message, uncertain=True) from error
    except Exception as error:
        if (ours := translate(error)) is error:
            raise
        # The SDK's error holds the request with its headers: it is not chained, so that no traceback shows them.
        raise ours from None
    try:
        raw = json.loads(response.http_response.content)
    except ValueError as error:
        raise UnavailableError("the answer broke off or is not JSON", uncertain=True) from error
    if not _is_object(raw):
        raise UnavailableError("the answer is not a JSON object", uncertain=True)
    return Answer(raw, {key.lower(): value for key, value in response.headers.items()})


def at(value: Any, *path: str | int) -> Any:
    """What stands at `path` in a provider's answer, or None where the answer has another shape."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def each(value: Any, *path: str | int) -> list[Any]:
    """The list that stands at `path` in a provider's answer; empty where there is none."""
    found = at(value, *path)
    return found if _is_list(found) else []


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def count(*values: Any) -> int:
    """The first of `values` that is a number of tokens; 0 where none is."""
    return next((value for value in values if isinstance(value, int) and value > 0), 0)


def not_sent(error: BaseException) -> bool:
    """Whether a connection error came before anything reached the server, so that nothing can have been billed."""
    cause = error.__cause__ or error.__context__
    return type(cause).__name__ in {
        "ConnectError",
        "ConnectTimeout",
        "PoolTimeout",
        "UnsupportedProtocol",
        "ProxyError",
    }


def detail(text: str, key: str | None, messages: Sequence[Message]) -> str:
    """A provider's error text, fit for a log: short, without the key, and withheld where it repeats the request."""
    text = " ".join(text.split())[:200]
    text = re.sub(r"\b(sk|key|hf|AIza)[-_]?[\w-]{8,}", "***", text.replace(key, "***") if key else text)
    quoted = (text[start : start + REPEATED] for start in range(len(text) - REPEATED + 1))
    contents = [" ".join(message["content"].split()) for message in messages]
    return "(its message repeats the request)" if any(part in c for part in quoted for c in contents) else text


def account_error(service: str, said: str) -> AccountError:
    """The error that stops a run until a person has acted."""
    return AccountError(
        f"{service} does not serve this account: {said}. Check key, permissions, credit and spending limit, then start "
        f"again: the run resumes, and what is paid for is kept"
    )


def meaning(
    table: Mapping[type[Exception], Meaning], error: Any, server: Server, messages: Sequence[Message]
) -> Exception:
    """Our error for an SDK's `error`, with what to do, and without key or prompt; `error` itself if it is no SDK's.

    Args:
        table: What each class of the SDK means; the nearest in the ancestry of `error` decides.
        error: What was raised.
        server: Where the request went.
        messages: What it said.
    """
    url, model, key = server.url, server.model, server.key
    kind = next((table[base] for base in type(error).__mro__ if base in table), None)
    if kind is None:
        # Both SDKs check their arguments with these.
        return ConfigError(f"the SDK does not take this request: {error}") if type(error) in SDK_CHECKS else error
    host = urlsplit(url).netloc
    response = getattr(error, "response", None)
    status = getattr(error, "status_code", None)
    said = detail(str(getattr(error, "api_message", None) or getattr(error, "message", None) or error), key, messages)
    where = f"{host}{f' ({status})' if status else ''}: {said}"
    wait = retry_after(response.headers) if response is not None else None
    codes = {getattr(error, name, None) for name in ("code", "type", "error_code")}
    if status in {401, 402, 403} or codes & CLOSED or issubclass(kind, AccountError):
        return account_error(host, f"{f'{status} ' if status else ''}{said}")
    if issubclass(kind, ConfigError):
        return ConfigError(f"{host} does not know model {model!r} or this address: {said}")
    if issubclass(kind, RateLimitError):
        return RateLimitError(f"asked to slow down by {where}", retry_after=wait)
    if issubclass(kind, UnavailableError) or ((status or 0) >= 500 and status != 501):
        lost = status is None and not not_sent(error)
        hint = "" if status else "; is the network up, and the address right (base_url)?"
        return UnavailableError(f"no answer from {where.rstrip('.')}{hint}", retry_after=wait, uncertain=lost)
    if issubclass(kind, (ReplyError, RefusalError)):
        return kind(f"unusable answer from {where}")
    return BackendError(f"this request was turned down by {where}")
