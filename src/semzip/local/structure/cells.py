"""How one JSON value is written in a cell, and read back: bare where that is unambiguous, else as JSON.

Numbers keep their spelling (1.0 stays 1.0, 1e5 stays 1e5), so nothing is rounded and no type changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from json.encoder import encode_basestring
from typing import NamedTuple, TypeAlias

SEPARATORS = (";", "|", ",", "\t")
"""What may stand between two cells; a reader sees which one in the head of the table."""


class Number(NamedTuple):
    """A JSON number as it was spelled."""

    text: str


Json: TypeAlias = "bool | str | Number | list[Json] | dict[str, Json] | None"
"""A JSON value; there is no int or float among them, so equal values are of the same type, too."""
Record: TypeAlias = "dict[str, Json]"


class Quoted(NamedTuple):
    """A cell that was written as JSON: its value is settled."""

    value: Json


class NotJsonError(ValueError):
    """Not JSON, or JSON whose value cannot be told for sure: NaN, a key twice in one object."""


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise NotJsonError("a key stands twice in one object")
    return value


def _refuse(name: str) -> Json:
    raise NotJsonError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_refuse)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS: dict[str, Json] = {"null": None, "true": True, "false": False}


def loads(text: str) -> Json:
    """The value of a JSON text, numbers as spelled.

    Raises:
        NotJsonError: Not JSON, ambiguous, or nested too deeply to be handled.
    """
    try:
        value: Json = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)) from error
    return value


def records_of(values: Iterable[Json]) -> list[Record] | None:
    """The values as objects, or None where one is none, or empty."""
    given = list(values)
    records = [value for value in given if isinstance(value, dict) and value]
    return records if len(records) == len(given) else None


def quote(text: str) -> str:
    """A JSON string; non-ASCII letters stay as they are."""
    return json.dumps(text) if not text.isascii() and _SURROGATE.search(text) else encode_basestring(text)


def compact(value: Json) -> str:
    """A value as JSON without spaces."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join([f"{quote(key)}:{compact(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([compact(item) for item in value]) + "]"
    return "null" if value is None else "true" if value else "false"


def same(one: Json, other: Json) -> bool:
    """Equal in value, type and spelling of numbers; the order of keys does not count."""
    return one == other


@lru_cache(maxsize=16)
def _bare(separator: str) -> re.Pattern[str]:
    return re.compile(rf'(?![\s"\[{{])[^{re.escape(separator)}\x00-\x1f\x7f\ud800-\udfff]*(?<!\s)\Z')


def is_bare(text: str, separator: str, *, is_text: bool = False) -> bool:
    """Whether a string may stand unquoted; in a column of text, one that looks like a number may, too."""
    if not text or text in {"?", "null"} or not _bare(separator).match(text):
        return False
    return is_text or (text not in _WORDS and not _NUMBER.match(text))


def cell(value: Json, separator: str, *, is_text: bool = False) -> str:
    """A value as it stands between two separators."""
    if isinstance(value, str):
        return value if is_bare(value, separator, is_text=is_text) else quote(value)
    return compact(value)


def value_of(text: str, *, is_text: bool = False) -> Json:
    """The value of a bare cell."""
    if text == "null":
        return None
    if is_text:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return Number(text) if _NUMBER.match(text) else text


def read_json(line: str, at: int) -> tuple[Json, int]:
    """The JSON value that starts at `at`, and where it ends."""
    try:
        return _DECODER.raw_decode(line, at)
    except RecursionError as error:
        raise NotJsonError(str(error)) from error


def split(line: str, separator: str) -> list[str | Quoted]:
    """The cells of a line; JSON between separators is read as such."""
    if '"' not in line and "[" not in line and "{" not in line:
        return list(line.split(separator))
    cells: list[str | Quoted] = []
    at = 0
    while True:
        if line[at : at + 1] in ('"', "[", "{"):
            value, at = read_json(line, at)
            cells.append(Quoted(value))
            if at < len(line) and not line.startswith(separator, at):
                raise NotJsonError(f"text behind a quoted cell: {line[at:]!r}")
            if at >= len(line):
                return cells
        else:
            end = line.find(separator, at)
            cells.append(line[at:] if end < 0 else line[at:end])
            if end < 0:
                return cells
            at = end
        at += len(separator)
