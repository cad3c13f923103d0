"""Lists of rows and Markdown tables: one line a row, cells between a separator that the first characters name.

`[;a;b` opens rows of text, `[[;` rows of JSON values, `|;` the rows of a Markdown table. Empty cells at the end of a row are left
out. Where it pays, thousands commas are left out too, and the first line says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from semzip.local.structure.cells import Json, NotJsonError, Quoted, cell, compact, loads, quote, split, value_of

Kind = Literal["[", "[[", "|"]
_SEPARATORS = (";", "|", ",", "/")
_PLAIN_NUMBERS = " 1000=1,000"
_HEAD = re.compile(r"(\[\[|\[|\|)([;|,/])(?: 1000=(1,000)\n)?")
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,])")
_LONG = re.compile(r"(?<![\w.,])\d{4,300}(?!\w)")
_RULE = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*\Z")
_PIPE = re.compile(r"(?<!\\)\|")


def encode(text: str) -> Iterator[str]:
    """Every way to write a JSON list of rows, or a Markdown table, as lines."""
    if text.lstrip().startswith("["):
        try:
            value = loads(text)
        except NotJsonError:
            return
        yield from encode_rows(value)
    elif (table := markdown_rows(text)) is not None:
        rows, aligned = table
        if not aligned:
            yield from _texts("|", rows)


def encode_rows(value: Json) -> Iterator[str]:
    """Every way to write a list of rows of scalars as lines."""
    if not isinstance(value, list) or len(value) < 2:
        return
    rows = [row for row in value if isinstance(row, list) and row and not any(isinstance(c, dict | list) for c in row)]
    if len(rows) < len(value):
        return
    texts = [[c for c in row if isinstance(c, str)] for row in rows]
    if all(len(row) == len(rows[0]) for row in texts):
        yield from _texts("[", texts)
    elif any(len(text) < len(row) for text, row in zip(texts, rows, strict=True)):
        for separator in _SEPARATORS[:3]:
            yield "[[" + separator + "\n".join([separator.join([cell(c, separator) for c in row]) for row in rows])


def decode(text: str) -> str | None:
    """The JSON or Markdown that was encoded; None where the text is none of ours.

    A text that only looks like one raises a ValueError, KeyError or IndexError, here as in every format.
    """
    head = _HEAD.match(text)
    if head is None:
        return None
    kind, separator, grouped = head.groups()
    lines = [split(line, separator) for line in text[head.end() :].split("\n")]
    if kind == "[[":
        return compact([[c.value if isinstance(c, Quoted) else value_of(c) for c in line] for line in lines])
    width = max(map(len, lines))
    rows = [[_text_of(c, grouped=bool(grouped)) for c in line] + [""] * (width - len(line)) for line in lines]
    return compact([list[Json](row) for row in rows]) if kind == "[" else markdown(rows)


def markdown_rows(text: str) -> tuple[list[list[str]], bool] | None:
    """The cells of a text that is one Markdown table, and whether its rule aligns columns; None where it is not."""
    lines = text.strip().split("\n")
    if len(lines) < 2 or "|" not in lines[0] or "-" not in lines[1] or not _RULE.match(lines[1]):
        return None
    if "|" in text and not all("|" in line for line in lines):
        return None
    rows = [_markdown_cells(line) for line in lines]
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        return None
    return [rows[0], *rows[2:]], ":" in lines[1]


def markdown(rows: Iterable[Iterable[str]]) -> str:
    """Rows as a Markdown table."""
    lines = ["| " + " | ".join([c.replace("|", "\\|") for c in row]) + " |" for row in rows]
    width = len(_PIPE.findall(lines[0])) - 1
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _markdown_cells(line: str) -> list[str]:
    line = line.strip()
    cells = [c.strip().replace("\\|", "|") for c in _PIPE.split(line)]
    return cells[line.startswith("|") : len(cells) - (line.endswith("|") and not line.endswith("\\|"))]


def _texts(kind: Kind, rows: list[list[str]]) -> Iterator[str]:
    for separator in _SEPARATORS:
        if not any(separator in c for row in rows for c in row) or separator == ",":
            yield _lines(kind, rows, separator)
    plain = [[_ungrouped(c) for c in row] for row in rows]
    if plain != rows and not any(_grouped(c) != c for row in rows for c in row):
        for separator in _SEPARATORS[:3]:
            yield _lines(kind, plain, separator, _PLAIN_NUMBERS + "\n")


def _lines(kind: Kind, rows: list[list[str]], separator: str, legend: str = "") -> str:
    width = max(map(len, rows))
    lines = [separator.join([_written(c, separator) for c in row]) for row in rows]
    short = [line.rstrip(separator) for line in lines]
    if all(not row[-1] for row in rows):  # one line must show the width
        short[0] = lines[0]
    if width == 1 and len(short) > 1 and not legend:
        short[0] = lines[0]
    return f"{kind}{separator}{legend}" + "\n".join(short)


def _written(text: str, separator: str) -> str:
    return quote(text) if separator in text or "\n" in text or "\r" in text or text[:1] in ('"', "[", "{") else text


def _text_of(given: str | Quoted, *, grouped: bool) -> str:
    text = given.value if isinstance(given, Quoted) else given
    return _grouped(str(text)) if grouped else str(text)


def _ungrouped(text: str) -> str:
    plain = _GROUPED.sub(lambda m: m.group().replace(",", ""), text)
    return plain if _grouped(plain) == text else text


def _grouped(text: str) -> str:
    """Thousands commas put back; numbers that look like years have none."""
    return _LONG.sub(lambda m: m.group() if re.fullmatch(r"(?:19|20)\d\d", m.group()) else f"{int(m.group()):,}", text)
