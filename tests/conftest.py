from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

# The tests of a backend run where its package is installed.
collect_ignore = [] if find_spec("mlx_lm") else ["test_convert.py", "test_mlx_chat.py", "test_mlx_train.py"]
collect_ignore += [] if find_spec("huggingface_hub") else ["test_hub_server.py"]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key of the machine's owner is ever used, and no service but a loopback one is reached by accident."""
    for name in list(os.environ):
        if name.startswith(("ANTHROPIC_", "OPENAI_", "TINKER_", "HF_")):
            monkeypatch.delenv(name)
