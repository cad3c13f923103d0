"""CSV and TSV: a table of records under the names in its first line, with rules for columns as in `records`.

#csv
[3;id=1..;city;zip?
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from semzip.local.structure import records
from semzip.local.structure.cells import SEPARATORS, Json, compact, value_of
from semzip.local.structure.tree import legend

MARK = "#csv"
_HEAD = re.compile(rf"{MARK}( tab| semicolon| bar)?( unended)?(?:: [^\n]*)?\n\[(\d+)(?=[;|,\t])")
_DELIMITERS = {",": "", "\t": " tab", ";": " semicolon", "|": " bar"}
_FEWEST_ROWS = 3


def encode(text: str) -> Iterator[str]:
    """The table with each separator."""
    for delimiter, name in _DELIMITERS.items():
        rows = _rows(text, delimiter)
        if rows is None:
            continue
        names = rows[0]
        table = [dict(zip(names, map(_value, row), strict=True)) for row in rows[1:]]
        unended = "" if text.endswith("\n") else " unended"
        for separator in SEPARATORS[:3]:
            head, *lines = records.encode(table, separator, kinds=False)
            head = f"[{len(table)}{head}"
            yield "\n".join([f"{MARK}{name}{unended}{legend([head])}", head, *lines])
        return


def decode(text: str) -> str | None:
    """The CSV that was encoded; None where the text is none of ours."""
    found = _HEAD.match(text)
    if found is None:
        return None
    name, unended, count = found.groups()
    head, *lines = text[found.end() :].split("\n")
    table, _, _ = records.decode(head, lines, int(count))
    delimiter = next(d for d, n in _DELIMITERS.items() if n == (name or ""))
    rows = [list(table[0]), *([_text(value) for value in record.values()] for record in table)]
    plain = _write(rows, delimiter)
    return plain.removesuffix("\n") if unended else plain


def _rows(text: str, delimiter: str) -> list[list[str]] | None:
    first = text.partition("\n")[0]
    if delimiter not in first:
        return None
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    names = rows[0]
    if len(rows) <= _FEWEST_ROWS or len(set(names)) < len(names) or any(len(row) != len(names) for row in rows):
        return None
    return rows


def _write(rows: list[list[str]], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _value(text: str) -> Json:
    """Text as a JSON value that is written as the text itself; None where it is empty."""
    if not text:
        return None
    value = value_of(text)
    return text if value is None else value


def _text(value: Json) -> str:
    return "" if value is None else value if isinstance(value, str) else compact(value)


__all__ = ["MARK", "decode", "encode"]
