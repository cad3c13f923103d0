"""The page of a run and the check of its figures."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import report_run
from semzip.cli import main
from semzip.release import shown
from semzip.report.cells import Figures
from semzip.report.check import NOT_COUNTED

OUTCOMES = ("passed", "rejected", "unchanged", "failed")


class Page(HTMLParser):
    """What a page holds: its figures, its tags, and the text of its scripts and style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.figures: dict[str, tuple[str, str]] = {}
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts: list[str] = []
        self._at: str | None = None
        self._value = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self._inside = tag
        named = {name: value or "" for name, value in attrs}
        self.attributes += [(tag, name, value) for name, value in named.items()]
        if tag == "script":
            self.scripts.append("")
        if tag == "data":
            self._at, self._value = named["data-at"], named["value"]

    def handle_endtag(self, tag: str) -> None:
        self._at = self._at if tag != "data" else None
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        if self._at is not None:
            self.figures[self._at] = (self._value, data)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report_run.make(tmp_path_factory.mktemp("run") / "run")


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "run"))


@pytest.fixture
def page(run: Path) -> Page:
    assert main(["report", str(run)]) == 0
    return Page((run / "report.html").read_text(encoding="utf-8"))


def figures_of(run: Path) -> dict[str, Any]:
    return json.loads((run / "report.json").read_text(encoding="utf-8"))


def rows_of(page: Page) -> list[dict[str, Any]]:
    return json.loads(gzip.decompress(base64.b64decode(page.scripts[0])))


def at(figures: Any, place: str) -> Any:
    for name in place.split("/")[1:]:
        figures = figures[name.replace("~1", "/").replace("~0", "~")]
    return figures


def test_the_page_shows_the_figures_of_the_report(run: Path, page: Page) -> None:
    figures = figures_of(run)
    assert len(page.figures) > 150
    for place, (value, text) in page.figures.items():
        found = at(figures, place)
        assert value == str(found), place
        if not text.startswith("$") and not text.endswith(" s") and not text.endswith("ms") and "p_value" not in place:
            assert text == shown(found), place
    wanted = {"/evaluation/v1/ratio", "/evaluation/v2/equivalence", "/passed", "/dataset/train", "/spent/judge", "/usd"}
    assert wanted <= page.figures.keys()
    assert page.figures["/spent/judge"][1] == f"${figures['spent']['judge']:.2f}"
    assert figures["spent"]["judge"] > 10


def test_the_model_card_shows_the_figures_of_the_report(run: Path) -> None:
    card = (run / "release" / "README.md").read_text(encoding="utf-8")
    found = figures_of(run)["evaluation"]
    for name in ("pass_rate", "ratio", "mean_ratio", "equivalence"):
        for arm in ("v1", "v2"):
            rate = found[arm]
            assert f"{shown(rate[name])} [{shown(rate[f'{name}_low'])}, {shown(rate[f'{name}_high'])}]" in card


def test_all_failures_come_first(run: Path, page: Page) -> None:
    rows, figures = rows_of(page), figures_of(run)
    outcomes = [row["outcome"] for row in rows]
    failures = figures["failed"] + figures["rejected"]
    assert failures > 50
    assert Counter(outcomes[:failures]) == {"failed": figures["failed"], "rejected": figures["rejected"]}
    assert not {"failed", "rejected"} & set(outcomes[failures:])
    assert len(rows) == sum(figures[name] for name in OUTCOMES)
    assert not (run / "report-pairs.jsonl").exists()


def test_the_steps_between_the_texts_are_both_texts(page: Page) -> None:
    texts = {passage.id: passage.text for passage in report_run.passages()}
    for row in rows_of(page):
        kept_and_dropped = [part for number, part in enumerate(row["steps"]) if number % 3 != 2]
        assert "".join(kept_and_dropped) == texts[row["id"]]
        if row["outcome"] == "unchanged":
            assert not any(part for number, part in enumerate(row["steps"]) if number % 3)


def test_what_has_no_room_is_beside_the_page(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from semzip.report import pairs

    monkeypatch.setattr(pairs, "PASSES", 10)
    monkeypatch.setattr(pairs, "MOST_BYTES", 9_000)
    assert main(["report", str(run)]) == 0
    text = (run / "report.html").read_text(encoding="utf-8")
    rows = rows_of(Page(text))
    beside = [json.loads(line) for line in (run / "report-pairs.jsonl").read_bytes().splitlines()]
    assert len(Page(text).scripts[0]) <= 9_000
    ids = [row["id"] for row in [*rows, *beside]]
    assert len(set(ids)) == len(ids) == sum(figures_of(run)[name] for name in OUTCOMES)
    assert all(row["original"] for row in beside)
    assert f"{len(beside)} more are in report-pairs.jsonl" in text


def test_nothing_of_the_corpus_is_markup_and_nothing_is_loaded(run: Path, page: Page) -> None:
    text = (run / "report.html").read_text(encoding="utf-8")
    assert page.tags["script"] == 2
    assert page.tags["img"] == page.tags["b"] == page.tags["i"] == page.tags["iframe"] == 0
    assert "taken over" not in text
    assert "losing &lt;judge&gt; 0.8" in text
    assert not any(name.startswith("on") or name == "style" for _, name, _ in page.attributes)
    loaded = [value for _, name, value in page.attributes if name in {"src", "href", "action", "srcset"}]
    assert all(value.startswith(("#", "data:")) for value in loaded)
    assert not re.search(r"https?://|url\(|@import", text)
    (policy,) = [value for _, name, value in page.attributes if name == "content" and "default-src" in value]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert any(report_run.HOSTILE[0].startswith(row["steps"][0][:9]) for row in rows_of(page) if row["steps"])


def test_the_same_run_gives_the_same_page(run: Path) -> None:
    assert main(["report", str(run)]) == 0
    first = (run / "report.html").read_bytes()
    assert main(["report", str(run)]) == 0
    assert (run / "report.html").read_bytes() == first
    assert len(first) < 5_000_000


def leaves(value: Any, place: str = "") -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(one, f"{place}/{name}")
    else:
        yield place[1:]


def test_every_figure_is_computed_again_from_the_store(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(run), "--check"]) == 0
    said = capsys.readouterr().out
    counted = [place for place in leaves(figures_of(run)) if place.split("/")[0] not in NOT_COUNTED]
    assert said == f"{len(counted):,} figures recomputed from the store: all are as report.json says\n"


@pytest.mark.parametrize(
    "place",
    [
        "passed",
        "domains/nl/ratio",
        "judges/kind/pass_rate",
        "agreement/passed",
        "canaries/kind/judged",
        "histograms/ratio/12",
        "spent/judge",
        "losses/number",
        "dataset/train",
        "training/v2/steps/0/loss",
        "evaluation/v2/ratio_low",
        "evaluation/gain/p_value",
        "evaluation/references/truncation/pass_rate",
        "evaluation/curve/0/ratio",
        "evaluation/v1/lengths/0-99/n",
        "latency/v2/median",
        "adapters/v2/id",
        "usd",
        "checklist/0/met",
    ],
)
def test_a_figure_that_the_store_does_not_bear_out_is_named(
    place: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = figures_of(run)
    *way, last = [int(name) if name.isdigit() else name for name in place.split("/")]
    inner: Any = figures
    for name in way:
        inner = inner[name]
    value = inner[last]
    inner[last] = not value if isinstance(value, bool) else f"{value}x" if isinstance(value, str) else (value or 0) + 1
    (run / "report.json").write_text(json.dumps(figures), encoding="utf-8")
    assert main(["report", str(run), "--check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert f"{place}: report.json says {inner[last]}, the store {value}" in lines
    assert lines[-1].endswith("differ")


@pytest.mark.parametrize("kind", ["compression", "verdict", "step"])
def test_what_the_store_lost_shows(kind: str, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = sqlite3.connect(run / "run.db")
    database.execute(
        "DELETE FROM items WHERE kind = ? AND key IN (SELECT key FROM items WHERE kind = ? LIMIT 40)", (kind, kind)
    )
    database.commit()
    database.close()
    assert main(["report", str(run), "--check"]) == 1
    assert "the store" in capsys.readouterr().out


def test_an_interval_stands_beside_its_rate() -> None:
    figures = Figures({"a": {"ratio": 0.5, "ratio_low": 0.4, "ratio_high": 0.6, "n": 3}})
    assert re.sub("<[^>]+>", "", figures.cell("a", "ratio")) == "0.500 [0.400, 0.600]"
    assert re.sub("<[^>]+>", "", figures.cell("a", "n")) == "3"
    assert figures.cell("a", "nothing") == figures.cell("b", "ratio") == figures.cell("a") == "–"
