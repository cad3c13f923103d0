"""Figures as HTML. Each carries where it stands in report.json and its exact value, so that a test can compare them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, cast

from attrs import frozen

from semzip.release import shown


@frozen
class Figures:
    """A report's figures, to be shown.

    Args:
        report: The figures of report.json.
    """

    report: Mapping[str, Any]

    def at(self, *path: str) -> Any:
        """The figure, or the group of figures, under these names; None where there is none."""
        value: Any = self.report
        for name in path:
            value = _mapping(value).get(name)
        return value

    def group(self, *path: str) -> Mapping[str, Any]:
        """The group of figures under these names; empty where there is none."""
        return _mapping(self.at(*path))

    def cell(self, *path: str, form: str = "") -> str:
        """A figure, and the interval of a rate. `form` may be "usd", "seconds" or "p"."""
        return " ".join(part for part in (self.value(*path, form=form), self.interval(*path)) if part)

    def value(self, *path: str, form: str = "") -> str:
        """A figure alone; a dash where there is none."""
        value = self.at(*path)
        if value is None or isinstance(value, Mapping):
            return "–"
        where = "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in path)
        return f'<data value="{escape(str(value))}" data-at="{escape(where)}">{escape(_formed(value, form))}</data>'

    def interval(self, *path: str) -> str:
        """The interval of a rate, where it has one."""
        low, high = (self.value(*path[:-1], f"{path[-1]}_{end}") for end in ("low", "high"))
        return "" if low == "–" else f'<span class="range">[{low}, {high}]</span>'


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _formed(value: Any, form: str) -> str:
    if form == "usd":
        return f"${value:,.2f}"
    if form == "p":
        return f"{value:.4f}"
    if form == "seconds":
        return f"{1_000 * value:,.1f} ms" if value < 1 else f"{value:,.2f} s"
    return shown(value)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "") -> str:
    """A table; head and caption are escaped, cells are HTML. The first cell of a row is its heading."""
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>' for first, *rest in rows
    )
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="scroll"><table>{title}<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>'


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """A list of names with their values, which are HTML."""
    return f'<dl class="facts">{"".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in rows)}</dl>'


def section(name: str, title: str, *parts: str) -> str:
    """A section under a heading; nothing where it has no part."""
    inside = "".join(parts)
    if not inside:
        return ""
    return f'<section id="{name}" aria-labelledby="h-{name}"><h2 id="h-{name}">{escape(title)}</h2>{inside}</section>'


def note(text: str) -> str:
    """A remark under a heading."""
    return f'<p class="note">{escape(text)}</p>'
