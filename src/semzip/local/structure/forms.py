"""The same data in another form: JSON, YAML, a Markdown table, CSV, or lines of `name: value`, put side by side for the check.

Between typed forms 1 is not "1" and null is not "". A table of text knows no types: with one, values count as they are read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from decimal import Decimal

from attrs import frozen

from semzip.local.structure import rows, yamls
from semzip.local.structure.cells import Json, NotJsonError, Number, compact, loads, records_of

_DELIMITERS = (",", "\t", ";", "|")
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,2})?\Z")
_ZEROS = re.compile(r"-?0\d")
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_NOTHING = frozenset({"", "null", "none", "~"})
_AROUND = " \t,;|"
"""What may stand around a value behind its name."""
_MOST_KEYS = 200
_LEAST_KNOWN = 0.5
"""The share of names that a text must have in common with the data to be taken for the same table."""


@frozen
class Form:
    """The value of a text, and whether its form tells types."""

    value: Json
    typed: bool


def read(text: str) -> Form | None:
    """The value that a text holds as a whole; None where it is no data that is read here."""
    try:
        return Form(loads(text), typed=True)
    except NotJsonError:
        pass
    table = rows.markdown_rows(text)
    if table is not None:
        return Form([list[Json](row) for row in table[0]], typed=False)
    separated = _separated(text)
    if separated is not None:
        return Form([list[Json](row) for row in separated], typed=False)
    value = yamls.value(text)
    return None if value is None else Form(value, typed=True)


def beside(one: Form, text: str) -> tuple[Json, Json] | None:
    """The value of a form and that of a text that says the same in any form, both in one shape; None where it does not."""
    other = read(text)
    if other is not None and one.typed and other.typed:
        return (one.value, other.value) if _akin(one.value, other.value) else None
    value = _shape(one.value)
    if other is not None and _akin(value, found := _shape(other.value)):
        return _plain(value), _plain(found)
    table = records_of(value) if isinstance(value, list) else None
    keys = dict.fromkeys(key for record in table or () for key in record)
    labelled = _labelled(text, list(keys))
    return None if labelled is None else (_plain(value), _plain(labelled))


def _separated(text: str) -> list[list[str]] | None:
    """The rows of CSV in the delimiter that makes most cells."""
    best: list[list[str]] | None = None
    for delimiter in _DELIMITERS:
        if delimiter not in text.partition("\n")[0]:
            continue
        try:
            found = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
        except csv.Error:
            continue
        if len(found) > 1 and all(len(row) == len(found[0]) for row in found):
            best = found if best is None or len(found[0]) > len(best[0]) else best
    return best


def _shape(value: Json) -> Json:
    """Rows under a head as records; anything else as it is."""
    if not isinstance(value, list) or len(value) < 2:
        return value
    table = [row for row in value if isinstance(row, list)]
    head = [name for name in table[0] if isinstance(name, str)] if table else []
    if len(table) < len(value) or len(head) < len(table[0]) or any(len(row) > len(head) for row in table):
        return value
    return [dict(zip(_distinct(head), row, strict=False)) for row in table[1:]]


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, with a number behind those that came before."""
    return [name if (n := names[:i].count(name)) == 0 else f"{name} #{n + 1}" for i, name in enumerate(names)]


def _akin(one: Json, other: Json) -> bool:
    """Whether two values are of one shape and have at least half of their names in common."""
    if isinstance(one, list) and isinstance(other, list) and one and other:
        return _akin(one[0], other[0]) if isinstance(one[0], dict | list) else not isinstance(other[0], dict | list)
    if isinstance(one, dict) and isinstance(other, dict):
        return len(one.keys() & other.keys()) >= _LEAST_KNOWN * min(len(one), len(other))
    return not isinstance(one, dict | list) and not isinstance(other, dict | list)


def _labelled(text: str, keys: Sequence[str]) -> Json | None:
    """Records in lines of `name: value`, a line each; None where the lines are not of that form."""
    if not 1 < len(keys) <= _MOST_KEYS or " #2" in keys:  # two columns without a name
        return None
    names = "|".join(re.escape(key) for key in sorted(filter(None, keys), key=len, reverse=True))
    label = re.compile(rf"(?:\A|(?<=[,;|({{ ])|(?<=\t))[\"']?({names})[\"']? ?[:=](?: |\Z|(?=\S))")
    table: list[Json] = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        found = [*label.finditer(line)]
        if len(found) < _LEAST_KNOWN * len(keys):
            return None
        ends = [*(match.start() for match in found[1:]), len(line)]
        opening = line[: found[0].start()].strip(_AROUND).removeprefix(":").lstrip()
        record: dict[str, Json] = {"": opening} if "" in keys else {}
        said = [line[match.end() : end].strip(_AROUND) for match, end in zip(found, ends, strict=True)]
        record |= zip(_distinct([match[1] for match in found]), said, strict=True)
        table.append(record)
    return table or None


def _plain(value: Json) -> Json:
    """A value as it is read: all text, without what is empty, and numbers in one spelling."""
    if isinstance(value, dict):
        return {key.strip(): text for key, item in value.items() if (text := _plain(item)) != ""}
    if isinstance(value, list):
        items = [_plain(item) for item in value]
        while items and items[-1] == "":
            items.pop()
        return items
    text = " ".join((value if isinstance(value, str) else compact(value)).split())
    if text.lower() in _NOTHING:
        return ""
    if text.lower() in {"true", "false"}:
        return text.lower()
    text = _GROUPED.sub(lambda found: found.group().replace(",", ""), text)
    if not _NUMBER.match(text) or _ZEROS.match(text):
        return text
    return Number(format(Decimal(text).normalize(), "f"))


__all__ = ["Form", "beside", "read"]
