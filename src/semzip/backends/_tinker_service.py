"""The one way to talk to Tinker: every wait has a deadline, and every error of the SDK says what happened and what to do.

The SDK runs its own asyncio loop on a daemon thread, retries for minutes and sleeps through unpaid bills; so nothing
here waits on it without a limit, an unpaid bill ends a wait at once, and the last thing that it logged is part of the error. Its methods are called in a
`Context` of their own: it would hand ours, with what says that trio runs, to its own loop.
"""

from __future__ import annotations

import difflib
import logging
import os
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from contextvars import Context
from threading import Thread
from typing import Any, Literal, Self, TypeVar

import anyio
import anyio.lowlevel
import httpx
import tinker
from attrs import field, frozen
from tinker.types import RequestErrorCategory, SupportedModel

from semzip.errors import (
    AccountError,
    BackendError,
    ConfigError,
    RateLimitError,
    ReplyError,
    SemzipError,
    UnavailableError,
)

T = TypeVar("T")
Status = Literal["success", "errored", "interrupted"]

OFFICIAL = "https://tinker.thinkingmachines.dev/services/tinker-prod"
PREFLIGHT_SECONDS, PROBE_SECONDS = 25.0, 10.0
_CLOSE_SECONDS = 10.0


class Words(logging.Handler):
    """Hears what the SDK logs: it sleeps through unpaid bills and capacity pauses, and says so only there.

    It listens while somebody is inside. Who has several requests under way stays inside from the first to the last: the
    SDK polls them all, and says once a minute, of whichever it is, that it is waiting for a payment.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""
        self.unpaid = False
        self._inside = 0
        self._bells: dict[object, Callable[[], None]] = {}

    def __enter__(self) -> Self:
        self.acquire()
        try:
            if not self._inside:
                self.last, self.unpaid = "", False
                logging.getLogger("tinker").addHandler(self)
            self._inside += 1
        finally:
            self.release()
        return self

    def __exit__(self, *_: object) -> None:
        self.acquire()
        try:
            self._inside -= 1
            if not self._inside:
                logging.getLogger("tinker").removeHandler(self)
        finally:
            self.release()

    @contextmanager
    def ringing(self, bell: Callable[[], None]) -> Generator[None]:
        """Call `bell`, from another thread, when a bill is unpaid."""
        key = object()
        self._bells[key] = bell
        try:
            yield
        finally:
            del self._bells[key]

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if "billing" in message:
            self.last, self.unpaid = message, True
            for bell in list(self._bells.values()):
                bell()
        elif "try_again" not in message and not self.unpaid:
            self.last = message


@frozen
class Service:
    """Where Tinker is, and with which key.

    Args:
        base_url: The API; by default `TINKER_BASE_URL`, then Thinking Machines' own.
        api_key: The key; by default `TINKER_API_KEY`, then what `tinker auth login` stored.
        patience: Seconds that one answer may take. A bill that the SDK waits to see paid ends a wait at once.
    """

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    patience: float = 1800.0
    words: Words = field(factory=Words, init=False, repr=False, eq=False)

    @property
    def url(self) -> str:
        """The API's address."""
        return (self.base_url or os.environ.get("TINKER_BASE_URL") or OFFICIAL).rstrip("/")

    async def models(self) -> list[SupportedModel]:
        """The models that this key may use. Says within 30 s why there is no answer.

        Raises:
            UnavailableError: Nothing answers.
            AccountError: No key, a refused key, or an unpaid bill.
        """
        with self.words:
            with anyio.move_on_after(PREFLIGHT_SECONDS):
                await _probe(self.url)
                rest = await _settle(_background(self.rest), "the key's check", PREFLIGHT_SECONDS, self.words)
                promise = Context().run(rest.get_server_capabilities)
                answer = await _settle(promise.future(), "the list of models", PREFLIGHT_SECONDS, self.words)
                return list(answer.supported_models)
            raise _late("the list of models", PREFLIGHT_SECONDS, self.words)

    async def check(self, model: str, *, tokens: int = 0, use: str = "trainable") -> None:
        """That `model` is there, may be used so, and takes `tokens` tokens.

        Raises:
            ConfigError: It is not, and which come close.
        """
        models = {entry.model_name: entry for entry in await self.models() if entry.model_name}
        entry = models.get(model)
        if entry is None:
            close = difflib.get_close_matches(model, models, n=3, cutoff=0.3) or sorted(models)[:5]
            raise ConfigError(f"Tinker has no model {model!r} for this key; it has {', '.join(close) or 'none'}, …")
        if getattr(entry, use) is False:
            raise ConfigError(f"Tinker says that {model} is not {use} now; choose another model")
        if entry.max_context_length is not None and tokens > entry.max_context_length:
            raise ConfigError(f"{model} takes {entry.max_context_length} tokens on Tinker, not {tokens}")

    def rest(self) -> tinker.RestClient:
        """The session-less client; blocks while it fetches the service's configuration.

        The SDK keeps one per address and key that it is given, so an address from the environment is given too.
        """
        return tinker.RestClient(base_url=self.url, api_key=self.api_key)

    def client(self, **metadata: str) -> tinker.ServiceClient:
        """A client whose session begins at its first use."""
        return tinker.ServiceClient(user_metadata=metadata or None, base_url=self.base_url, api_key=self.api_key)

    async def background(self, call: Callable[[], T], what: str) -> T:
        """Run a blocking call of the SDK, with this service's patience."""
        with self.words:
            return await _settle(_background(call), what, self.patience, self.words)

    async def wait(self, promise: tinker.APIFuture[T], what: str) -> T:
        """The result of a request, or an error that says what became of it."""
        with self.words:
            return await _settle(promise.future(), what, self.patience, self.words)

    async def close(self, client: tinker.ServiceClient, status: Status, detail: str | None = None) -> None:
        """End a session; a service that no longer answers is left alone."""
        with anyio.CancelScope(shield=True), suppress(SemzipError):
            promise: Any = Context().run(client.close, status, detail)
            await _settle(promise.future(), "the end of the session", _CLOSE_SECONDS, Words())


async def _settle(future: Future[T], what: str, seconds: float, words: Words) -> T:
    """Wait for a future of another thread, under asyncio and trio alike, until a deadline or an unpaid bill."""
    done = anyio.Event()
    loop: Any = anyio.lowlevel.current_token().native_token
    wake: Callable[..., None] = getattr(loop, "call_soon_threadsafe", None) or loop.run_sync_soon

    def ring(_: object = None) -> None:
        with suppress(RuntimeError):  # this loop has ended: nobody waits any more
            wake(done.set)

    with words.ringing(ring):
        future.add_done_callback(ring)
        try:
            with anyio.move_on_after(seconds):
                if not words.unpaid:
                    await done.wait()
        finally:
            if not future.done():
                future.cancel()
    if not future.done() or future.cancelled():
        raise _late(what, seconds, words)
    failure = future.exception()
    if failure is None:
        return future.result()
    raise explain(failure, what) from failure


async def _probe(url: str) -> None:
    """One plain request, as the SDK would try a dead server for five minutes. It carries no key."""
    try:
        async with httpx.AsyncClient(timeout=PROBE_SECONDS) as http:
            answer = await http.get(f"{url}/api/v1/healthz")
    except httpx.HTTPError as error:
        raise UnavailableError(
            f"no Tinker at {url}: {type(error).__name__} {error}; check the network, TINKER_BASE_URL and its status page"
        ) from error
    if answer.status_code >= 500 or answer.status_code == 404:
        raise UnavailableError(f"{url} answers {answer.status_code}, not as Tinker does; check TINKER_BASE_URL")


def _background(call: Callable[[], T]) -> Future[T]:
    """Run a blocking call on a daemon thread, so that a stuck one does not keep the program from ending."""
    future: Future[T] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = call()
        except BaseException as failure:  # noqa: BLE001  # it is raised where the future is awaited
            future.set_exception(failure)
        else:
            future.set_result(result)

    Thread(target=run, name="semzip-tinker", daemon=True).start()
    return future


_PAY = "see the billing page of the Tinker console, then run again"


def _late(what: str, seconds: float, words: Words) -> BackendError:
    said = f"; the SDK said: {words.last[:500]}" if words.last else ""
    if words.unpaid:
        return AccountError(f"Tinker paused {what} over billing (402): {_PAY}{said}")
    return UnavailableError(f"no answer from Tinker to {what} within {seconds:g} s{said}")


def explain(failure: BaseException, what: str) -> BaseException:
    """Our error for one of the SDK; what is not the SDK's stays as it is."""
    said = f"{type(failure).__name__}: {failure}"[:500]
    status = getattr(failure, "status_code", None)
    if isinstance(failure, SemzipError):
        return failure
    if isinstance(failure, tinker.APIStatusError):
        return _explain_status(int(status or 0), what, said)
    if isinstance(failure, tinker.APIConnectionError):
        return UnavailableError(f"the connection to Tinker failed in {what}: {said}")
    if isinstance(failure, tinker.RequestFailedError):
        if failure.category is RequestErrorCategory.User:
            return ReplyError(f"Tinker refused {what}: {said}")
        return UnavailableError(f"Tinker failed in {what}: {said}")
    if isinstance(failure, tinker.TinkerError):
        return AccountError(f"no usable Tinker key: set TINKER_API_KEY, or run `tinker auth login`. {said}")
    if type(failure).__name__ == "RetryableException" or isinstance(failure, (ValueError, RuntimeError)):
        return UnavailableError(f"Tinker lost {what}: {said}")
    return failure


def _explain_status(status: int, what: str, said: str) -> SemzipError:
    if status == 401:
        return AccountError(f"Tinker refused the key (401) in {what}: set TINKER_API_KEY to a valid one. {said}")
    if status == 402:
        return AccountError(f"Tinker asks for payment (402) in {what}: {_PAY}. {said}")
    if status == 403:
        return AccountError(f"this key may not do {what} (403). {said}")
    if status in {404, 410}:
        return ConfigError(
            f"Tinker no longer has what {what} needs ({status}): the session or checkpoint ended. {said}"
        )
    if status == 429:
        return RateLimitError(f"Tinker is still asking to slow down in {what} after the SDK's own retries. {said}")
    if status >= 500 or status == 408:
        return UnavailableError(f"Tinker is failing ({status}) in {what}, after the SDK's own retries. {said}")
    return ReplyError(f"Tinker refused {what} ({status}). {said}")
