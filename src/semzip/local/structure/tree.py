"""Any JSON value: `key: value` lines, one space deeper for each level; like objects as tables; the rest as compact JSON.

`key[3;…` heads three records, `key{3;…` three objects whose keys open the rows, `key[[3;` three rows of cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from semzip.local.structure import records
from semzip.local.structure.cells import (
    SEPARATORS,
    Json,
    NotJsonError,
    Quoted,
    Record,
    cell,
    compact,
    loads,
    quote,
    read_json,
    records_of,
    split,
    value_of,
)
from semzip.tokens import count_tokens

MARK = "#json"
_KEY = re.compile(r'[^\s"\[\]{}:#][^"\[\]{}:\n\r\x00-\x1f\ud800-\udfff]*(?<!\s)\Z')
_LINE_KEY = re.compile(r'[^\s"\[\]{}:#][^"\[\]{}:]*')
_FEWEST_IN_LIST, _FEWEST_IN_MAP = 2, 3
_LEAST_FILLED, _LEAST_FILLED_MAP = 0.03, 0.4
_TABLE = re.compile(r"(\[\[|\[|\{)(\d{1,9})(?=[;|,\t])")
_HEAD = re.compile(r'\s*(?:"[^"]*"|[^"\[{]*)[\[{]\d+[;|,\t](?:"[^"]*"|[\w$@/ .-]*)(:?)')
_LEGEND = (
    (re.compile(r"=-?\d+\.\."), "a=1.. counts up"),
    (re.compile(r"=[^;|,\t]*\*"), "a=x*y: * is the cell"),
    (re.compile(r"\?(?:[;|,\t]|$)"), "a? may be absent"),
    (re.compile(r"\?(?![;|,\t]|$)"), "a?v: empty is v"),
    (re.compile(r"=(?!-?\d+\.\.|[^;|,\t]*\*)"), "a=v: always v"),
)


def encode(text: str) -> Iterator[str]:
    """A JSON text as compact JSON, and as lines with each separator."""
    if text.lstrip()[:1] not in ("[", "{"):
        return
    try:
        value = loads(text)
    except NotJsonError:
        return
    try:
        yield compact(value)
        for separator in SEPARATORS[:3]:
            lines = encode_value(value, separator)
            if lines:
                yield "\n".join([MARK + legend(lines), *lines])
    except RecursionError:
        return


def encode_value(value: Json, separator: str) -> list[str]:
    """The lines of a value; none for a scalar, and a list of other things than objects."""
    table = _table("", value, separator)
    if table is None and isinstance(value, dict) and value:
        return _object(value, 0, separator)
    return table or []


def decode(text: str) -> str | None:
    """The JSON that was encoded; None where the text is none of ours."""
    head, _, body = text.partition("\n")
    if not re.match(rf"{MARK}(?::|\Z)", head) or not body:
        return None
    return compact(decode_lines(body.split("\n")))


def decode_lines(lines: list[str]) -> Json:
    """The value whose lines these are."""
    return _Reader(lines).root()


def legend(lines: list[str]) -> str:
    """What the rules in the heads of these lines mean, to stand behind a mark."""
    heads: list[str] = []
    for i, line in enumerate(lines):
        head = _HEAD.match(line)
        if head:
            heads += takewhile(bool, lines[i:]) if head.group(1) else [line]
    notes = [note for pattern, note in _LEGEND if pattern.search("\n".join(heads))]
    return f": {'; '.join(notes)}" if notes else ""


def _object(value: Record, depth: int, separator: str) -> list[str]:
    lines: list[str] = []
    for key, item in value.items():
        name = " " * depth + (key if _KEY.match(key) else quote(key))
        lines += _member(name, item, depth, separator)
    return lines


def _member(name: str, item: Json, depth: int, separator: str) -> list[str]:
    text = cell(item, "\n")
    flat = [f"{name}:{text}" if text[0] in "-0123456789" else f"{name}: {text}"]
    if not isinstance(item, dict | list) or not item:
        return flat
    below = _table(name, item, separator)
    if below is None and isinstance(item, dict):
        below = [f"{name}:", *_object(item, depth + 1, separator)]
    return flat if below is None else min(flat, below, key=lambda lines: count_tokens("\n".join(lines)))


def _table(name: str, value: Json, separator: str) -> list[str] | None:
    """A list of objects, or a map of objects that have mostly the same keys, as a table; None for what is neither."""
    if isinstance(value, list):
        if len(value) < _FEWEST_IN_LIST:
            return None
        table = records_of(value)
        if table is None:
            return _rows(name, value, separator)
        if _filled(table) < _LEAST_FILLED:
            return None
        head, *rows = records.encode(table, separator)
        return [f"{name}[{len(table)}{head}", *rows]
    table = records_of(value.values()) if isinstance(value, dict) and len(value) >= _FEWEST_IN_MAP else None
    if table is None or not isinstance(value, dict):
        return None
    if _filled(table) < _LEAST_FILLED_MAP:
        return None
    head, *rows = records.encode(table, separator, list(value))
    return [f"{name}{{{len(table)}{head}", *rows]


def _filled(table: list[Record]) -> float:
    """The share of cells that are not empty when records with different keys share a table."""
    return sum(map(len, table)) / (len({key for record in table for key in record}) * len(table))


def _rows(name: str, value: list[Json], separator: str) -> list[str] | None:
    """A list of lists of scalars, a line each; None for what is none."""
    lines = [f"{name}[[{len(value)}{separator}"]
    for row in value:
        if not isinstance(row, list) or not row or any(isinstance(c, dict | list) for c in row):
            return None
        lines.append(separator.join([cell(c, separator) for c in row]))
    return lines


class _Reader:
    """Reads lines back, one after the other."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0

    def root(self) -> Json:
        value = self._table(0) if _TABLE.match(self.lines[0]) else self._object(0)
        if self.at < len(self.lines):
            raise NotJsonError(f"unread line {self.lines[self.at]!r}")
        return value

    def _object(self, depth: int) -> dict[str, Json]:
        value: dict[str, Json] = {}
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line.startswith(" " * depth) or line.startswith(" " * (depth + 1)):
                break
            key, end = self._key(line, depth)
            if key in value:
                raise NotJsonError(f"key {key!r} twice")
            value[key] = self._member(line, end, depth)
        return value

    def _key(self, line: str, at: int) -> tuple[str, int]:
        if line.startswith('"', at):
            key, end = read_json(line, at)
            return str(key), end
        found = _LINE_KEY.match(line, at)
        if found is None:
            raise NotJsonError(f"no key in {line!r}")
        return found.group(), found.end()

    def _member(self, line: str, at: int, depth: int) -> Json:
        if _TABLE.match(line, at):
            return self._table(at)
        if not line.startswith(":", at):
            raise NotJsonError(f"no value in {line!r}")
        self.at += 1
        rest = line[at + 1 :].removeprefix(" ")
        if not rest:
            return self._object(depth + 1)
        if rest[0] in '"[{':
            value, end = read_json(rest, 0)
            if end < len(rest):
                raise NotJsonError(f"text behind the value in {line!r}")
            return value
        return value_of(rest)

    def _table(self, at: int) -> Json:
        line = self.lines[self.at]
        found = _TABLE.match(line, at)
        if found is None:
            raise NotJsonError(f"no table in {line!r}")
        keyed, count = found.group(1) == "{", int(found.group(2))
        self.at += 1
        if found.group(1) == "[[":
            lines = self.lines[self.at : self.at + count]
            self.at += count
            return [[c.value if isinstance(c, Quoted) else value_of(c) for c in split(row, line[-1])] for row in lines]
        rows, keys, used = records.decode(line[found.end() :], self.lines[self.at :], count, keyed=keyed)
        self.at += used
        return dict(zip(keys, rows, strict=True)) if keyed else list[Json](rows)
