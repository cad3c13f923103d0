from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from light_service import Fault, Service, refuse
from safetensors.numpy import load_file
from test_tinker_train import Steps

from semzip.backends.tinker import TinkerTrainer
from semzip.errors import ReplyError, UnavailableError
from semzip.records import Dataset

pytestmark = pytest.mark.anyio
Train = Callable[[], Any]


@pytest.fixture
def train(light: Service, trainer: Callable[..., TinkerTrainer], dataset: Dataset, tmp_path: Path) -> Train:
    """One step, then the export."""
    make = trainer(num_epochs=1, batch_size=16)
    return lambda: make.train(dataset, tmp_path / "run", Steps())


def files(light: Service) -> list[tuple[str, Any]]:
    """The file requests: which file, and from where."""
    return [(path.rsplit("/", 1)[1], begin) for path, begin in light.log if path.startswith("/files/")]


async def test_the_folder_is_a_peft_adapter(light: Service, train: Train) -> None:
    adapter = await train()
    config = json.loads((adapter.folder / "adapter_config.json").read_text())
    assert config["target_modules"] == ["down_proj"]
    assert (config["peft_type"], config["r"], config["lora_alpha"], config["task_type"]) == (
        "LORA",
        4,
        32.0,
        "CAUSAL_LM",
    )
    assert all(
        name.endswith(("lora_A.weight", "lora_B.weight"))
        for name in load_file(adapter.folder / "adapter_model.safetensors")
    )


async def test_a_broken_download_goes_on_where_it_broke(light: Service, train: Train) -> None:
    light.cut_after = 300
    await train()
    weights = [begin for name, begin in files(light) if name == "adapter_model.safetensors"]
    assert weights[:2] == [None, "bytes=300-"]


async def test_a_server_without_ranges_is_read_from_the_start(light: Service, train: Train) -> None:
    light.cut_after, light.ranges = 300, False
    light.cuts = 1
    adapter = await train()
    load_file(adapter.folder / "adapter_model.safetensors")


async def test_an_expired_address_is_signed_anew(light: Service, train: Train) -> None:
    light.faults.append(Fault("/files/", refuse(403)))
    await train()
    assert sum("external_weights_urls" in path for path, _ in light.asked) == 2


async def test_a_download_that_does_not_go_on_says_so_and_the_next_run_finishes(light: Service, train: Train) -> None:
    light.faults.append(Fault("/files/.*safetensors", refuse(500), times=5))
    with pytest.raises(UnavailableError, match="Run again"):
        await train()
    steps = light.steps()
    await train()
    assert light.steps() == steps


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "C:evil", ""])
async def test_an_unsafe_path_is_refused(name: str, light: Service, train: Train, tmp_path: Path) -> None:
    urls = {"urls": {name: f"{light.url}/files/x"}, "expires": "2100-01-01T00:00:00Z"}
    light.faults.append(Fault("external_weights_urls", lambda _: urls))
    with pytest.raises(ReplyError, match="unsafe path"):
        await train()
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("weights", [b"", b"\x00" * 64, b"not a file of tensors"])
async def test_what_is_no_adapter_is_not_kept(weights: bytes, light: Service, train: Train, tmp_path: Path) -> None:
    light.faults.append(Fault("/files/.*safetensors", lambda _: weights))
    with pytest.raises(ReplyError, match="adapter"):
        await train()
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["training"]
    await train()
    assert (tmp_path / "run" / "adapter_model.safetensors").exists()


async def test_no_files_is_an_error(light: Service, train: Train) -> None:
    light.faults.append(Fault("external_weights_urls", lambda _: {"urls": {}, "expires": "2100-01-01T00:00:00Z"}))
    with pytest.raises(ReplyError, match="no files"):
        await train()


async def test_the_key_is_not_sent_with_a_signed_address(light: Service, train: Train) -> None:
    await train()
    assert all(key is None for path, key in light.asked if path.startswith("/files/"))
    assert all(key for path, key in light.asked if path.startswith("create_"))
