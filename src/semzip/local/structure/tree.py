"""Any JSON value: `key: value` lines, one space deeper for each level; like objects as tables; the rest as compact JSON.

`key[3;]…` heads three records, `key{3;}…` three objects whose keys open the rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from semzip.local.structure import records
from semzip.local.structure.cells import (
    SEPARATORS,
    Json,
    NotJsonError,
    cell,
    compact,
    loads,
    quote,
    read_json,
    value_of,
)
from semzip.tokens import count_tokens

MARK = "#json"
_KEY = re.compile(r'[^\s"\[\]{}:#][^"\[\]{}:\n\r\x00-\x1f\ud800-\udfff]*(?<!\s)\Z')
_LINE_KEY = re.compile(r'[^\s"\[\]{}:#][^"\[\]{}:]*')
_TABLE = re.compile(r"([\[{])(\d+)(?=[;|,\t])")
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
    """The lines of a value."""
    if isinstance(value, dict) and value:
        if _like(list(value.values())):
            return _table("", value, separator)
        return _object(value, 0, separator)
    if _is_records(value):
        return _table("", value, separator)
    return []


def decode(text: str) -> str | None:
    """The JSON that was encoded; None where the text is none of ours."""
    head, _, body = text.partition("\n")
    if not re.match(rf"{MARK}(?::|\Z)", head) or not body:
        return None
    try:
        return compact(decode_lines(body.split("\n")))
    except (ValueError, KeyError, IndexError, RecursionError):
        return None


def decode_lines(lines: list[str]) -> Json:
    """The value whose lines these are."""
    return _Reader(lines).root()


def legend(lines: list[str]) -> str:
    """What the rules in the heads of these lines mean, to stand behind a mark."""
    heads = "\n".join([line for line in lines if "[" in line or "{" in line])
    notes = "; ".join([note for pattern, note in _LEGEND if pattern.search(heads)])
    return notes and f": {notes}"


def _is_records(value: Json) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(isinstance(v, dict) and v for v in value)


def _like(values: Sequence[Json]) -> bool:
    """Whether objects have mostly the same keys."""
    if len(values) < 3 or not all(isinstance(v, dict) and v for v in values):
        return False
    union = {key for v in values for key in v}
    return sum(map(len, values)) * 5 >= 2 * len(union) * len(values)


def _object(value: dict[str, Json], depth: int, separator: str) -> list[str]:
    lines: list[str] = []
    for key, item in value.items():
        name = " " * depth + (key if _KEY.match(key) else quote(key))
        lines += _member(name, item, depth, separator)
    return lines


def _member(name: str, item: Json, depth: int, separator: str) -> list[str]:
    if isinstance(item, str):
        text = cell(item, "\n")
        return [f"{name}:{text}" if text[0].isdigit() else f"{name}: {text}"]
    if isinstance(item, dict | list) and item:
        flat = f"{name}: {compact(item)}"
        ways = [[flat]]
        if _is_records(item) or (isinstance(item, dict) and _like(list(item.values()))):
            ways.append(_table(name, item, separator))
        elif isinstance(item, dict):
            ways.append([f"{name}:", *_object(item, depth + 1, separator)])
        return min(ways, key=lambda way: count_tokens("\n".join(way))) if len(ways) > 1 else ways[0]
    text = compact(item)
    return [f"{name}:{text}" if text[0].isdigit() or text[0] == "-" else f"{name}: {text}"]


def _table(name: str, value: Json, separator: str) -> list[str]:
    if isinstance(value, dict):
        head, *rows = records.encode(list(value.values()), separator, list(value))
        return [f"{name}{{{len(value)}{head}", *rows]
    head, *rows = records.encode(value, separator)
    return [f"{name}[{len(value)}{head}", *rows]


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
        rows, keys, used = records.decode(line[found.end() :], self.lines[self.at :], count, keyed=keyed)
        self.at += used
        return dict(zip(keys, rows, strict=True)) if keyed else rows
