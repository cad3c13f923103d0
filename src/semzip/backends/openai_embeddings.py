"""Sentence embeddings of an OpenAI-compatible server: another way for `ChatJudge(method="tasks")` to compare two answers."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Any, cast

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from semzip._stream import together
from semzip.backends import _http
from semzip.backends._api import API
from semzip.backends.openai import MEANING, OFFICIAL, client
from semzip.errors import ReplyError
from semzip.records import Domain, Usage, digest


@frozen(kw_only=True)
class OpenAIEmbeddings(API):
    """Compares two answers by the cosine of their embeddings: `ChatJudge(chat, method="tasks", compare=OpenAIEmbeddings(…))`.

    An embedding is a call like any other: paid once, limited, in the budget. A cosine hardly sees a swapped number.

    Args:
        model: An embedding model of the server, such as `all-minilm` on Ollama.
        api_key: The key; by default OPENAI_API_KEY, which goes to OpenAI or to OPENAI_BASE_URL only.
        base_url: Another server, such as http://localhost:11434/v1. Needs its own `api_key`, if any.
        price: Dollars per million tokens: `Price(0.02, 0)`.
        timeout: Seconds for a whole answer.
        extra_body: Further fields of the request, such as `{"dimensions": 256}`.
    """

    service = "OpenAI"
    official = OFFICIAL
    meaning = MEANING

    @property
    def id(self) -> str:
        """Fingerprint of server, model and settings."""
        return f"embeddings-{self.model}-{digest(self._url, repr(sorted(self.extra_body.items())))[:12]}"

    async def __call__(self, original: str, compressed: str, domain: Domain) -> float:  # noqa: ARG002 - as `Compare` has it
        """The cosine of the two texts' embeddings, at least 0. Raises BackendError."""
        one, other = await together(partial(self._embedding, text) for text in (original, compressed))
        if len(one) != len(other):
            raise ReplyError(f"{self.model} answered with embeddings of different lengths")
        lengths = np.linalg.norm(one) * np.linalg.norm(other)
        return min(1.0, max(0.0, float(one @ other / lengths))) if lengths else 0.0

    async def _embedding(self, text: str) -> NDArray[np.float64]:
        body = {"model": self.model, "input": text, "encoding_format": "base64", **self.extra_body}
        raw = await self._ask(body, [{"role": "user", "content": text}])
        found: Any = _http.at(raw, "data", 0, "embedding")
        try:
            # Some servers send numbers whatever is asked for.
            numbers = np.frombuffer(base64.b64decode(found, validate=True), "<f4") if isinstance(found, str) else found
            values = np.array(numbers, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ReplyError(f"the answer of {self.model} has no embedding") from error
        if values.ndim != 1 or not values.size or not np.isfinite(values).all():
            raise ReplyError(f"the answer of {self.model} has no embedding")
        return values

    def _client(self, key: str) -> Any:
        return client(key, self._url, self.timeout)

    def _create(self, client: Any, body: Mapping[str, Any]) -> Awaitable[Any]:
        create = client.embeddings.with_raw_response.create
        sending = create(model=self.model, input="", extra_body=dict(body), timeout=self.timeout)
        return cast("Awaitable[Any]", sending)

    def _usage(self, raw: Mapping[str, Any]) -> Usage:
        entered = _http.count(_http.at(raw, "usage", "prompt_tokens"), _http.at(raw, "usage", "total_tokens"))
        known = self.price is not None and (entered or self.price.input == 0)
        return Usage(entered, 0, 0, self.price.usd(entered, 0) if self.price is not None and known else None)


__all__ = ["OpenAIEmbeddings"]
