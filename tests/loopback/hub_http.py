"""HTTP for the loopback Hub: what a request asks for, and an answer on the wire."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

API = re.compile(r"/api/(model|dataset|space)s/([^/]+/[^/]+)(?:/(\w[\w-]*)(?:/([^/]+))?(?:/(.*))?)?")
_ACTIONS = {"revision": "info", "": "info"}


@dataclass
class Request:
    """One request: the step, the host that it was sent to, and whether it carried the key."""

    step: str
    method: str
    path: str
    host: str
    key: bool
    status: int = 0


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Answers(Protocol):
    token: str
    log: list[Request]

    def answer(self, request: Request, headers: dict[str, str], data: bytes) -> Answer | None: ...


class Handler(BaseHTTPRequestHandler):
    hub: Answers
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one piece: in two it would wait for the acknowledgement of the first

    def serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        data = self._body(headers)
        key = headers.get("authorization") == f"Bearer {self.hub.token}"
        host = headers.get("host", "").split(":")[0]
        step = _step(self.command, urlsplit(self.path).path)
        request = Request(step, self.command, self.path, host, key)
        if not step.startswith("_"):
            self.hub.log.append(request)
        answer = self.hub.answer(request, headers, data)
        if answer is None:
            request.status = -1
            self.close_connection = True
            self.connection.close()
            return
        request.status = answer.status
        self._send(answer)

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send(self, answer: Answer) -> None:
        raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        kind = "application/octet-stream" if isinstance(answer.body, bytes) else "application/json"
        for name, value in {"content-type": kind, "content-length": str(len(raw)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(timestamp, usegmt=True)

    def log_message(self, *_: object) -> None:
        pass


def handler_of(hub: Answers) -> type[BaseHTTPRequestHandler]:
    methods = {f"do_{name}": Handler.serve for name in ("GET", "HEAD", "POST", "PUT", "DELETE")}
    return type("HubHandler", (Handler,), {"hub": hub, **methods})


def _step(method: str, path: str) -> str:
    """What a request is for, in one word."""
    fixed = {"/api/whoami-v2": "whoami", "/api/validate-yaml": "validate", "/api/repos/create": "create"}
    if path in fixed:
        return fixed[path]
    if path.startswith("/_large/"):
        return {"PUT": "upload", "POST": "verify"}.get(method, "download")
    if path.startswith("/_"):
        return path[1:]
    if path.endswith("/objects/batch"):
        return "batch"
    if match := API.fullmatch(path):
        action = unquote(match[3] or "")
        return _ACTIONS.get(action, action)
    return "resolve" if "/resolve/" in path else "other"
