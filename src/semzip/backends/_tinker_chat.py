"""Sampling on Tinker as a Chat: a base model or saved weights, many requests in flight on one session."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextvars import Context
from threading import Lock
from typing import Any

import anyio
import tinker
from attrs import frozen
from tinker import types

from semzip import _calls
from semzip._limit import Limiter
from semzip.backends._tinker_prices import SAMPLING
from semzip.backends._tinker_rows import Renderer, load_renderer, tokenizer_name
from semzip.backends._tinker_service import Service
from semzip.costs import Price
from semzip.errors import BackendError, ConfigError, RateLimitError, ReplyError, UnavailableError
from semzip.protocols import Message, Schema
from semzip.records import Reply, Usage, digest

_SCHEMA = "Answer with one JSON object that matches this JSON Schema, and with nothing else:\n"


@frozen(kw_only=True)
class _Session:
    """What an opened chat holds."""

    client: tinker.ServiceClient
    sampler: tinker.SamplingClient
    renderer: Renderer


class TinkerChat:
    """Answers with a base model of Tinker, or with weights that were trained there.

    Args:
        model: `tinker://…/sampler_weights/…`, or a base model such as `Qwen/Qwen3-8B`.
        base_model: The base model of the weights; asked for from the service if not given.
        temperature: 0 takes the likeliest token each time.
        max_tokens: Most tokens of an answer, where `send` does not say.
        seed: Of the sampling; None leaves it to the service.
        tokenizer: Hub name or folder of the tokenizer, if it is not the base model's.
        price: Dollars per million tokens, instead of the dated list price; `Price(0, 0)` for one's own server.
        base_url: The API, instead of `TINKER_BASE_URL`.
        api_key: The key, instead of `TINKER_API_KEY`.
        patience: Seconds that the service may take for one answer.
    """

    def __init__(
        self,
        model: str,
        *,
        base_model: str | None = None,
        temperature: float = 0.2,
        max_tokens: int = 512,
        seed: int | None = 0,
        tokenizer: str | None = None,
        price: Price | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        patience: float = 600.0,
    ) -> None:
        self._path = model if model.startswith("tinker://") else None
        if self._path is None and base_model not in {None, model}:
            raise ConfigError(f"{model!r} is no address of weights (tinker://…), so base_model must not differ from it")
        if self._path is not None and "/sampler_weights/" not in self._path:
            raise ConfigError(f"{model} cannot be sampled from: give tinker://RUN/sampler_weights/NAME")
        if not 0 <= temperature <= 2:
            raise ConfigError(f"temperature must be a number from 0 to 2, not {temperature!r}")
        if max_tokens < 1:
            raise ConfigError(f"max_tokens must be 1 or more, not {max_tokens!r}")
        self._base = base_model if self._path else model
        self._temperature, self._max_tokens, self._seed = temperature, max_tokens, seed
        self._tokenizer = tokenizer
        self.model = model
        self.price = price or SAMPLING.get(self._base or "")
        self._service = Service(base_url, api_key, patience)
        self._session: _Session | None = None
        self._lock = Lock()
        self._limiter = Limiter()

    @property
    def id(self) -> str:
        """Fingerprint of the weights and the sampling."""
        model = self._path or self._base
        return f"tinker-{digest(str(model), repr((self._temperature, self._max_tokens, self._seed, self._tokenizer)))}"

    async def check(self) -> None:
        """Check the service, the key and the model, within 30 s.

        Raises:
            ConfigError: The service has no such model.
            AccountError: No key, a refused one, or an unpaid bill.
            UnavailableError: Nothing answers.
        """
        if self._base is None:
            await self._service.models()
        else:
            await self._service.check(self._base, use="sampleable")

    async def send(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int | None = None
    ) -> Reply:
        """Answer `messages`; with `schema`, a JSON object that was asked for and found in the answer.

        Tinker cannot force an answer's form: an answer without such an object is a ReplyError.
        """
        session = self._session or await self._open()
        asked = list(messages) if schema is None else [*messages[:-1], _with_schema(messages[-1], schema)]
        prompt = await anyio.to_thread.run_sync(session.renderer.prompt, asked)
        most = max_tokens or self._max_tokens
        drawn: dict[str, Any] = {"max_tokens": most, "temperature": self._temperature, "seed": self._seed}

        async def send() -> _calls.Answer:
            sampling = types.SamplingParams(**drawn, stop=session.renderer.stops or None)
            promise = Context().run(session.sampler.sample, types.ModelInput.from_ints(prompt), 1, sampling)
            try:
                sequence = (await self._service.wait(promise, "an answer")).sequences[0]
            except (UnavailableError, RateLimitError) as error:
                raise BackendError(str(error), uncertain=True) from error  # the SDK has retried, for minutes
            said = [int(token) for token in sequence.tokens]
            raw = {"tokens": said, "stop_reason": sequence.stop_reason, "prompt_tokens": len(prompt)}
            return _calls.Answer(raw, {})

        call = _calls.Call(
            url=self._service.url,
            account=digest(self._service.api_key or ""),
            model=self.model,
            body={"model": self.model, "prompt": prompt, **drawn},
            input_tokens=len(prompt),
            max_tokens=most,
            price=self.price,
            send=send,
            usage=self._usage,
        )
        raw = await _calls.perform(call, self._limiter)
        text = session.renderer.text(raw["tokens"])
        return Reply(text if schema is None else _json_object(text, schema), self._usage(raw), raw)

    async def aclose(self) -> None:
        """End the session on the service."""
        session, self._session = self._session, None
        if session is not None:
            await self._service.close(session.client, "success")

    async def _open(self) -> _Session:
        await self.check()
        return await self._service.background(self._open_once, "the sampling session")

    def _open_once(self) -> _Session:
        """Runs on a thread of its own; the first of several callers opens, the others take what it made."""
        with self._lock:
            if self._session is None:
                client = self._service.client(created_by="semzip")
                base = None if self._path else self._base
                sampler = client.create_sampling_client(model_path=self._path, base_model=base).result(
                    self._service.patience
                )
                renderer = load_renderer(self._tokenizer or tokenizer_name(self._base or sampler.get_base_model()))
                self._session = _Session(client=client, sampler=sampler, renderer=renderer)
            return self._session

    def _usage(self, raw: Mapping[str, Any]) -> Usage:
        read, said = int(raw["prompt_tokens"]), len(raw["tokens"])
        return Usage(read, said, usd=None if self.price is None else self.price.usd(read, said))


def _with_schema(message: Message, schema: Schema) -> Message:
    return {**message, "content": f"{message['content']}\n\n{_SCHEMA}{json.dumps(schema, ensure_ascii=False)}"}


def _json_object(text: str, schema: Schema) -> str:
    """The first JSON object in an answer that has the keys which the schema requires."""
    decoder = json.JSONDecoder()
    for start in (place for place, char in enumerate(text) if char == "{"):
        try:
            value, _ = decoder.raw_decode(text, start)
        except ValueError:
            continue
        if all(key in value for key in schema.get("required", ())):
            return json.dumps(value, ensure_ascii=False)
    raise ReplyError(f"the answer has no JSON object with the required keys: {text[:200]!r}")
