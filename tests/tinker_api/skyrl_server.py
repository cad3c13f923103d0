"""Starts skyrl's Tinker server on loopback, without `uv`, torch or peft: `python skyrl_server.py MODEL PORT WORK`.

The installed package stays as it is. What is worked round: the server starts its engine by its parent's `uv run`
command line; before Python 3.12 pydantic refuses typing.TypedDict; and torch and peft are imported for a type and for
writing adapter_config.json only.
"""

from __future__ import annotations

import importlib.util
import json
import runpy
import sys
import types
import typing
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import typing_extensions

ENGINE = "--engine"
BACKEND = {"max_lora_adapters": 12, "max_lora_rank": 64, "loss_chunk_size": 0, "train_micro_batch_size": 1}


def work_round() -> None:
    """Before skyrl is imported."""
    typing.TypedDict = typing_extensions.TypedDict  # type: ignore[assignment]
    import transformers

    transformers.utils.is_torch_available()  # it looks for torch now, and remembers that there is none
    stand_in("torch", Tensor=object)
    stand_in("peft", LoraConfig=LoraConfig)


class LoraConfig:
    """What skyrl needs of peft's."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings

    def save_pretrained(self, folder: str) -> None:
        text = json.dumps({"peft_type": "LORA", "target_modules": None, **self._settings})
        (Path(folder) / "adapter_config.json").write_text(text, encoding="utf-8")


def stand_in(name: str, **members: object) -> None:
    """A module of this name, if the real one is not installed."""
    if importlib.util.find_spec(name) is None:
        module = types.ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        module.__dict__.update(members)
        sys.modules[name] = module


def main(model: str, port: int, work: Path) -> None:
    """Serve until the process is ended."""
    import uvicorn
    from skyrl.tinker import api
    from skyrl.tinker.config import EngineConfig, config_to_argv
    from skyrl_bridge import bridge

    def engine_command(_: list[str], config: EngineConfig) -> list[str]:
        return [sys.executable, str(Path(__file__).resolve()), ENGINE, *config_to_argv(config)]

    api._build_uv_run_cmd_engine = engine_command
    api.app.state.engine_config = EngineConfig(
        base_model=model,
        backend="jax",
        backend_config=BACKEND,
        checkpoints_base=str(work / "checkpoints"),
        database_url=f"sqlite:///{work}/tinker.db",
    )
    uvicorn.run(bridge(api.app, work / "checkpoints"), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    work_round()
    if sys.argv[1] == ENGINE:
        sys.argv = ["skyrl.tinker.engine", *sys.argv[2:]]
        runpy.run_module("skyrl.tinker.engine", run_name="__main__", alter_sys=True)
    else:
        Path(sys.argv[3]).mkdir(parents=True, exist_ok=True)
        main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
