"""Lets SDK tinker 0.38 talk to skyrl 0.3.0, an open-source server of an older Tinker API that really trains and samples.

Every difference between the two is one route here; all other requests pass through unchanged.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import zstandard
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from tinker.proto import tinker_public_pb2 as pb

PROTO = "application/x-protobuf"
EXPORT = "external-"
DTYPES = {pb.DTYPE_FLOAT32: np.float32, pb.DTYPE_INT64: np.int64}


def bridge(inner: FastAPI, checkpoints: Path) -> FastAPI:
    """The server `inner`, as SDK 0.38 expects it.

    Args:
        inner: skyrl's application.
        checkpoints: Its folder of checkpoints.
    """
    server = httpx.AsyncClient(transport=httpx.ASGITransport(inner), base_url="http://skyrl/api/v1", timeout=None)
    ids: dict[str, str] = {}  # model ids that the SDK derives by itself, and the server's
    exports: dict[str, str] = {}  # pending request, and the address of what it exports
    prompts: dict[str, int] = {}  # pending request, and the length of its prompt

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with inner.router.lifespan_context(inner):
            yield

    app = FastAPI(lifespan=lifespan)

    async def ask(path: str, body: dict[str, Any]) -> httpx.Response:
        if body.get("model_id") in ids:
            body["model_id"] = ids[body["model_id"]]
        answer = await server.post(path, json=body)
        # The SDK retries a 409 for minutes; the service's own word for a name that is taken is unknown.
        answer.status_code = 400 if answer.status_code == 409 else answer.status_code
        return answer

    def relayed(answer: httpx.Response) -> Response:
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    @app.post("/api/v1/forward_backward")
    async def forward_backward(request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-encoding") == "zstd":
            body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
        model, forward_only, passed = read_forward_backward(body)
        path, name = ("forward", "forward_input") if forward_only else ("forward_backward", "forward_backward_input")
        return relayed(await ask(path, {"model_id": model, name: passed}))

    @app.post("/api/v1/retrieve_future")
    async def retrieve_future(request: Request) -> Response:
        body = await request.json()
        answer = await ask("retrieve_future", body)
        if answer.status_code == 400:  # the job failed; the SDK wants that as a result
            return JSONResponse({"error": answer.json()["detail"], "category": "user"})
        if answer.status_code != 200:
            return relayed(answer)
        result = answer.json()
        number = body["request_id"]
        if number in exports:
            return JSONResponse({"path": exports[number], "type": "save_weights_external"})
        if "sequences" in result:
            return Response(write_sample(result, prompts.pop(number)), media_type=PROTO)
        if "loss_fn_outputs" in result:
            return Response(write_forward_backward(result), media_type=PROTO)
        if sampler := re.fullmatch(r"tinker://([\w-]+)/([\w-]+)", result.get("path") or ""):
            result["path"] = f"tinker://{sampler[1]}/sampler_weights/{sampler[2]}"
        return JSONResponse(result)

    @app.post("/api/v1/asample")
    async def asample(request: Request) -> Response:
        body = await request.json()
        answer = await ask("asample", body)
        if answer.status_code != 200:
            return relayed(answer)
        promise = answer.json()
        number = promise["request_id"]
        prompts[number] = sum(len(chunk["tokens"]) for chunk in body["prompt"]["chunks"])
        return JSONResponse(promise | {"sample_sequence_ids": [f"{number}-{i}" for i in range(body["num_samples"])]})

    @app.post("/api/v1/load_weights")
    async def load_weights(request: Request) -> Response:
        """The SDK makes a model and loads into it at once, under an id that it derives itself."""
        body = await request.json()
        known = await ask("weights_info", {"tinker_path": body["path"]})
        if known.status_code != 200:
            return relayed(known)
        weights = known.json()
        lora = {"rank": weights["lora_rank"]}
        made = await ask(
            "create_model",
            {"session_id": body["session_id"], "base_model": weights["base_model"], "lora_config": lora},
        )
        if made.status_code != 200:
            return relayed(made)
        model = ids[f"{body['session_id']}:train:{body['model_seq_id']}"] = made.json()["model_id"]
        return relayed(await ask("load_weights", {"model_id": model, "path": body["path"]}))

    @app.post("/api/v1/save_weights_external")
    async def save_weights_external(request: Request) -> Response:
        body = await request.json()
        name = body["path"]
        answer = await ask("save_weights_for_sampler", {"model_id": body["model_id"], "path": EXPORT + name})
        if answer.status_code == 200:
            run = ids.get(body["model_id"], body["model_id"])
            exports[answer.json()["request_id"]] = f"tinker://{run}/external_weights/{name}"
        return relayed(answer)

    @app.get("/api/v1/training_runs/{run}/checkpoints")
    async def checkpoints_of(run: str) -> Response:
        answer = await server.get(f"training_runs/{ids.get(run, run)}/checkpoints")
        found = answer.json()
        for entry in found.get("checkpoints", []):
            if entry["checkpoint_id"].startswith(EXPORT):
                entry["checkpoint_type"] = "external"
                entry["tinker_path"] = entry["tinker_path"].replace(f"sampler_weights/{EXPORT}", "external_weights/")
        return JSONResponse(found, answer.status_code)

    @app.get("/api/v1/training_runs/{run}/checkpoints/external_weights/{name}/external_weights_urls")
    async def external_weights_urls(run: str, name: str, request: Request) -> Response:
        folder = unpacked(checkpoints / run / "sampler_weights" / f"{EXPORT}{name}.tar.gz")
        at = f"{request.base_url}files/{run}/{EXPORT}{name}"
        urls = {file.name: f"{at}/{file.name}" for file in sorted(folder.iterdir())}
        return JSONResponse({"urls": urls, "expires": (datetime.now(UTC) + timedelta(hours=1)).isoformat()})

    @app.get("/files/{run}/{name}/{file}")
    async def signed_file(run: str, name: str, file: str) -> Response:
        return FileResponse(unpacked(checkpoints / run / "sampler_weights" / f"{name}.tar.gz") / file)

    @app.post("/api/v1/sessions/{_}/finish")
    async def finish(_: str) -> Response:
        return Response(status_code=204)

    @app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "DELETE"])
    async def everything_else(path: str, request: Request) -> Response:
        body = await request.body()
        path = path.removeprefix("api/v1/")
        if request.method == "POST" and body:
            return relayed(await ask(path, json.loads(body)))
        return relayed(await server.request(request.method, path, params=request.query_params, content=body))

    return app


def unpacked(archive: Path) -> Path:
    """The files of a checkpoint's archive."""
    folder = archive.parent / archive.name.removesuffix(".tar.gz")
    if not archive.is_file():
        raise HTTPException(404, f"no checkpoint {archive.name}")
    if not folder.is_dir():
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    return folder


def read_forward_backward(body: bytes) -> tuple[str, bool, dict[str, Any]]:
    """Model, whether without gradients, and the JSON that the server takes."""
    message = pb.ForwardBackwardRequest.FromString(body)
    data: list[dict[str, Any]] = []
    for datum in message.data:
        chunks = [np.frombuffer(chunk.encoded_text.tokens, np.int32).tolist() for chunk in datum.model_input]
        inputs = {
            name: {"data": np.frombuffer(tensor.dense, DTYPES[tensor.dtype]).tolist()}
            for name, tensor in datum.loss_fn_inputs.items()
        }
        data.append(
            {
                "model_input": {"chunks": [{"type": "encoded_text", "tokens": tokens} for tokens in chunks]},
                "loss_fn_inputs": inputs,
            }
        )
    return message.model_id, message.forward_only, {"data": data, "loss_fn": message.loss_fn}


def write_forward_backward(result: dict[str, Any]) -> bytes:
    """A result of a forward pass as the SDK reads it."""
    outputs = result["loss_fn_outputs"]
    message = pb.ForwardBackwardOutput(loss_fn_output_type="ArrayRecord")
    message.metrics["loss:sum"] = sum(float(np.sum(output["elementwise_loss"]["data"])) for output in outputs)
    record = message.loss_fn_outputs.add()
    record.num_datums = len(outputs)
    for name in outputs[0]:
        arrays = [np.asarray(output[name]["data"], np.float32) for output in outputs]
        offsets = np.cumsum([0, *(array.nbytes for array in arrays)]).astype(np.int64)
        data = b"".join(array.tobytes() for array in arrays)
        tensor = pb.BatchedTensor(data=data, offsets=offsets.tobytes(), dtype=pb.DTYPE_FLOAT32)
        record.fields[name].CopyFrom(tensor)
    return message.SerializeToString()


def write_sample(result: dict[str, Any], prompt_length: int) -> bytes:
    """A result of sampling as the SDK reads it."""
    message = pb.SampleResponse()
    for sequence in result["sequences"]:
        stopped = sequence["stop_reason"] == "stop"
        message.sequences.add(
            stop_reason=pb.STOP_REASON_STOP if stopped else pb.STOP_REASON_LENGTH,
            tokens=np.asarray(sequence["tokens"], np.int32).tobytes(),
            logprobs=np.asarray(sequence["logprobs"], np.float32).tobytes(),
        )
    logprobs = result.get("prompt_logprobs")
    if logprobs is not None:  # the first token has none; the server leaves it out
        padded = [np.nan] * (prompt_length - len(logprobs)) + logprobs
        message.prompt_logprobs = np.asarray(padded, np.float32).tobytes()
    return message.SerializeToString()
