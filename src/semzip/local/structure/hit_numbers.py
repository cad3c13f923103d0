"""The line numbers of search hits: none where a line follows the one before, and the digits of a thousand once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LINE = re.compile(r"(\d{1,9}(?:,\d{1,9})*)([:A-Za-z -])(.*)")
"""Numbers, what marks the text, and the text."""
NEXT = (":", "-")
"""How a line begins that says no number, for it is the next one."""
_THOUSAND, _DIGITS = 1000, 3


def without_next(lines: Iterable[str]) -> Iterator[str]:
    """No number where it is one more than the one before."""
    for last, numbers, rest, line in _lines(lines):
        yield rest if len(numbers) == 1 and int(numbers[0]) == last + 1 and rest[0] in NEXT else line


def with_next(lines: Iterable[str]) -> Iterator[str]:
    """The numbers that were left out."""
    for last, _, _, line in _lines(lines):
        yield f"{last + 1}{line}" if line[:1] in NEXT else line


def without_thousands(lines: Iterable[str]) -> Iterator[str]:
    """Numbers with three digits where their thousand is that of the number before, and with four where it would seem so."""
    for before, numbers, rest, line in _lines(lines):
        last = before
        shown: list[str] = []
        for number in map(int, numbers):
            same = last >= _THOUSAND and number // _THOUSAND == last // _THOUSAND
            below = last >= _THOUSAND > number
            shown.append(f"{number % _THOUSAND:03}" if same else f"{number:04}" if below else str(number))
            last = number
        yield ",".join(shown) + rest if numbers else line


def with_thousands(lines: Iterable[str]) -> Iterator[str]:
    """Numbers as they were."""
    last = 0
    for line in lines:
        numbers, rest = _numbered(line)
        if not numbers:
            last = _after(line, last)
            yield line
            continue
        shown: list[str] = []
        for number in numbers:
            last = int(number) + (last // _THOUSAND * _THOUSAND if last >= _THOUSAND and len(number) == _DIGITS else 0)
            shown.append(str(last))
        yield ",".join(shown) + rest


def _lines(lines: Iterable[str]) -> Iterator[tuple[int, list[str], str, str]]:
    """The number before each line, its own, what is behind them, and the line."""
    last = 0
    for line in lines:
        numbers, rest = _numbered(line)
        yield last, numbers, rest, line
        last = int(numbers[-1]) if numbers else _after(line, last)


def _numbered(line: str) -> tuple[list[str], str]:
    """The numbers that a line begins with, and the rest; none in a path or another line."""
    found = LINE.fullmatch(line)
    return (found[1].split(","), line[found.end(1) :]) if found and not line.startswith("\\") else ([], line)


def _after(line: str, last: int) -> int:
    """The number before the next one, after a line that says none: a new path begins anew."""
    return last + 1 if line[:1] in NEXT else last if line.startswith("\\") else 0


__all__ = ["LINE", "NEXT", "with_next", "with_thousands", "without_next", "without_thousands"]
