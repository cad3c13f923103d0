"""What talks to an API does alike, whatever the provider: where its key comes from, how a call is made, checked and closed."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from attrs import Factory, field, frozen
from attrs.validators import ge, gt

from semzip import _calls
from semzip.backends import _http
from semzip.costs import Price, price_of
from semzip.protocols import Message, Schema
from semzip.records import Reply, Usage, digest


@frozen(kw_only=True)
class API(ABC):
    """A model of one server, reached through its SDK; the docstrings of the classes below say what the arguments are."""

    service: ClassVar[str]
    official: ClassVar[str]
    meaning: ClassVar[Mapping[type[Exception], _http.Meaning]]

    model: str = field(kw_only=False)
    api_key: str | None = field(default=None, repr=False, eq=False)
    base_url: str | None = None
    price: Price | None = field(default=Factory(lambda chat: price_of(chat.model), takes_self=True))
    timeout: float = field(default=600.0, validator=gt(0))
    extra_body: Mapping[str, Any] = field(factory=dict[str, Any])
    _wire: _http.Wire = field(init=False, repr=False, eq=False)
    _url: str = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        url = self.base_url or os.environ.get(f"{self.service.upper()}_BASE_URL") or self.official
        object.__setattr__(self, "_url", _http.checked_url(url, key=self._key() is not None))
        object.__setattr__(self, "_wire", _http.Wire(self._open))

    @property
    @abstractmethod
    def id(self) -> str:
        """Fingerprint of server, model and settings."""

    async def check(self) -> None:
        """Ask the server for the model, without paying. Raises what a call would raise: AccountError, ConfigError, …"""
        client, _ = self._wire.open()
        await _http.answer(client.models.with_raw_response.retrieve(self.model), 20.0, self._translate)

    async def aclose(self) -> None:
        """Close the connections; the next call opens new ones."""
        await self._wire.aclose()

    def _key(self) -> str | None:
        # The key in the environment belongs to the server in the environment, not to any other.
        return self.api_key or (os.environ.get(f"{self.service.upper()}_API_KEY") if self.base_url is None else None)

    def _open(self) -> Any:
        key = self._key()
        if key is None and self._url == self.official:
            raise _http.account_error(self.service, f"no key; set {self.service.upper()}_API_KEY or pass api_key=")
        return self._client(key or "none")

    async def _ask(
        self, body: Mapping[str, Any], messages: Sequence[Message], schema: Schema | None = None, most: int = 0
    ) -> Mapping[str, Any]:
        """The raw answer to `body`, which says `messages` and is answered with `most` tokens at most."""
        client, limiter = self._wire.open()
        call = _calls.Call(
            url=self._url,
            account=digest(self._key() or ""),
            model=self.model,
            body=body,
            input_tokens=_http.most_input_tokens(messages, schema),
            max_tokens=most,
            price=self.price,
            send=partial(self._exchange, client, body, messages),
            usage=self._usage,
        )
        return await _calls.perform(call, limiter)

    async def _exchange(self, client: Any, body: Mapping[str, Any], messages: Sequence[Message]) -> _calls.Answer:
        sending = self._create(client, body)
        return await _http.answer(sending, self.timeout, lambda error: self._translate(error, messages))

    def _translate(self, error: Exception, messages: Sequence[Message] = ()) -> Exception:
        return _http.meaning(self.meaning, error, _http.Server(self._url, self.model, self._key()), messages)

    @abstractmethod
    def _client(self, key: str) -> Any:
        """The SDK's client. It follows no redirect, and retries nothing."""

    @abstractmethod
    def _create(self, client: Any, body: Mapping[str, Any]) -> Awaitable[Any]:
        """Send the body once."""

    @abstractmethod
    def _usage(self, raw: Mapping[str, Any]) -> Usage:
        """Tokens and dollars of an answer."""


@frozen(kw_only=True)
class APIChat(API):
    """The part that AnthropicChat and OpenAIChat share."""

    max_tokens: int = field(default=4096, validator=ge(1))
    headroom: int = field(default=0, validator=ge(0))

    async def send(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int | None = None
    ) -> Reply:
        """Answer `messages`; with `schema`, as JSON that matches it. Raises BackendError."""
        most = (max_tokens or self.max_tokens) + self.headroom
        body = {**self._body(messages, schema, most), **self.extra_body}
        raw = await self._ask(body, messages, schema, most)
        return Reply(self._text(raw), self._usage(raw), raw)

    @abstractmethod
    def _body(self, messages: Sequence[Message], schema: Schema | None, most: int) -> dict[str, Any]:
        """What is sent, as JSON."""

    @abstractmethod
    def _text(self, raw: Mapping[str, Any]) -> str:
        """The text of an answer. Raises ReplyError, RefusalError."""
