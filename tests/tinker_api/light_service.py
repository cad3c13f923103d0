"""A small Tinker on loopback that speaks the wire protocol of SDK 0.38, really trains, and fails where a test says so.

It refuses what skyrl's server refuses (test_real_server.py compares them), and needs nothing but numpy and the SDK.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import numpy as np
from attrs import Factory, define, field
from light_model import Lora, fixed
from tinker.proto import tinker_public_pb2 as pb

KEY = "tml-test"
NAME = r"[A-Za-z0-9_-]{1,255}"
PROTO = "application/x-protobuf"
DTYPES = {pb.DTYPE_FLOAT32: np.float32, pb.DTYPE_INT64: np.int64}


class RefusalError(Exception):
    """An HTTP error."""

    def __init__(self, status: int, detail: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class CutError(Exception):
    """The connection is to break."""


@define
class Fault:
    """A failure, at requests whose path matches.

    Args:
        path: Regular expression.
        act: Raises a RefusalError or a CutError, or returns the answer; None lets the request through.
        skip: Matching requests that pass before.
        times: Requests that fail.
    """

    path: str
    act: Callable[[bytes], Any]
    skip: int = 0
    times: int = 1


def refuse(status: int, detail: str = "injected") -> Callable[[bytes], Any]:
    def act(_: bytes) -> Any:
        raise RefusalError(status, detail)

    return act


@define
class Service:
    """The state. Each request is handled under one lock, in the order of arrival."""

    models: tuple[str, ...] = ("tiny",)
    vocab: int = 600
    keys: tuple[str, ...] = (KEY,)
    context: int | None = 4096
    faults: list[Fault] = Factory(list)
    log: list[tuple[str, Any]] = Factory(list)
    ahead: int = 0
    """Answer a training step only when this many further steps have been submitted, unless the last is."""
    last_step: int = 0
    gather: int = 0
    """Answer no sample before this many were asked for."""
    cut_after: int | None = None
    """Break each download of more than this many bytes there, `cuts` times."""
    cuts: int = 2
    ranges: bool = True
    holds: list[tuple[Fault, threading.Event, threading.Event]] = Factory(list)
    """Tell of a request when it was done, and answer it only after a signal."""
    asked: list[tuple[str, str | None]] = Factory(list)
    """Every request: path and key."""
    runs: dict[str, tuple[str, Lora]] = Factory(dict)
    sessions: list[str] = Factory(list)
    samplers: dict[str, dict[str, Any]] = Factory(dict)
    saved: dict[str, tuple[str, Lora]] = Factory(dict)
    futures: list[Any] = Factory(list)
    places: dict[str, int] = Factory(dict)
    lock: Any = field(factory=threading.Condition)
    url: str = ""
    _server: Any = None

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"service": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def steps(self) -> int:
        """Optimizer steps that arrived."""
        return sum(path == "optim_step" for path, _ in self.log)

    # -- what the requests do

    def promise(self, result: Any) -> dict[str, Any]:
        self.futures.append(result)
        return {"request_id": str(len(self.futures)), "future_id": str(len(self.futures)), "status": "pending"}

    def run(self, number: str) -> Lora:
        if number not in self.runs:
            raise RefusalError(404, "Model not found")
        return self.runs[number][1]

    def post_create_session(self, _: dict[str, Any]) -> Any:
        self.sessions.append(f"session-{len(self.sessions)}")
        return {"session_id": self.sessions[-1], "type": "create_session"}

    def post_session_heartbeat(self, body: dict[str, Any]) -> Any:
        self.check_session(body["session_id"])
        return {"type": "session_heartbeat"}

    def check_session(self, session: str) -> None:
        if session not in self.sessions:
            raise RefusalError(404, "Session not found")

    def post_create_model(self, body: dict[str, Any]) -> Any:
        self.check_session(body["session_id"])
        lora = body["lora_config"]
        number = f"{body['session_id']}:train:{body['model_seq_id']}"
        if lora["rank"] > 64:
            return self.promise({"error": "rank exceeds 64", "category": "user"})
        self.runs[number] = (body["base_model"], Lora.new(lora["rank"], lora.get("seed") or 0))
        return self.promise({"model_id": number, "type": "create_model"})

    def post_get_info(self, body: dict[str, Any]) -> Any:
        lora = self.run(body["model_id"])
        name = self.runs[body["model_id"]][0]
        return {
            "model_id": body["model_id"],
            "model_data": {"model_name": name},
            "is_lora": True,
            "lora_rank": lora.rank,
        }

    def post_forward_backward(self, message: pb.ForwardBackwardRequest) -> Any:
        lora = self.run(message.model_id)
        if message.loss_fn != "cross_entropy":
            raise RefusalError(422, "unknown loss")
        base = fixed(self.vocab)
        logprobs: list[np.ndarray] = []
        for datum in message.data:
            tokens = [int(t) for chunk in datum.model_input for t in np.frombuffer(chunk.encoded_text.tokens, np.int32)]
            inputs = {name: np.frombuffer(t.dense, DTYPES[t.dtype]) for name, t in datum.loss_fn_inputs.items()}
            targets, weights = inputs["target_tokens"].tolist(), inputs["weights"].tolist()
            logprobs.append(lora.logprobs(base, tokens)[np.arange(len(targets)), targets].astype(np.float32))
            if not message.forward_only:
                lora.backward(base, tokens, targets, weights)
        return self.promise(write_logprobs(logprobs))

    def post_optim_step(self, body: dict[str, Any]) -> Any:
        lora = self.run(body["model_id"])
        adam = body.get("adam_params")
        if adam is None or adam["learning_rate"] < 0:
            raise RefusalError(422, "bad adam_params")
        lora.adam(adam["learning_rate"], adam["beta1"], adam["beta2"], adam["eps"])
        promise = self.promise({"metrics": {}, "type": "optim_step"})
        self.places[promise["request_id"]] = self.steps()
        return promise

    def save(self, body: dict[str, Any], kind: str) -> str:
        lora = self.run(body["model_id"])
        if not re.fullmatch(NAME, body["path"]):
            raise RefusalError(422, "bad name")
        path = f"tinker://{body['model_id']}/{kind}/{body['path']}"
        if path in self.saved:
            raise RefusalError(400, "name taken")
        self.saved[path] = (self.runs[body["model_id"]][0], lora.copy())
        return path

    def post_save_weights(self, body: dict[str, Any]) -> Any:
        if body["model_id"] not in self.runs:  # skyrl notices this one only when it does the work
            return self.promise({"error": "no such model", "category": "user"})
        return self.promise({"path": self.save(body, "weights"), "type": "save_weights"})

    def post_save_weights_for_sampler(self, body: dict[str, Any]) -> Any:
        return self.promise({"path": self.save(body, "sampler_weights"), "type": "save_weights_for_sampler"})

    def post_save_weights_external(self, body: dict[str, Any]) -> Any:
        return self.promise({"path": self.save(body, "external_weights"), "type": "save_weights_external"})

    def post_load_weights(self, body: dict[str, Any]) -> Any:
        if "/weights/" not in body["path"]:
            raise RefusalError(400, "not a training checkpoint")
        if body["path"] not in self.saved:
            raise RefusalError(404, "no such checkpoint")
        base, lora = self.saved[body["path"]]
        number = f"{body['session_id']}:train:{body['model_seq_id']}"
        self.runs[number] = (base, lora.copy())
        return self.promise({"path": body["path"], "model_id": number, "type": "load_weights"})

    def post_weights_info(self, body: dict[str, Any]) -> Any:
        if body["tinker_path"] not in self.saved:
            raise RefusalError(404, "no such checkpoint")
        base, lora = self.saved[body["tinker_path"]]
        return {"base_model": base, "is_lora": True, "lora_rank": lora.rank}

    def post_create_sampling_session(self, body: dict[str, Any]) -> Any:
        self.check_session(body["session_id"])
        if (body.get("base_model") is None) == (body.get("model_path") is None):
            raise RefusalError(400, "one of base_model and model_path")
        number = f"sampling-{len(self.samplers)}"
        self.samplers[number] = body
        return {"sampling_session_id": number, "type": "create_sampling_session"}

    def post_asample(self, body: dict[str, Any]) -> Any:
        if body["sampling_session_id"] not in self.samplers:
            raise RefusalError(404, "no such sampling session")
        path = self.samplers[body["sampling_session_id"]].get("model_path")
        if path is not None and "/sampler_weights/" not in path:
            raise RefusalError(400, "not sampler weights")
        if path is not None and path not in self.saved:
            raise RefusalError(404, "no such checkpoint")
        if (body["sampling_params"].get("max_tokens") or 0) < 1:
            raise RefusalError(400, "max_tokens")
        lora = self.saved[path][1] if path else Lora.new(1, 0)
        prompt = [token for chunk in body["prompt"]["chunks"] for token in chunk["tokens"]]
        message = pb.SampleResponse()
        for _ in range(body.get("num_samples", 1)):
            tokens, stopped = lora.sample(fixed(self.vocab), prompt, body["sampling_params"])
            message.sequences.add(
                stop_reason=pb.STOP_REASON_STOP if stopped else pb.STOP_REASON_LENGTH,
                tokens=np.asarray(tokens, np.int32).tobytes(),
                logprobs=np.zeros(len(tokens), np.float32).tobytes(),
            )
        promise = self.promise(message.SerializeToString())
        return promise | {
            "sample_sequence_ids": [f"{promise['request_id']}-{i}" for i in range(len(message.sequences))]
        }

    def post_retrieve_future(self, body: dict[str, Any]) -> Any:
        number = int(body["request_id"])
        if not 0 < number <= len(self.futures):
            raise RefusalError(404, "Future not found")
        return self.futures[number - 1]

    def get_capabilities(self) -> Any:
        return {
            "supported_models": [
                {"model_name": name, "max_context_length": self.context, "trainable": True, "sampleable": True}
                for name in self.models
            ]
        }

    def get_checkpoints(self, run: str) -> Any:
        kinds = {"weights": "training", "sampler_weights": "sampler", "external_weights": "external"}
        found: list[dict[str, Any]] = []
        for path in self.saved:
            of, kind, name = path.removeprefix("tinker://").split("/")
            if of == run:
                entry = {"checkpoint_id": f"{kind}/{name}", "checkpoint_type": kinds[kind], "tinker_path": path}
                found.append(entry | {"time": "2026-01-01T00:00:00Z"})
        return {"checkpoints": found}

    def get_urls(self, run: str, name: str) -> Any:
        path = f"tinker://{run}/external_weights/{name}"
        if path not in self.saved:
            raise RefusalError(404, "no such checkpoint")
        base, lora = self.saved[path]
        expires = datetime.now(UTC) + timedelta(hours=1)
        urls = {file: f"{self.url}/files/{run}/{name}/{file}" for file in lora.files(base)}
        return {"urls": urls, "expires": expires.isoformat()}


def write_logprobs(arrays: list[np.ndarray]) -> bytes:
    """A result of a forward pass as the SDK reads it."""
    message = pb.ForwardBackwardOutput(loss_fn_output_type="ArrayRecord")
    record = message.loss_fn_outputs.add()
    record.num_datums = len(arrays)
    offsets = np.cumsum([0, *(array.nbytes for array in arrays)]).astype(np.int64)
    data = b"".join(array.tobytes() for array in arrays)
    tensor = pb.BatchedTensor(data=data, offsets=offsets.tobytes(), dtype=pb.DTYPE_FLOAT32)
    record.fields["logprobs"].CopyFrom(tensor)
    return message.SerializeToString()


class Handler(BaseHTTPRequestHandler):
    """HTTP around the service."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    service: Service

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
                    lambda: sum(at == "asample" for at, _ in service.log) >= service.gather, timeout=20
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
                    released.wait(60)
                    self.service.holds.clear()
                fault.skip -= 1

    def wait_for_more(self, number: str) -> None:
        """Hold back the result of an update until the following ones are here: only a trainer that runs ahead goes on."""
        service = self.service
        if number in service.places:
            wanted = min(service.places[number] + service.ahead, service.last_step)
            if not service.lock.wait_for(lambda: service.steps() >= wanted, timeout=20):
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
