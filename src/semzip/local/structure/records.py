"""A list (or a map) of objects as a table: a head with the columns, then a line of cells for each object.

    3;id=1..;user.name;ok?true
    ann
    bo;false
    cid

Objects of several kinds are told apart by one of their keys: the head opens with that key, a line for each kind names its own
columns, and each row opens with its kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from semzip.local.structure.cells import NotJsonError, Quoted, Record, cell, quote, read_json, split
from semzip.local.structure.columns import ABSENT, KEY, Column, Value, column, read_columns, read_name

_MOST_KINDS = 24
_MOST_RECORDS = 10_000_000
_Table = list[tuple[Column, list[Value]]]


def encode(
    records: Sequence[Record], separator: str, keys: Sequence[str] | None = None, *, kinds: bool = True
) -> list[str]:
    """Head and rows of records.

    Args:
        records: The objects.
        separator: What stands between cells.
        keys: What each row opens with, for a map of objects.
        kinds: Whether kinds of objects may be told apart.
    """
    kind = _kind_key(records) if kinds and keys is None else None
    if kind is not None:
        return _of_kinds(records, *kind, separator)
    table = _table(records)
    lines = [[cell(key, separator, is_text=True)] for key in keys or ()] or [[] for _ in records]
    _add_cells(lines, table, range(len(records)), separator)
    rows = [separator.join(line).rstrip(separator) for line in lines]
    return [separator + _head(table, separator), *(rows if _celled(table) or keys else ())]


def decode(head: str, lines: Sequence[str], count: int, *, keyed: bool = False) -> tuple[list[Record], list[str], int]:
    """Records, their keys if keyed, and how many lines they took. The head begins with the separator."""
    if count > _MOST_RECORDS:
        raise NotJsonError(f"{count} records")
    separator, head = head[0], head[1:]
    if head:
        name, at = read_name(head, 0)
        if head.startswith(":", at):
            of_kinds, used = _decode_kinds(name, head[at + 1 :], separator, lines, count)
            return of_kinds, [], used
    columns = read_columns(head, separator)
    has_lines = keyed or any(found.has_cells for found in columns)
    records: list[Record] = []
    keys: list[str] = []
    for i in range(count):
        cells = split(lines[i], separator) if has_lines else []
        if keyed:
            keys.append(_text(cells.pop(0)))
        records.append(_record(columns, cells, i))
    return records, keys, count if has_lines else 0


def _of_kinds(records: Sequence[Record], key: str, names: Sequence[str], separator: str) -> list[str]:
    groups: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        groups.setdefault(name, []).append(i)
    common = [k for k in records[0] if k != key and all(k in record for record in records)]
    shared = _table([{k: record[k] for k in common} for record in records])
    heads = [f"{separator}{key if KEY.match(key) else quote(key)}:{_head(shared, separator)}"]
    lines = [[cell(name, separator, is_text=True)] for name in names]
    _add_cells(lines, shared, range(len(records)), separator)
    known = {key, *common}
    for name, members in groups.items():
        own = _table([{k: value for k, value in records[i].items() if k not in known} for i in members])
        heads.append(separator.join([cell(name, separator, is_text=True), *([_head(own, separator)] if own else ())]))
        _add_cells(lines, own, members, separator)
    return [*heads, "", *(separator.join(line).rstrip(separator) for line in lines)]


def _decode_kinds(key: str, head: str, separator: str, lines: Sequence[str], count: int) -> tuple[list[Record], int]:
    shared = read_columns(head, separator)
    kinds: dict[str, list[Column]] = {}
    at = 0
    while lines[at]:
        name, end = _first(lines[at], separator)
        kinds[name] = read_columns(lines[at][end + 1 :], separator)
        at += 1
    at += 1
    celled = sum(found.has_cells for found in shared)
    seen = Counter[str]()
    records: list[Record] = []
    for i in range(count):
        first, *cells = split(lines[at + i], separator)
        name = _text(first)
        record: Record = {key: name}
        record |= _record(shared, cells[:celled], i)
        record |= _record(kinds[name], cells[celled:], seen[name])
        seen[name] += 1
        records.append(record)
    return records, at + count


def _kind_key(records: Sequence[Record]) -> tuple[str, list[str]] | None:
    """The key whose value tells which other keys a record has, and its values; None where records are alike, or no key does."""
    union = dict.fromkeys(key for record in records for key in record)
    holes = sum(len(union) - len(record) for record in records)
    if holes * 5 < len(records) * len(union):
        return None
    best: tuple[str, list[str]] | None = None
    fewest = holes // 2
    for key in records[0]:
        names = [value for record in records if isinstance(value := record.get(key), str) and value]
        if len(names) < len(records) or not 1 < len(set(names)) <= min(_MOST_KINDS, len(records) // 3):
            continue
        groups: dict[str, list[Record]] = {}
        for name, record in zip(names, records, strict=True):
            groups.setdefault(name, []).append(record)
        left = sum(len(m) * len({k for r in m for k in r}) - sum(map(len, m)) for m in groups.values())
        if left < fewest:
            best, fewest = (key, names), left
    return best


def _table(records: Sequence[Record], path: tuple[str, ...] = ()) -> _Table:
    """Columns and values of records; objects with the same keys in all of them become columns of their own."""
    table: _Table = []
    for name in _names(records):
        values: list[Value] = [record.get(name, ABSENT) for record in records]
        inner = _nested(values) if KEY.match(name) and all(map(KEY.match, path)) else None
        if inner is None:
            table.append((column((*path, name), values), values))
        else:
            table += _table(inner, (*path, name))
    return table


def _names(records: Sequence[Record]) -> list[str]:
    """The keys of all records, in the order that they have in each as far as records agree on one."""
    first, *others = dict.fromkeys(tuple(record) for record in records)
    names = list(first)
    for keys in others:
        at = 0
        for key in keys:
            if key in names:
                at = max(at, names.index(key) + 1)
            else:
                names.insert(at, key)
                at += 1
    return names


def _nested(values: Sequence[Value]) -> list[Record] | None:
    """The values as objects that have the same keys, or None."""
    first = values[0]
    if not isinstance(first, dict) or not first or not all(map(KEY.match, first)):
        return None
    inner = [value for value in values if isinstance(value, dict) and value.keys() == first.keys()]
    return inner if len(inner) == len(values) else None


def _head(table: _Table, separator: str) -> str:
    return separator.join([found.head(separator) for found, _ in table])


def _celled(table: _Table) -> bool:
    return any(found.has_cells for found, _ in table)


def _add_cells(lines: list[list[str]], table: _Table, members: Iterable[int], separator: str) -> None:
    rows = list(members)
    for found, values in table:
        if found.has_cells:
            for i, value in zip(rows, values, strict=True):
                lines[i].append(found.write(value, separator))


def _record(columns: Sequence[Column], cells: Sequence[str | Quoted], at: int) -> Record:
    record: Record = {}
    given = iter(cells)
    for found in columns:
        value = found.read(next(given, "") if found.has_cells else "", at)
        if value is ABSENT:
            continue
        place = record
        for key in found.path[:-1]:
            inner = place.setdefault(key, {})
            if not isinstance(inner, dict):
                raise NotJsonError(f"{key} is no object")
            place = inner
        place[found.path[-1]] = value
    return record


def _text(given: str | Quoted) -> str:
    return str(given.value) if isinstance(given, Quoted) else given


def _first(line: str, separator: str) -> tuple[str, int]:
    """The first cell of a line as text, and where it ends."""
    if line.startswith('"'):
        value, at = read_json(line, 0)
        return str(value), at
    end = line.find(separator)
    return (line, len(line)) if end < 0 else (line[:end], end)


__all__ = ["decode", "encode"]
