"""The page of a run: one HTML file that loads nothing, with what beside it that has no room in it.

Corpus text is never markup: what is shown of the figures is escaped, pairs travel as Base64 and become text nodes, and the
page's policy lets nothing run but its own script, and nothing be fetched at all.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, cast

from semzip._files import replacing
from semzip._version import __version__
from semzip.release import shown
from semzip.report import sections
from semzip.report.cells import Figures, facts, section
from semzip.report.pairs import REST, Pairs, collect
from semzip.report.run import Run

PAGE = "report.html"
_NAMES = {
    "targets": "Targets",
    "comparison": "v1 and v2",
    "funnel": "Funnel",
    "histograms": "Histograms",
    "judges": "Judges",
    "losses": "Losses",
    "training": "Training",
}


async def write(run: Run) -> Path:
    """Write the page into the run's folder.

    Returns:
        The page. Pairs beyond its room are in `report-pairs.jsonl` beside it.
    """
    async with run.store() as store:
        pairs = await collect(run, store)
    path = run.folder / PAGE
    with replacing(path) as file:
        file.write(html(run, pairs))
    return path


def html(run: Run, pairs: Pairs) -> str:
    """The page's text."""
    figures = Figures(run.figures)
    style, script = _asset("page.css"), _asset("page.js")
    body = {name: getattr(sections, name)(figures) for name in _NAMES}
    return Template(_asset("page.html")).substitute(
        policy="; ".join(
            (
                "default-src 'none'",
                f"script-src '{_source(script)}'",
                f"style-src '{_source(style)}'",
                "img-src data:",
                "base-uri 'none'",
                "form-action 'none'",
            )
        ),
        style=style,
        script=script,
        data=pairs.packed,
        name=escape(run.folder.resolve().name),
        headline=_headline(figures),
        notices=_notices(run),
        tiles=_tiles(figures),
        contents="".join(
            f'<li><a href="#{name}">{escape(title)}</a></li>'
            for name, title in [*((name, _NAMES[name]) for name in _NAMES if body[name]), ("pairs", "Pairs"), ("provenance", "Provenance")]
        ),
        sections="\n".join(text for text in body.values() if text),
        pairs_note=_pairs_note(pairs),
        domains=_options(pairs.domains),
        outcomes=_options(pairs.outcomes),
        kinds=_options(pairs.kinds),
        provenance=_provenance(run, figures),
        version=escape(__version__),
    )  # fmt: skip


def _asset(name: str) -> str:
    return files("semzip.report").joinpath(name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    """What a Content-Security-Policy calls this very text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _headline(figures: Figures) -> str:
    ratio, n = figures.at("evaluation", "v2", "ratio"), figures.at("evaluation", "v2", "n")
    if ratio is not None:
        saved = f"{100 * (1 - ratio):.1f} % fewer tokens on {n:,} test passages"
        rate = figures.at("evaluation", "v2", "pass_rate")
        return (
            f"v2 takes {saved}; {100 * rate:.1f} % of its texts pass"
            if ratio < 1
            else f"v2 saves nothing on {n:,} test passages"
        )
    if figures.at("ratio") is not None:
        return f"{figures.at('passed'):,} of {figures.at('judged'):,} judged pairs passed"
    return "No pair passed"


def _notices(run: Run) -> str:
    words: list[str] = []
    if not run.figures.get("passed"):
        lost = run.figures.get("losses", {})
        most = ", ".join(sorted(lost, key=lambda kind: -lost[kind])[:3])
        words.append(
            f"No pair passed: {shown(run.figures.get('rejected', 0))} were rejected{f', mostly for {most}' if most else ''}, "
            f"{shown(run.figures.get('failed', 0))} failed, {shown(run.figures.get('unchanged', 0))} came back unchanged. "
            "The pairs below say why."
        )
    if run.missing:
        words.append(
            f"This run is not finished: it has not come to {', '.join(run.missing)}. The same command goes on with it."
        )
    return "".join(f'<p class="notice">{escape(text)}</p>' for text in words)


def _tiles(figures: Figures) -> str:
    tiles = (
        ("passages", figures.cell("passages"), ""),
        ("pass rate of all", figures.cell("pass_rate"), f"{figures.cell('passed')} of {figures.cell('judged')}"),
        ("ratio of v2", *_with_range(figures, "evaluation", "v2", "ratio")),
        ("equivalence of v2", *_with_range(figures, "evaluation", "v2", "equivalence")),
        ("gain over v1", *_with_range(figures, "evaluation", "gain", "ratio")),
        ("spent", figures.cell("usd", form="usd"), ""),
    )
    return "".join(
        f'<div><dt>{name}</dt><dd>{value}{f"""<span class="sub">{more}</span>""" if more else ""}</dd></div>'
        for name, value, more in tiles
        if value != "–"
    )


def _with_range(figures: Figures, *path: str) -> tuple[str, str]:
    return figures.value(*path), figures.interval(*path)


def _pairs_note(pairs: Pairs) -> str:
    beside = f" {pairs.beside:,} more are in {REST} beside this page." if pairs.beside else ""
    return f"{pairs.shown:,} pairs: what failed first, then a draw of the others.{escape(beside)}"


def _options(names: Sequence[str]) -> str:
    return "".join(f'<option value="{escape(name)}">{escape(name)}</option>' for name in names)


def _provenance(run: Run, figures: Figures) -> str:
    settings, versions = figures.group("settings"), figures.group("versions")
    rows = [(name.replace("_", " "), _plain(value)) for name, value in settings.items()]
    rows += [(f"version of {name}" if name != "platform" else name, _plain(value)) for name, value in versions.items()]
    rows += [("run", _plain(figures.at("run"))), ("dataset", _plain(figures.at("dataset", "id")))]
    for arm, adapter in figures.group("adapters").items():
        trained = f" on {adapter['base_model']}" if adapter.get("base_model") else ""
        rows.append(
            (
                f"adapter of {arm}",
                f"<code>{escape(adapter['id'])}</code>, by <code>{escape(adapter['trainer'])}</code>{escape(trained)}",
            )
        )
    for arm, by in figures.group("evaluation", "rows", "by").items():
        rows.append((f"{arm} compressed by", _plain(by)))
    rows.append(("seconds of the last call", figures.cell("seconds")))
    hashes = facts((name, f"<code>{value}</code>") for name, value in run.hashes().items())
    return section(
        "provenance", "Provenance", facts(rows), f"<details><summary>SHA-256 of the run's files</summary>{hashes}</details>"
    )  # fmt: skip


def _plain(value: Any) -> str:
    if value is None:
        return "–"
    each: Sequence[Any] = [value]
    if isinstance(value, Mapping):
        each = [f"{name}: {one}" for name, one in cast("Mapping[str, Any]", value).items()]
    elif isinstance(value, list):
        each = cast("Sequence[Any]", value)
    return ", ".join(f"<code>{escape(str(one))}</code>" for one in each) or "–"
