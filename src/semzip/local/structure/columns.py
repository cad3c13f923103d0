"""One column of a table of records: its name in the head, the rule that its cells follow, and how they are written and read.

`id=1000..` counts up, `kind=login` is the same in all rows, `at=2026-03-*Z` stands for the rest of each, `ok?true` is true where
empty, `note?` may be absent, `zip"` is text although it looks like numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from enum import Enum
from typing import Final, TypeAlias

from attrs import frozen

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
    value_of,
)

KEY = re.compile(r"[\w$@/-](?:[\w$@/ -]*[\w$@/-])?\Z")
"""Keys that stand unquoted in a head; joined by dots they are a path."""
_PATH = re.compile(r"[\w$@/ .-]+")
_FEWEST_ALIKE = 3
_LONGEST_NUMBER = 15


class Absent(Enum):
    """What stands for a key that a record lacks."""

    ABSENT = "?"


ABSENT: Final = Absent.ABSENT
Value: TypeAlias = "Json | Absent"


@frozen
class Column:
    """One column.

    Args:
        path: The keys that lead to its values.
        constant: The value of all rows, if it is the same.
        start: The first number, where the values count up.
        ends: What all values open and close with.
        default: What an empty cell stands for.
        is_text: Its bare cells are text, numbers and all.
    """

    path: tuple[str, ...]
    constant: Value = ABSENT
    start: int | None = None
    ends: tuple[str, str] | None = None
    default: Value = ABSENT
    is_text: bool = False

    @property
    def has_cells(self) -> bool:
        """Whether the rows hold something of this column."""
        return self.constant is ABSENT and self.start is None

    def head(self, separator: str) -> str:
        """The column's part of the head."""
        name = ".".join(self.path) if all(map(KEY.match, self.path)) else quote(self.path[0])
        if self.start is not None:
            return f"{name}={self.start}.."
        if self.constant is not ABSENT:
            value = self.constant
            plain = isinstance(value, str) and not any(sign in value for sign in ("..", "*", "?"))
            return f"{name}={cell(value, separator) if plain or not isinstance(value, str) else quote(value)}"
        if self.ends is not None:
            return f"{name}={self.ends[0]}*{self.ends[1]}"
        name += '"' * self.is_text
        if self.default is None:
            return name
        return f"{name}?{'' if self.default is ABSENT else cell(self.default, separator, is_text=self.is_text)}"

    def write(self, value: Value, separator: str) -> str:
        """One cell."""
        if self.ends is not None and isinstance(value, str):
            return cell(value[len(self.ends[0]) : len(value) - len(self.ends[1])], separator, is_text=True)
        if value == self.default:
            return ""
        return "?" if value is ABSENT else cell(value, separator, is_text=self.is_text)

    def read(self, given: str | Quoted, at: int) -> Value:
        """The value of a cell in row `at`."""
        if self.start is not None:
            return Number(str(self.start + at))
        if self.constant is not ABSENT:
            return self.constant
        if self.ends is not None:
            return f"{self.ends[0]}{given.value if isinstance(given, Quoted) else given}{self.ends[1]}"
        if isinstance(given, Quoted):
            return given.value
        if not given:
            return self.default
        return ABSENT if given == "?" else value_of(given, is_text=self.is_text)


def column(path: tuple[str, ...], values: Sequence[Value]) -> Column:
    """The column of these values, with the rule that makes it shortest."""
    first = values[0]
    alike = len(values) >= _FEWEST_ALIKE
    if alike and (start := _sequence(values)) is not None:
        return Column(path, start=start)
    if len(values) > 1 and first is not ABSENT and all(value == first for value in values):
        return Column(path, constant=first)
    texts = [value for value in values if isinstance(value, str)]
    if alike and len(texts) == len(values) and (ends := _ends(texts)):
        return Column(path, ends=ends, default=None)
    numeric = sum(not is_bare(text, "\n") and is_bare(text, "\n", is_text=True) for text in texts)
    others = len(values) - len(texts) - sum(value is ABSENT or value is None for value in values)
    return Column(path, default=_default(values), is_text=alike and numeric > 1 and not others)


def _sequence(values: Sequence[Value]) -> int | None:
    first = values[0]
    if not isinstance(first, Number) or not first.text.lstrip("-").isdigit() or len(first.text) > _LONGEST_NUMBER:
        return None
    start = int(first.text)
    if all(isinstance(value, Number) and value.text == str(start + i) for i, value in enumerate(values)):
        return start
    return None


def _ends(texts: Sequence[str]) -> tuple[str, str] | None:
    prefix, suffix = affixes(texts, whole_words=True)
    unclear = any(sign in prefix + suffix for sign in '*?"\n\r;|,\t') or prefix[:1] in {"[", "{", " "}
    return None if unclear or suffix.endswith(" ") or not prefix + suffix else (prefix, suffix)


def _default(values: Sequence[Value]) -> Value:
    """What an empty cell stands for: absent or null if there is one, else what most rows have."""
    if any(value is ABSENT for value in values):
        return ABSENT
    if any(value is None for value in values):
        return None
    counts = Counter[bool | str | Number](value for value in values if isinstance(value, bool | str | Number))
    if not counts:
        return None
    ((most, times),) = counts.most_common(1)
    clear = not isinstance(most, str) or is_bare(most, "\n")
    return most if clear and times >= _FEWEST_ALIKE and times * 2 >= len(values) else None


def read_columns(head: str, separator: str) -> list[Column]:
    """The columns that a head names."""
    columns: list[Column] = []
    at = 0
    while at < len(head):
        found, at = _read_column(head, at, separator)
        columns.append(found)
        at += 1
    return columns


def read_name(head: str, at: int) -> tuple[str, int]:
    """The name at this place, a path of keys or one quoted key, and where it ends."""
    if head.startswith('"', at):
        value, at = read_json(head, at)
        return str(value), at
    found = _PATH.match(head, at)
    if found is None:
        raise NotJsonError(f"no name in {head[at:]!r}")
    return found.group(), found.end()


def _read_column(head: str, at: int, separator: str) -> tuple[Column, int]:
    quoted = head.startswith('"', at)
    name, at = read_name(head, at)
    path = (name,) if quoted else tuple(name.split("."))
    is_text = head.startswith('"', at)
    at += is_text
    end = head.find(separator, at)
    end = len(head) if end < 0 else end
    sign, rest = head[at : at + 1], head[at + 1 : end]
    if sign == "?":
        if not rest:
            return Column(path, is_text=is_text), end
        value, end = _read_value(head, at + 1, end, is_text=is_text)
        return Column(path, default=value, is_text=is_text), end
    if sign != "=":
        return Column(path, default=None, is_text=is_text), end
    if rest[:1] not in {'"', "[", "{"} and "*" in rest:
        prefix, _, suffix = rest.partition("*")
        return Column(path, ends=(prefix, suffix), default=None), end
    if rest[:1] not in {'"', "[", "{"} and rest.endswith(".."):
        return Column(path, start=int(rest[:-2])), end
    value, end = _read_value(head, at + 1, end, is_text=False)
    return Column(path, constant=value), end


def _read_value(head: str, at: int, end: int, *, is_text: bool) -> tuple[Json, int]:
    return (
        read_json(head, at) if head[at : at + 1] in {'"', "[", "{"} else (value_of(head[at:end], is_text=is_text), end)
    )
