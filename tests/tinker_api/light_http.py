"""The HTTP side of the light service: routes, faults, signed files with ranges, and answers that are held back."""

from __future__ import annotations

import json
import re
from http.server import BaseHTTPRequestHandler
from typing import Any

from tinker.proto import tinker_public_pb2 as pb

PROTO = "application/x-protobuf"


class RefusalError(Exception):
    """An HTTP error."""

    def __init__(self, status: int, detail: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class CutError(Exception):
    """The connection is to break."""


class Handler(BaseHTTPRequestHandler):
    """HTTP around the service."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    service: Any

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""

    def do_GET(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            answer = self.answer(body)
        except RefusalError as refusal:
            self.close_connection = True
            self.reply(refusal.status, json.dumps({"detail": refusal.detail}).encode(), "application/json")
        except CutError:
            self.close_connection = True
        except (KeyError, ValueError, TypeError) as error:
            self.reply(422, json.dumps({"detail": repr(error)}).encode(), "application/json")
        else:
            if answer is not None:
                kind = PROTO if isinstance(answer, bytes) else "application/json"
                self.reply(200, answer if isinstance(answer, bytes) else json.dumps(answer).encode(), kind)

    def reply(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if self.close_connection:
            self.send_header("connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def answer(self, body: bytes) -> Any:
        service = self.service
        path = self.path.split("?")[0].removeprefix("/api/v1/")
        with service.lock:
            service.asked.append((path, self.headers.get("x-api-key")))
            for fault in service.faults:
                if re.search(fault.path, path):
                    if fault.skip > 0:
                        fault.skip -= 1
                    elif fault.times > 0:
                        fault.times -= 1
                        service.log.append((path, "fault"))
                        injected = fault.act(body)
                        if injected is not None:
                            return injected
        if path.startswith("/files/"):
            self.hold(path)
            return self.file(path)
        if path == "healthz":
            return {"status": "ok"}
        if self.headers.get("x-api-key") not in service.keys:
            raise RefusalError(401, "invalid key")
        with service.lock:
            answer = self.routed(path, body)
            service.lock.notify_all()
            if path == "retrieve_future" and service.gather:
                service.lock.wait_for(
                    lambda: sum(at == "asample" for at, _ in service.log) >= service.gather, timeout=100
                )
            if path == "retrieve_future" and service.ahead:
                self.wait_for_more(json.loads(body)["request_id"])
        self.hold(path)
        return answer

    def hold(self, path: str) -> None:
        for fault, arrived, released in list(self.service.holds):
            if re.search(fault.path, path):
                if fault.skip == 0:
                    arrived.set()
                    released.wait(600)
                    self.service.holds.clear()
                fault.skip -= 1

    def wait_for_more(self, number: str) -> None:
        """Hold back the result of an update until the following ones are here: only a trainer that runs ahead goes on."""
        service = self.service
        if number in service.places:
            wanted = min(service.places[number] + service.ahead, service.last_step)
            if not service.lock.wait_for(lambda: service.steps() >= wanted, timeout=100):
                raise RefusalError(404, "the trainer waits for its last step")

    def routed(self, path: str, body: bytes) -> Any:
        service = self.service
        if path in {"client/config", "client/dynamic_config", "get_server_capabilities"} or path.startswith(
            "training_runs"
        ):
            self.close_connection = True  # the SDK leaves the connections of its session-less clients open for good
        if path == "client/config":
            return {"use_pyqwest_transport": False}
        if path == "telemetry":
            return {"status": "accepted"}
        if path == "get_server_capabilities":
            return service.get_capabilities()
        if match := re.fullmatch(r"training_runs/([^/]+)/checkpoints", path):
            return service.get_checkpoints(match[1])
        if match := re.fullmatch(
            r"training_runs/([^/]+)/checkpoints/external_weights/([^/]+)/external_weights_urls", path
        ):
            return service.get_urls(match[1], match[2])
        if match := re.fullmatch(r"samplers/([^/]+)", path):
            if match[1] not in service.samplers:
                raise RefusalError(404, "no such sampler")
            asked = service.samplers[match[1]]
            if asked.get("model_path") is not None and asked["model_path"] not in service.saved:
                raise RefusalError(404, "no such weights")
            base = asked.get("base_model") or service.saved[asked["model_path"]][0]
            return {"sampler_id": match[1], "base_model": base, "model_path": asked.get("model_path")}
        if re.fullmatch(r"sessions/[^/]+/finish", path):
            service.log.append((path, json.loads(body)))
            self.send_response(204)
            self.end_headers()
            self.wfile.flush()
            return None
        method = getattr(service, f"post_{path}", None)
        if method is None:
            raise RefusalError(404, "no such route")
        request = pb.ForwardBackwardRequest.FromString(body) if path == "forward_backward" else json.loads(body)
        service.log.append((path, request))
        return method(request)

    def file(self, path: str) -> None:
        """A signed address: no key, and with ranges."""
        _, _, run, name, file = path.split("/")
        base, lora = self.service.saved[f"tinker://{run}/external_weights/{name}"]
        data = lora.files(base)[file]
        with self.service.lock:
            self.service.log.append((path, self.headers.get("range")))
        begin = 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range") or "")
        if asked and self.service.ranges:
            begin = int(asked[1])
            if begin >= len(data):
                self.reply(416, b"", "text/plain", content_range=f"bytes */{len(data)}")
                return
            span = f"bytes {begin}-{len(data) - 1}/{len(data)}"
            self.send_response(206)
            self.send_header("content-range", span)
        else:
            self.send_response(200)
        self.send_header("content-length", str(len(data) - begin))
        self.end_headers()
        cut = self.service.cut_after
        if cut is not None and self.service.cuts > 0 and len(data) - begin > cut:
            self.service.cuts -= 1
            self.close_connection = True
            data = data[: begin + cut]
        self.wfile.write(data[begin:])
        self.wfile.flush()
