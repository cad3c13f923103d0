"""A small Tinker on loopback that speaks the wire protocol of SDK 0.38, really trains, and fails where a test says so.

It refuses what skyrl's server refuses (test_real_server.py compares them), and needs nothing but numpy and the SDK.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from typing import Any, Self

import numpy as np
from attrs import Factory, define, field
from light_http import Handler, RefusalError
from light_model import Lora, fixed
from tinker.proto import tinker_public_pb2 as pb

KEY = "tml-test"
NAME = r"[A-Za-z0-9_-]{1,255}"
DTYPES = {pb.DTYPE_FLOAT32: np.float32, pb.DTYPE_INT64: np.int64}


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

    def steps(self, without: Collection[str] = ()) -> int:
        """Optimizer steps that arrived, but for those of the runs `without`, which may still be arriving."""
        return sum(
            path == "optim_step" and isinstance(body, dict) and body["model_id"] not in without
            for path, body in self.log
        )

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
