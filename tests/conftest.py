from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from loopback.hub import Hub

# The tests of a backend run where its package is installed.
collect_ignore = (
    [] if find_spec("mlx_lm") else ["test_convert.py", "test_mlx_chat.py", "test_mlx_train.py", "test_release.py"]
)
collect_ignore += [] if find_spec("huggingface_hub") else ["test_hub_server.py", "test_hub_store.py", "test_publish.py"]
collect_ignore += [] if find_spec("matplotlib") else ["test_plots.py"]
collect_ignore += [] if find_spec("selenium") else ["test_browser.py"]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key of the machine's owner is ever used, and no service but a loopback one is reached by accident."""
    for name in list(os.environ):
        if name.startswith(("ANTHROPIC_", "OPENAI_", "TINKER_", "HF_")):
            monkeypatch.delenv(name)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A loopback Hub, used by huggingface_hub in this process as it would be with HF_ENDPOINT and HF_TOKEN set."""
    from huggingface_hub import constants

    from loopback.hub import Hub

    with Hub() as hub:
        for name, value in hub.environment.items():
            monkeypatch.setenv(name, value)
        # The SDK read these variables when it was imported.
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)
        yield hub


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes minutes, or programs that are not installed everywhere, runs where `-m` asks for it."""
    for mark in ("e2e", "browser"):
        if mark not in config.option.markexpr:
            config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker(mark)])
            items[:] = [item for item in items if not item.get_closest_marker(mark)]
