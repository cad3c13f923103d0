"""Against skyrl's server, which really trains: `pytest tests/tinker_api -m tinker`. It needs what nox's session installs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from light_service import KEY, Service
from safetensors.numpy import load_file
from skyrl_process import skyrl
from test_tinker_train import Steps
from tinker.proto import tinker_public_pb2 as pb

from conftest import PAIRS, write_dataset
from semzip.backends.tinker import TinkerChat, TinkerTrainer
from semzip.prompts import compress_messages
from semzip.records import Dataset, Passage
from tiny_qwen3 import tiny_qwen3

pytestmark = [pytest.mark.anyio, pytest.mark.tinker, pytest.mark.timeout(280)]
SETTINGS = {
    "lora_rank": 32,
    "num_epochs": 15,
    "batch_size": 4,
    "learning_rate": 1e-2,
    "save_every": 10,
    "valid_every": 10,
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_qwen3(tmp_path_factory.mktemp("real") / "model")


@pytest.fixture(scope="module")
def server(model: Path) -> Iterator[str]:
    """The server's address; one for all tests, as its first steps are compiled for many seconds."""
    with skyrl(str(model), model.parent / "server", {"HF_HUB_OFFLINE": "1"}) as url:
        yield url


@pytest.fixture
def real(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TINKER_BASE_URL", server)
    monkeypatch.setenv("TINKER_API_KEY", KEY)
    monkeypatch.setenv("TINKER_TELEMETRY", "0")
    return server


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the first test leaves for the others."""
    return {"folder": tmp_path_factory.mktemp("trained")}


@pytest.fixture
def rows(tmp_path: Path) -> Dataset:
    return write_dataset(tmp_path / "data", PAIRS[:4], PAIRS[:2])


async def test_it_learns_samples_exports_and_loads(
    real: str, model: Path, rows: Dataset, trained: dict[str, Any]
) -> None:
    steps = Steps()
    trainer = TinkerTrainer(str(model), **SETTINGS)
    adapter = await trainer.train(rows, trained["folder"] / "run", steps)
    assert steps[15]["loss"] < steps[1]["loss"] / 2
    assert steps[15]["valid_loss"] < steps[10]["valid_loss"]
    weights = load_file(adapter.folder / "adapter_model.safetensors")
    assert len(weights) == 2 * 7 * 2
    assert json.loads((adapter.folder / "adapter_config.json").read_text())["r"] == 32

    source = json.loads((adapter.folder / "tinker.json").read_text())
    chat = TinkerChat(source["sampler"], base_model=str(model), temperature=0, max_tokens=40)
    replies = [await chat.send(compress_messages(text)) for text, _ in PAIRS[:3]]
    await chat.aclose()
    trained.update(adapter=adapter, source=source, answers=[reply.raw["tokens"] for reply in replies])
    short = await (await trainer.load(adapter)).compress(Passage(PAIRS[0][0]))
    assert short.compressor.startswith("chat-tinker-")
    assert short.text


async def test_the_converted_adapter_says_the_same_in_mlx(
    real: str, model: Path, trained: dict[str, Any], tmp_path: Path
) -> None:
    """The files that were exported, through semzip's conversion, in mlx-lm: the same greedy tokens."""
    from mlx_lm import generate, load
    from mlx_lm.sample_utils import make_sampler

    from semzip.backends._tinker_rows import load_renderer
    from semzip.convert import convert

    convert(trained["adapter"].folder, tmp_path / "mlx", base=model)
    network, tokenizer = load(str(model), adapter_path=str(tmp_path / "mlx"))
    renderer = load_renderer(str(model))
    for (text, _), tokens in zip(PAIRS, trained["answers"], strict=False):
        prompt = renderer.prompt(compress_messages(text))
        said = generate(network, tokenizer, prompt, max_tokens=40, sampler=make_sampler(temp=0.0))
        assert said == renderer.text(tokens)


CHILD = """
import json, sys
from pathlib import Path
import anyio
from semzip.backends.tinker import TinkerTrainer
from semzip.records import Dataset

settings, model, data, folder = json.loads(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
def on_step(step, figures):
    print(step, flush=True)
anyio.run(TinkerTrainer(model, **settings).train, Dataset(folder=data, id="test"), folder, on_step)
"""


async def test_a_killed_run_ends_with_the_same_adapter(
    real: str, model: Path, rows: Dataset, trained: dict[str, Any], tmp_path: Path
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, json.dumps(SETTINGS), str(model), str(rows.folder), str(tmp_path / "run")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    for line in child.stdout:
        if line.strip() == "12":
            child.send_signal(signal.SIGKILL)
            break
    child.wait()
    child.stdout.close()
    steps = Steps()
    adapter = await TinkerTrainer(str(model), **SETTINGS).train(rows, tmp_path / "run", steps)
    assert adapter.id == trained["adapter"].id
    assert [step for step in steps if step] == list(range(1, 16))


def request(url: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON of a raw request."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
    kind = "application/x-protobuf" if isinstance(body, bytes) else "application/json"
    asked = urllib.request.Request(f"{url}/api/v1/{path}", raw, {"content-type": kind, "x-api-key": KEY}, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        return error.code, None
    try:
        return 200, json.loads(text)
    except ValueError:
        return 200, text


def forward_backward(model: str, loss: str = "cross_entropy") -> bytes:
    message = pb.ForwardBackwardRequest(model_id=model, seq_id=1, loss_fn=loss)
    datum = message.data.add()
    datum.model_input.add().encoded_text.tokens = np.asarray([5, 6, 7], np.int32).tobytes()
    for name, kind, values in (("target_tokens", np.int64, [6, 7, 8]), ("weights", np.float32, [0, 1, 1])):
        dtype = pb.DTYPE_INT64 if kind is np.int64 else pb.DTYPE_FLOAT32
        datum.loss_fn_inputs[name].CopyFrom(pb.Tensor(dtype=dtype, shape=[3], dense=np.asarray(values, kind).tobytes()))
    return message.SerializeToString()


def conversation(url: str, base: str) -> dict[str, Any]:
    """The same requests, good and bad, to any server: what came of each."""
    seen: dict[str, Any] = {}

    def ask(what: str, path: str, body: Any, method: str = "POST") -> Any:
        status, answer = request(url, method, path, body)
        seen[what] = status
        return answer

    def settle(what: str, promise: Any) -> Any:
        result = ask(f"{what}: its result", "retrieve_future", {"request_id": promise["request_id"]})
        seen[f"{what}: failed"] = isinstance(result, dict) and "error" in result
        return result

    adam = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.95, "eps": 1e-12}
    session = ask("session", "create_session", {"tags": [], "sdk_version": "0.38.0"})["session_id"]
    ask("heartbeat", "session_heartbeat", {"session_id": session})
    ask("heartbeat of no session", "session_heartbeat", {"session_id": "none"})
    new = {"session_id": session, "model_seq_id": 0, "base_model": base, "lora_config": {"rank": 4, "seed": 1}}
    promise = ask("model", "create_model", new)
    run = settle("model", promise)["model_id"]
    ask("model of no session", "create_model", {**new, "session_id": "none"})
    settle(
        "rank too high", ask("rank too high", "create_model", {**new, "model_seq_id": 1, "lora_config": {"rank": 65}})
    )
    ask("info", "get_info", {"model_id": run})
    ask("info of no model", "get_info", {"model_id": "none"})
    settle("gradient", ask("gradient", "forward_backward", forward_backward(run)))
    ask("gradient of no model", "forward_backward", forward_backward("none"))
    ask("unknown loss", "forward_backward", forward_backward(run, "squared"))
    settle("update", ask("update", "optim_step", {"model_id": run, "adam_params": adam}))
    ask("update of no model", "optim_step", {"model_id": "none", "adam_params": adam})
    ask("negative rate", "optim_step", {"model_id": run, "adam_params": {**adam, "learning_rate": -1}})
    ask("update without rate", "optim_step", {"model_id": run})
    for kind in ("save_weights", "save_weights_for_sampler", "save_weights_external"):
        settle(kind, ask(kind, kind, {"model_id": run, "path": "first"}))
        ask(f"{kind}, name taken", kind, {"model_id": run, "path": "first"})
        ask(f"{kind}, bad name", kind, {"model_id": run, "path": "a/b"})
        ask(f"{kind} of no model", kind, {"model_id": "none", "path": "first"})
    listed = ask("checkpoints", f"training_runs/{run}/checkpoints", None, "GET")
    seen["kinds"] = sorted(entry["tinker_path"].split("/", 3)[3] for entry in listed["checkpoints"])
    ask("checkpoints of no model", "training_runs/none/checkpoints", None, "GET")
    load = {"session_id": session, "model_seq_id": 2, "optimizer": True}
    settle("load", ask("load", "load_weights", {**load, "path": f"tinker://{run}/weights/first"}))
    ask("load nothing", "load_weights", {**load, "path": f"tinker://{run}/weights/none"})
    ask("load sampler weights", "load_weights", {**load, "path": f"tinker://{run}/sampler_weights/first"})
    urls = f"training_runs/{run}/checkpoints/external_weights"
    seen["files"] = sorted(ask("files", f"{urls}/first/external_weights_urls", None, "GET")["urls"])
    ask("files of nothing", f"{urls}/none/external_weights_urls", None, "GET")
    sampling = {
        "session_id": session,
        "sampling_session_seq_id": 0,
        "model_path": f"tinker://{run}/sampler_weights/first",
    }
    sampler = ask("sampling session", "create_sampling_session", sampling)["sampling_session_id"]
    ask("sampling session of no session", "create_sampling_session", {**sampling, "session_id": "none"})
    ask("sampling session of nothing", "create_sampling_session", {**sampling, "model_path": None})
    ask("sampling session of two", "create_sampling_session", {**sampling, "base_model": base})
    prompt = {"chunks": [{"type": "encoded_text", "tokens": [5, 6, 7]}]}
    draw = {"sampling_session_id": sampler, "seq_id": 1, "num_samples": 1, "prompt": prompt}
    params = {"max_tokens": 3, "temperature": 0, "seed": 0}
    settle("sample", ask("sample", "asample", {**draw, "sampling_params": params}))
    ask("sample of no session", "asample", {**draw, "sampling_session_id": "none", "sampling_params": params})
    ask("sample without limit", "asample", {**draw, "sampling_params": {"temperature": 0}})
    ask("sample of no tokens", "asample", {**draw, "sampling_params": {**params, "max_tokens": 0}})
    states = ask(
        "a session of states", "create_sampling_session", {**sampling, "model_path": f"tinker://{run}/weights/first"}
    )
    ask(
        "sample from a state",
        "asample",
        {**draw, "sampling_session_id": states["sampling_session_id"], "sampling_params": params},
    )
    ask("no future", "retrieve_future", {"request_id": "999999"})
    ask("no route", "make_coffee", {})
    return seen


async def test_both_servers_take_and_refuse_the_same(real: str, model: Path) -> None:
    with Service(models=(str(model),)) as light:
        assert conversation(light.url, str(model)) == conversation(real, str(model))
