"""Structured data in fewer tokens, without loss: every encoding is decoded and compared before it is handed out.

`shorten` tries each format that can read the text and takes the fewest tokens; `expand` undoes it; `fit` reaches a budget by
leaving rows out, and says how many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType

from semzip.local.prose import engine as prose
from semzip.local.prose.salience import Salience
from semzip.local.structure import diffs, hits, logs, rows, separated, tree, yamls
from semzip.local.structure.budget import fit as budget_fit
from semzip.local.structure.cells import NotJsonError, loads, same
from semzip.tokens import count_tokens

_VALUES: tuple[ModuleType, ...] = (rows, tree)
"""Formats of JSON and Markdown tables."""
_LINES: tuple[ModuleType, ...] = (diffs, hits, separated, yamls, logs)
"""Formats of what is not."""
_FORMATS = (*_VALUES, *_LINES)
_CRLF = "crlf "
"""Before the mark of a text whose lines all ended in a carriage return and a line feed."""


def shorten(text: str) -> str:
    """The same data in fewer tokens; the text itself where no encoding is shorter, or none comes back.

    Args:
        text: JSON, a Markdown table, CSV, YAML, a log, search hits or a diff.
    """
    ways = sorted((count_tokens(way), i, way) for i, way in enumerate(_encodings(text)))
    limit = count_tokens(text)
    return next((way for tokens, _, way in ways if tokens < limit and equal(text, expand(way))), text)


def expand(text: str) -> str:
    """The data that `shorten` encoded: the same JSON value or table, the same log, hits, or diff; other texts as they are."""
    short = text.removeprefix(_CRLF)
    for form in _FORMATS if short == text else _LINES:
        try:
            plain = form.decode(short)
        except (ValueError, KeyError, IndexError, RecursionError):
            return text  # it only looks like one of ours
        if plain is not None:
            return str(plain) if short == text else str(plain).replace("\n", "\r\n")
    return text


def equal(original: str, other: str) -> bool:
    """Whether two texts are the same data: equal JSON values, equal tables, or the same text."""
    if original == other:
        return True
    try:
        return same(loads(original), loads(other))
    except (NotJsonError, RecursionError):
        table = rows.markdown_rows(original)
        return table is not None and table == rows.markdown_rows(other)


def fit(
    text: str,
    *,
    budget: int,
    count: Callable[[str], int],
    question: str | None = None,
    salience: Salience | None = None,
) -> str:
    """The rows, lines or members that matter most within `budget`, and how many were left out; never over the budget."""
    short = shorten(text)
    if count(short) <= budget:
        return short
    best = budget_fit(text, budget=budget, measure=count, question=question, shorten=shorten)
    return prose.fit(text, budget=budget, count=count, question=question, salience=salience) if best is None else best


def _encodings(text: str) -> Iterator[str]:
    values = [way for form in _VALUES for way in form.encode(text)]
    yield from values
    if not values:
        crlf = 0 < text.count("\n") == text.count("\r\n") == text.count("\r")
        plain = text.replace("\r\n", "\n") if crlf else text
        yield from (_CRLF * crlf + way for form in _LINES for way in form.encode(plain))
