from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from light_service import Fault, Service, refuse

from semzip.backends._tinker_service import PREFLIGHT_SECONDS
from semzip.backends.tinker import TinkerChat, TinkerTrainer
from semzip.errors import AccountError, ConfigError, UnavailableError
from semzip.records import Dataset

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["trainer", "chat"])
def preflight(request: pytest.FixtureRequest, tiny: Path) -> Callable[..., Any]:
    kind = {"trainer": TinkerTrainer, "chat": TinkerChat}[request.param]
    return lambda model="tiny", **settings: kind(model, tokenizer=str(tiny), **settings).check()


async def test_all_is_well(light: Service, preflight: Callable[..., Any]) -> None:
    await preflight()


async def test_no_key(
    light: Service, preflight: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TINKER_API_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(AccountError, match="TINKER_API_KEY"):
        await preflight()


@pytest.mark.parametrize("key", ["tml-refused", "not-a-key"])
async def test_a_refused_key(key: str, light: Service, preflight: Callable[..., Any]) -> None:
    with pytest.raises(AccountError, match="TINKER_API_KEY") as raised:
        await preflight(api_key=key)
    assert key not in str(raised.value)


async def test_an_unknown_model(light: Service, preflight: Callable[..., Any]) -> None:
    light.models = ("Qwen/Qwen3-8B", "Qwen/Qwen3-32B", "openai/gpt-oss-20b")
    with pytest.raises(ConfigError, match="Qwen/Qwen3-8B"):
        await preflight("Qwen/Qwen-8B")


async def test_a_server_that_is_down(light: Service, preflight: Callable[..., Any]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(UnavailableError, match="no Tinker at"):
        await preflight(base_url=url)


async def test_something_else_at_that_address(light: Service, preflight: Callable[..., Any]) -> None:
    light.faults.append(Fault("healthz", refuse(404), times=9))
    with pytest.raises(UnavailableError, match="TINKER_BASE_URL"):
        await preflight()


@pytest.fixture
def silent() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


async def test_a_server_that_is_silent(
    light: Service, preflight: Callable[..., Any], silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("semzip.backends._tinker_service.PROBE_SECONDS", 1.0)
    with pytest.raises(UnavailableError, match="no Tinker at"):
        await preflight(base_url=silent)


async def test_rows_longer_than_the_model_takes(light: Service, tiny: Path) -> None:
    light.context = 1024
    with pytest.raises(ConfigError, match="1024"):
        await TinkerTrainer("tiny", tokenizer=str(tiny)).check()


async def test_an_unpaid_bill(light: Service, preflight: Callable[..., Any]) -> None:
    """The SDK would wait for an hour that it is paid."""
    light.faults.append(Fault("get_server_capabilities", refuse(402), times=10**6))
    with pytest.raises(AccountError, match="billing"):
        await preflight()


async def test_a_server_that_fails(
    light: Service, preflight: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK would try for five minutes."""
    assert PREFLIGHT_SECONDS <= 30
    monkeypatch.setattr("semzip.backends._tinker_service.PREFLIGHT_SECONDS", 2.0)
    light.faults.append(Fault("get_server_capabilities", refuse(500), times=10**6))
    with pytest.raises(UnavailableError, match="within"):
        await preflight()


async def test_training_begins_with_the_preflight(
    light: Service, trainer: Callable[..., TinkerTrainer], dataset: Dataset, tmp_path: Path
) -> None:
    light.models = ("other",)
    with pytest.raises(ConfigError, match="no model 'tiny'"):
        await trainer().train(dataset, tmp_path / "run", lambda step, figures: None)
    assert not any(path.startswith("create_") for path, _ in light.log)


@pytest.mark.parametrize("package", ["tinker", "transformers", "httpx"])
def test_a_missing_package_is_named_with_its_extra(package: str) -> None:
    code = f"import sys; sys.modules[{package!r}] = None\nimport semzip.backends.tinker"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MissingBackendError" in done.stderr
    assert "pip install 'semzip[tinker]'" in done.stderr


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ({"alpha": 128}, "32 / rank"),
        ({"lora_alpha": 128}, "32 / rank"),
        ({"dropout": 0.05}, "num_epochs"),
        ({"lora_dropout": 0.05}, "num_epochs"),
        ({"target_modules": ["q_proj"]}, "train_attn, train_mlp"),
        ({"lora_rank": 0}, "lora_rank"),
        ({"batch_size": 2.5}, "batch_size"),
        ({"learning_rate": "fast"}, "auto"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"warmup_ratio": 1.5}, "warmup_ratio"),
        ({"schedule": "step"}, "cosine"),
        ({"train_mlp": False, "train_attn": False}, "nothing would be trained"),
        ({"name": "a/b"}, "name"),
        ({"seed": -1}, "seed"),
    ],
)
def test_arguments_that_cannot_be(argument: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        TinkerTrainer(**argument)


def test_the_plan_s_settings_are_the_defaults() -> None:
    trainer = TinkerTrainer()
    assert (trainer.base_model, trainer.lora_rank, trainer.num_epochs, trainer.batch_size) == (
        "Qwen/Qwen3-8B",
        64,
        3,
        4,
    )
    assert (trainer.learning_rate, trainer.warmup_ratio, trainer.max_seq_length) == (2e-4, 0.03, 2048)


def test_the_id_is_of_what_decides_the_adapter() -> None:
    assert TinkerTrainer().id == TinkerTrainer(save_every=7, api_key="tml-x", patience=5.0, name="other").id
    ids = {
        TinkerTrainer(**settings).id
        for settings in ({}, {"seed": 1}, {"lora_rank": 8}, {"schedule": "cosine"}, {"base_model": "x"})
    }
    assert len(ids) == 5
    assert "tml-secret" not in repr(TinkerTrainer(api_key="tml-secret"))
