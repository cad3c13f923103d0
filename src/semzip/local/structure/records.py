"""A list (or a map) of like objects: a head with the names, then a line of cells for each.

A column that follows a rule needs no cells, or shorter ones; the rule stands in the head:
`id=1000..` counts up, `kind=login` is the same in all, `at=2026-03-*Z` stands for the rest of each, `ok?true` is true where
empty, `note?` is absent where empty, `zip"` is text although it looks like numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from attrs import field, frozen

from semzip.local.structure.affixes import affixes
from semzip.local.structure.cells import (
    Json,
    NotJsonError,
    Number,
    Quoted,
    cell,
    is_bare,
    quote,
    read_json,
    split,
    value_of,
)

ABSENT = Quoted("absent")
"""Stands where a record lacks the key."""
_KEY = re.compile(r"[\w$@/-](?:[\w$@/ -]*[\w$@/-])?\Z")
_HEAD_KEY = re.compile(r"[\w$@/ .-]+")
_MOST_TAGS = 24
Record = dict[str, Json]


@frozen
class Column:
    """One column: the path of keys, and the rule that its cells follow."""

    path: tuple[str, ...]
    rule: str = ""  # "", "=" constant, ".." sequence, "*" prefix and suffix
    value: Json = None  # the constant, the first number, or (prefix, suffix)
    default: Any = field(default=ABSENT)  # what an empty cell stands for
    is_text: bool = False

    @property
    def has_cells(self) -> bool:
        """Whether the rows hold something of this column."""
        return self.rule not in ("=", "..")

    def head(self, separator: str) -> str:
        """The column's part of the head."""
        name = ".".join(self.path) if all(map(_KEY.match, self.path)) else quote(self.path[0])
        name += '"' * self.is_text
        if self.rule == "=":
            return name + "=" + _plain(self.value, separator)
        if self.rule == "..":
            return f"{name}={self.value}.."
        if self.rule == "*":
            name += "={}*{}".format(*self.value)
        if self.default is None:
            return name
        return name + "?" + ("" if self.default is ABSENT else cell(self.default, separator, is_text=self.is_text))

    def write(self, value: Any, separator: str) -> str:
        """One cell."""
        if value is self.default or (value == self.default and type(value) is type(self.default)):
            return ""
        if value is ABSENT:
            return "?"
        if self.rule == "*":
            prefix, suffix = self.value
            value = value[len(prefix) : len(value) - len(suffix) or None]
        return cell(value, separator, is_text=self.is_text or self.rule == "*")

    def read(self, given: str | Quoted, at: int) -> Any:
        """The value of a cell in row `at`."""
        if self.rule == "=":
            return self.value
        if self.rule == "..":
            return Number(str(self.value + at))
        if isinstance(given, Quoted):
            value = given.value
        elif not given:
            return self.default
        elif given == "?":
            return ABSENT
        else:
            value = value_of(given, is_text=self.is_text or self.rule == "*")
        if self.rule == "*" and value is not None:
            prefix, suffix = self.value
            return f"{prefix}{value}{suffix}"
        return value


def _plain(value: Json, separator: str) -> str:
    if isinstance(value, str) and (".." in value or "*" in value or "?" in value):
        return quote(value)
    return cell(value, separator)


def encode(
    records: Sequence[Record], separator: str, keys: Sequence[str] | None = None, *, tagged: bool = True
) -> list[str]:
    """Head and rows of records; with `keys`, each row opens with its key; `tagged` if kinds of records may be told apart.

    The head is what stands behind the count of rows: separator, an optional tag, columns.
    """
    tag = None if keys or not tagged else _tag(records)
    if tag is None:
        columns = [_ruled(path, values) for path, values in _flatten(records)]
        rows = _rows([c for c, _ in columns], [v for _, v in columns], len(records), separator)
        heads = [separator + separator.join([c.head(separator) for c, _ in columns])]
        if keys:
            rows = [
                cell(key, separator, is_text=True) + (separator + row if row else "")
                for key, row in zip(keys, rows or [""] * len(keys), strict=True)
            ]
        return heads + rows
    return _tagged(records, tag, separator)


def _tagged(records: Sequence[Record], tag: str, separator: str) -> list[str]:
    groups: dict[str, list[int]] = {}
    for i, record in enumerate(records):
        groups.setdefault(record[tag], []).append(i)
    shared_keys = [k for k in records[0] if k != tag and all(k in record for record in records)]
    shared = [_ruled(p, v) for p, v in _flatten([{k: r[k] for k in shared_keys} for r in records])]
    heads = [
        f"{separator}{quote(tag) if not _KEY.match(tag) else tag}:"
        + separator.join([c.head(separator) for c, _ in shared])
    ]
    lines: list[list[str]] = [[cell(r[tag], separator, is_text=True)] for r in records]
    for column, values in shared:
        if column.has_cells:
            for line, value in zip(lines, values, strict=True):
                line.append(column.write(value, separator))
    rest = set(shared_keys) | {tag}
    for name, members in groups.items():
        own = [
            _ruled(p, v) for p, v in _flatten([{k: x for k, x in records[i].items() if k not in rest} for i in members])
        ]
        heads.append(separator.join([cell(name, separator, is_text=True), *(c.head(separator) for c, _ in own)]))
        for column, values in own:
            if column.has_cells:
                for i, value in zip(members, values, strict=True):
                    lines[i].append(column.write(value, separator))
    return [*heads, "", *(separator.join(line).rstrip(separator) for line in lines)]


def decode(head: str, lines: Sequence[str], count: int, *, keyed: bool = False) -> tuple[list[Record], list[str], int]:
    """Records, their keys if keyed, and how many lines they took. The head begins with the separator."""
    separator, head = head[0], head[1:]
    tag, at = _read_key(head, ":")
    if tag is not None:
        return _decode_tagged(tag, head[at:], separator, lines, count)
    columns = _read_columns(head, separator)
    celled = [c for c in columns if c.has_cells]
    records: list[Record] = []
    keys: list[str] = []
    for i in range(count):
        cells = split(lines[i], separator) if celled or keyed else []
        if keyed:
            keys.append(_string(cells.pop(0)))
        records.append(_record(columns, cells, i))
    return records, keys, count if celled or keyed else 0


def _decode_tagged(
    tag: str, head: str, separator: str, lines: Sequence[str], count: int
) -> tuple[list[Record], list[str], int]:
    shared = _read_columns(head, separator)
    kinds: dict[str, list[Column]] = {}
    at = 0
    while lines[at]:
        name, end = _first(lines[at], separator)
        kinds[name] = _read_columns(lines[at][end + 1 :], separator)
        at += 1
    at += 1
    seen = Counter[str]()
    records: list[Record] = []
    celled = sum(c.has_cells for c in shared)
    for i in range(count):
        first, *cells = split(lines[at + i], separator)
        name = _string(first)
        record = _record(shared, cells[:celled], i)
        record |= _record(kinds[name], cells[celled:], seen[name])
        seen[name] += 1
        records.append({tag: name} | record)
    return records, [], at + count


def _string(given: str | Quoted) -> str:
    return str(given.value) if isinstance(given, Quoted) else given


def _first(line: str, separator: str) -> tuple[str, int]:
    if line.startswith('"'):
        value, at = read_json(line, 0)
        return str(value), at
    end = line.find(separator)
    return (line, len(line)) if end < 0 else (line[:end], end)


def _record(columns: Sequence[Column], cells: Sequence[str | Quoted], at: int) -> Record:
    record: Record = {}
    position = 0
    for column in columns:
        given: str | Quoted = ""
        if column.has_cells:
            given = cells[position] if position < len(cells) else ""
            position += 1
        value = column.read(given, at)
        if value is ABSENT:
            continue
        place = record
        for key in column.path[:-1]:
            place = place.setdefault(key, {})
        place[column.path[-1]] = value
    return record


def _rows(columns: Sequence[Column], values: Sequence[Sequence[Any]], count: int, separator: str) -> list[str]:
    cells = [[c.write(v, separator) for v in vs] for c, vs in zip(columns, values, strict=True) if c.has_cells]
    if not cells:
        return []
    return [separator.join(row).rstrip(separator) for row in zip(*cells, strict=True)] if count else []


def _flatten(records: Sequence[Record], path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], list[Any]]]:
    """Paths and values of all records; objects with the same keys everywhere become columns of their own."""
    names: dict[str, None] = {}
    for record in records:
        if len(record) != len(names) or record.keys() != names.keys():
            names.update(dict.fromkeys(record))
    columns: list[tuple[tuple[str, ...], list[Any]]] = []
    for name in names:
        values = [record.get(name, ABSENT) for record in records]
        first = values[0]
        if (
            isinstance(first, dict)
            and first
            and _KEY.match(name)
            and all(map(_KEY.match, first))
            and (not path or all(map(_KEY.match, path)))
            and all(isinstance(v, dict) and v.keys() == first.keys() for v in values)
        ):
            columns += _flatten(values, (*path, name))
        else:
            columns.append(((*path, name), values))
    return columns


def _ruled(path: tuple[str, ...], values: list[Any]) -> tuple[Column, list[Any]]:
    """The rule that makes this column shortest."""
    first = values[0]
    count = len(values)
    whole = not any(v is ABSENT for v in values)
    if isinstance(first, Number) and whole and count > 2 and (start := _sequence(values)) is not None:
        return Column(path, "..", start), values
    if count > 1 and whole and all(type(v) is type(first) and v == first for v in values):
        return Column(path, "=", first), values
    default = _default(values)
    texts = [v for v in values if isinstance(v, str)]
    only_text = len(texts) + sum(v is ABSENT or v is None for v in values) == count
    if texts and only_text and count > 2:
        if len(texts) == count and any(ends := affixes(texts, whole_words=True)):
            prefix, suffix = ends
            bare = all(c not in prefix + suffix for c in '*?"\n\r;|,\t') and prefix[:1] not in ("[", "{", " ")
            if bare and not suffix.endswith(" "):
                return Column(path, "*", ends, None), values
        numeric = sum(not is_bare(t, "\n") and is_bare(t, "\n", is_text=True) for t in texts)
        return Column(path, default=default, is_text=numeric > 1), values
    return Column(path, default=default), values


def _default(values: list[Any]) -> Any:
    """What an empty cell stands for: absent or null if there is one, else the value that is most common."""
    if any(v is ABSENT for v in values):
        return ABSENT
    if any(v is None for v in values):
        return None
    scalars = Counter[Any](
        v if isinstance(v, Number) else (type(v), v) for v in values if isinstance(v, bool | str | Number)
    )
    if not scalars:
        return None
    ((most, times),) = scalars.most_common(1)
    value = most if isinstance(most, Number) else most[1]
    if times * 2 < len(values) or times < 3 or (isinstance(value, str) and not is_bare(value, "\n")):
        return None
    return value


def _sequence(values: Sequence[Any]) -> int | None:
    if not all(isinstance(v, Number) and v.text.lstrip("-").isdigit() and len(v.text) < 16 for v in values):
        return None
    start = int(values[0].text)
    return start if all(v.text == str(start + i) for i, v in enumerate(values)) else None


def _tag(records: Sequence[Record]) -> str | None:
    """The key whose value tells which other keys a record has; None where records are alike, or no key does."""
    union = dict.fromkeys(key for record in records for key in record)
    holes = sum(len(union) - len(record) for record in records)
    if holes * 5 < len(records) * len(union):
        return None
    best, fewest = None, holes // 2
    for key in union:
        names = {record.get(key) if isinstance(record.get(key), str) else None for record in records}
        if None in names or "" in names or not 1 < len(names) <= min(_MOST_TAGS, len(records) // 3):
            continue
        groups: dict[str, list[Record]] = {}
        for record in records:
            groups.setdefault(record[key], []).append(record)
        left = sum(len(m) * len({k for r in m for k in r}) - sum(map(len, m)) for m in groups.values())
        if left < fewest:
            best, fewest = key, left
    return best


def _read_columns(head: str, separator: str) -> list[Column]:
    columns: list[Column] = []
    at = 0
    while at < len(head):
        column, at = _read_column(head, at, separator)
        columns.append(column)
        at += 1
    return columns


def _read_column(head: str, at: int, separator: str) -> tuple[Column, int]:
    if head[at] == '"':
        key, at = read_json(head, at)
        path: tuple[str, ...] = (key,)
    else:
        found = _HEAD_KEY.match(head, at)
        if found is None:
            raise NotJsonError(f"no column name in {head[at:]!r}")
        path, at = tuple(found.group().split(".")), found.end()
    is_text = head.startswith('"', at)
    at += is_text
    rule, value, default = "", None, None
    if head.startswith("=", at):
        rule, value, at = _read_rule(head, at + 1, separator)
    if head.startswith("?", at):
        default, at = _read_default(head, at + 1, separator, is_text=is_text)
    return Column(path, rule, value, default, is_text), at


def _read_rule(head: str, at: int, separator: str) -> tuple[str, Any, int]:
    if head[at] in '"[{':
        value, at = read_json(head, at)
        return "=", value, at
    end = head.find(separator, at)
    end = len(head) if end < 0 else end
    text = head[at:end]
    if "*" in text:
        text = text.split("?", 1)[0]
        prefix, suffix = text.split("*", 1)
        return "*", (prefix, suffix), at + len(text)
    if text.endswith(".."):
        return "..", int(text[:-2]), end
    return "=", value_of(text), end


def _read_default(head: str, at: int, separator: str, *, is_text: bool) -> tuple[Any, int]:
    if at >= len(head) or head.startswith(separator, at):
        return ABSENT, at
    if head[at] in '"[{':
        return read_json(head, at)
    end = head.find(separator, at)
    end = len(head) if end < 0 else end
    return value_of(head[at:end], is_text=is_text), end


def _read_key(head: str, mark: str) -> tuple[str | None, int]:
    if head.startswith('"'):
        try:
            value, at = read_json(head, 0)
        except ValueError:
            return None, 0
        return (value, at + 1) if head.startswith(mark, at) else (None, 0)
    found = _HEAD_KEY.match(head)
    if found and head.startswith(mark, found.end()):
        return found.group(), found.end() + 1
    return None, 0
