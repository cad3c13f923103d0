"""The plots of a model card, drawn by matplotlib from a report's figures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

import report_run
from semzip import plots
from semzip.errors import MissingBackendError


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("run")

    async def work() -> dict[str, Any]:
        run = report_run.pipeline(folder, draw=plots.draw)
        found = await run.run(report_run.passages())
        await run.aclose()
        return dict(found.figures)

    return folder, anyio.run(work)


def test_a_release_shows_the_plots(report: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = report
    release = folder / "release"
    card = (release / "README.md").read_text(encoding="utf-8")
    for name in ("comparison", "histograms", "loss"):
        image = (release / "plots" / f"{name}.png").read_bytes()
        assert image.startswith(b"\x89PNG")
        assert len(image) < 150_000
        assert f"(plots/{name}.png)" in card
        assert f"plots/{name}.png" in (release / "manifest.json").read_text()


def test_the_same_report_gives_the_same_bytes(report: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, figures = report
    for path in plots.draw(figures, tmp_path):
        assert path.read_bytes() == (folder / "release" / "plots" / path.name).read_bytes()


def test_what_has_no_figures_is_not_drawn(report: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    _, figures = report
    assert plots.draw({}, tmp_path) == []
    assert plots.draw({"evaluation": {"v1": {"n": 0}, "v2": {"n": 0}}}, tmp_path) == []
    assert [path.name for path in plots.draw({"training": figures["training"]}, tmp_path)] == ["loss.png"]


def test_without_the_extra_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingBackendError, match=r"pip install 'semzip\[plots\]'"):
        plots.draw({}, tmp_path)
