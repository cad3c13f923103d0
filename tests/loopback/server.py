"""A provider on this machine: real HTTP, both APIs, limits, latency, faults, and a count of what was paid.

In a test: `async with Loopback(...) as server: AnthropicChat("m", base_url=server.url, ...)`.
As a process of its own, for benchmarks: `python tests/loopback/server.py '{"rpm": 3000}'` prints its address; GET /_stats
tells what it did, POST /_set changes its settings.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import random
import sys
import time
from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

HEADERS = {
    "anthropic": ("anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining"),
    "openai": ("x-ratelimit-limit-requests", "x-ratelimit-remaining-requests"),
}
ERRORS = {500: "api_error", 529: "overloaded_error", 503: "api_error"}


@dataclass
class Settings:
    rpm: float = 0.0  # 0: no limit
    burst: float = 50.0
    announce: str = "truth"  # truth: the limit that holds; none; or a number that is claimed all the time
    remaining: bool = True
    retry_after: str = "exact"  # seconds until a request would pass; none; or a number
    drops: list[list[float]] = field(default_factory=list)  # [from second, to second, factor]
    median: float = 0.0
    sigma: float = 0.4
    late: bool = False  # a 429 takes as long as an answer
    error_500: float = 0.0
    error_529: float = 0.0
    reset: float = 0.0  # the connection breaks before the answer, which is paid
    cut: float = 0.0  # the answer breaks off, and is paid
    slow: float = 0.0
    slow_seconds: float = 60.0
    status: int = 0  # answer everything so
    code: str = ""
    after: int = 0  # from this request on
    seed: int = 0


@dataclass
class Bucket:
    level: float
    at: float
    start: float


Reply = Callable[[dict[str, Any]], str]


class Loopback:
    def __init__(self, reply: Reply | None = None, *, port: int = 0, **settings: Any) -> None:
        self.port = port
        self.settings = Settings(**settings)
        self.reply = reply or default_reply
        self.rng = random.Random(self.settings.seed)
        self.buckets: dict[str, Bucket] = {}
        self.paid: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.times: list[float] = []
        self.tokens = [0, 0]
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.keep_requests = True
        self.first = 0.0
        self.last = 0.0
        self.under_way = 0
        self.peak = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, backlog=2048)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def v1(self) -> str:
        return self.url + "/v1"

    def stats(self) -> dict[str, Any]:
        return {
            "statuses": dict(self.statuses),
            "paid": sum(self.paid.values()),
            "distinct": len(self.paid),
            "span": self.last - self.first,
            "tokens": self.tokens,
            "peak": self.peak,
            "under_way": self.under_way,
        }

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._exchange(reader, writer):
                pass
        writer.close()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
        data = await reader.readexactly(int(headers.get("content-length", 0)))
        if path == "/_stats":
            return await self._write(writer, 200, self.stats())
        if path == "/_set":
            self.__init__(self.reply, port=self.port, **json.loads(data))  # type: ignore[misc]
            return await self._write(writer, 200, {})
        if method == "GET" and path.startswith("/v1/models/"):
            known = self.settings.status if not self.settings.after else 0
            return await self._write(writer, known or 200, {"id": path.rsplit("/", 1)[1]})
        return await self._model(path, headers, data, writer)

    async def _model(self, path: str, headers: dict[str, str], data: bytes, writer: asyncio.StreamWriter) -> bool:
        s, now, rng = self.settings, time.monotonic(), self.rng
        provider = "anthropic" if path.endswith("/messages") else "openai"
        self.first = self.first or now
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        try:
            body = json.loads(data)
            if self.keep_requests:
                self.requests.append((path, headers, body))
            out: dict[str, str] = {}
            ok, wait = self._take(provider, now, out)
            latency = s.median * rng.lognormvariate(0, s.sigma) if s.median else 0.0
            if s.slow and rng.random() < s.slow:
                latency = s.slow_seconds
            if s.status and sum(self.statuses.values()) >= s.after:
                return await self._error(writer, s.status, out, s.code, wait if s.status == 429 else None)
            if not ok:
                if s.late:
                    await asyncio.sleep(latency)
                return await self._error(writer, 429, out, s.code or "rate_limit_error", wait)
            draw = rng.random()
            for share, status in ((s.error_500, 500), (s.error_529, 529)):
                if draw < share:
                    await asyncio.sleep(latency / 4)
                    return await self._error(writer, status, out, "")
                draw -= share
            await asyncio.sleep(latency)
            self.paid[hashlib.sha256(path.encode() + data).hexdigest()] += 1
            answer = self._answer(path, body)
            if draw < s.reset:
                self.statuses["reset"] += 1
                writer.transport.abort()
                return False
            draw -= s.reset
            self.last = time.monotonic()
            return await self._write(writer, 200, answer, out, cut=draw < s.cut)
        finally:
            self.under_way -= 1

    def _limit(self, seconds: float) -> float:
        factor = next((f for start, end, f in self.settings.drops if start <= seconds < end), 1.0)
        return self.settings.rpm * factor / 60

    def _take(self, provider: str, now: float, out: dict[str, str]) -> tuple[bool, float]:
        s = self.settings
        if not s.rpm:
            return True, 0.0
        bucket = self.buckets.setdefault(provider, Bucket(s.burst, now, now))
        rate = self._limit(now - bucket.start)
        bucket.level, bucket.at = min(s.burst, bucket.level + rate * (now - bucket.at)), now
        ok = bucket.level >= 1
        if ok:
            bucket.level -= 1
        if s.announce != "none":
            claimed = round(rate * 60) if s.announce == "truth" else int(s.announce)
            limit, remaining = HEADERS[provider]
            out[limit] = str(claimed)
            if s.remaining:
                out[remaining] = str(int(bucket.level) if s.announce == "truth" else claimed - 1)
        return ok, (1 - bucket.level) / rate

    async def _error(
        self, writer: asyncio.StreamWriter, status: int, out: dict[str, str], code: str, wait: float | None = None
    ) -> bool:
        s = self.settings
        if wait is not None and s.retry_after != "none":
            out["retry-after"] = f"{wait:.3f}" if s.retry_after == "exact" else s.retry_after
        kind = ERRORS.get(status, "rate_limit_error" if status == 429 else "invalid_request_error")
        error = {"type": kind, "code": code or None, "message": f"status {status}"}
        if code:
            error["details"] = {"error_code": code}  # type: ignore[assignment]
        return await self._write(writer, status, {"type": "error", "error": error}, out)

    async def _write(
        self,
        writer: asyncio.StreamWriter,
        status: int,
        body: Any,
        out: dict[str, str] | None = None,
        *,
        cut: bool = False,
    ) -> bool:
        data = json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} x", "content-type: application/json", f"content-length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in (out or {}).items()]
        if out is not None:
            self.statuses["cut" if cut else str(status)] += 1
        writer.write("\r\n".join([*lines, "", ""]).encode() + (data[: len(data) // 2] if cut else data))
        await writer.drain()
        return not cut

    def _embedding(self, body: dict[str, Any]) -> dict[str, Any]:
        entered = max(1, len(body["input"]) // 4)
        self.tokens[0] += entered
        found: Any = letters(body["input"])
        if body.get("encoding_format") == "base64":
            found = base64.b64encode(array("f", found).tobytes()).decode()
        data = [{"object": "embedding", "index": 0, "embedding": found}]
        return {"object": "list", "data": data, "usage": {"prompt_tokens": entered, "total_tokens": entered}}

    def _answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("/embeddings"):
            return self._embedding(body)
        text = self.reply(body)
        entered, written = max(1, len(json.dumps(body)) // 4), max(1, len(text) // 4)
        self.tokens[0] += entered
        self.tokens[1] += written
        model = body.get("model", "")
        if path.endswith("/messages"):
            return {
                "id": "msg_1", "type": "message", "role": "assistant", "model": model, "stop_reason": "end_turn",
                "content": [{"type": "text", "text": text}],
                "usage": {"input_tokens": entered, "output_tokens": written},
            }  # fmt: skip
        if path.endswith("/responses"):
            content = [{"type": "output_text", "text": text, "annotations": []}]
            return {
                "id": "resp_1", "object": "response", "model": model, "status": "completed",
                "output": [{"type": "message", "role": "assistant", "content": content}],
                "usage": {"input_tokens": entered, "output_tokens": written, "total_tokens": entered + written},
            }  # fmt: skip
        message = {"role": "assistant", "content": text}
        return {
            "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": model,
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": entered, "completion_tokens": written, "total_tokens": entered + written},
        }  # fmt: skip


def letters(text: str) -> list[float]:
    """An embedding of sorts: how often each letter is there."""
    return [float(text.lower().count(letter)) for letter in "abcdefghijklmnopqrstuvwxyz"]


def texts(body: dict[str, Any]) -> tuple[str, str]:
    """System prompt and user text of a request of any of the APIs."""
    system = body.get("system") or ""
    if isinstance(system, list):
        system = system[0]["text"]
    messages = body.get("messages") or body.get("input") or []
    system += "".join(m["content"] for m in messages if m["role"] == "system")
    return system, "".join(m["content"] for m in messages if m["role"] == "user")


def schema_of(body: dict[str, Any]) -> dict[str, Any] | None:
    """The schema that a request of any of the APIs asks for."""
    for form in (
        (body.get("output_config") or {}).get("format"),
        ((body.get("response_format") or {}).get("json_schema")),
        (body.get("text") or {}).get("format"),
    ):
        if form:
            return form["schema"]
    return None


def fill(schema: dict[str, Any]) -> Any:
    """The plainest value that matches a schema."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema["type"]
    if kind == "object":
        return {name: fill(inner) for name, inner in schema["properties"].items()}
    if kind == "array":
        return [fill(schema["items"])]
    return {"string": "x", "integer": 100, "number": 1.0, "boolean": True}[kind]


def default_reply(body: dict[str, Any]) -> str:
    """A schema-valid reply, or every other word of what was asked."""
    schema = schema_of(body)
    if schema:
        return json.dumps(fill(schema))
    words = texts(body)[1].split()
    return " ".join(words[1::2]) or "x"


async def main() -> None:
    loopback = Loopback(**json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}"))
    loopback.keep_requests = False
    async with loopback:
        print(loopback.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
