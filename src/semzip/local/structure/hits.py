"""Search hits (`path:line:text`): each path once, over its lines; lines with the same text once, under all their numbers; openings
that many lines share become a letter, the most frequent a blank; and lines in the same thousand give its digits once.

    #search path, then line:text; thousands once
     =    raise
    A=def

    src/
    app.py
    12,31 ValueError("no name")
    40A main() -> None:
    1007 ValueError("no path")
    019 ValueError("no file")
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from attrs import frozen

from semzip.local.structure.openings import ESTIMATES, opening_of, openings

MARK = "#search"
_HEAD = f"{MARK} path, then line:text"
_THOUSANDS = f"{_HEAD}; thousands once"
_HIT = re.compile(r"(?!\d{4}-\d\d-|[\d.]+[:-])([^\s:]+?)([:-])(\d{1,9})\2(.*)")
_LINE = re.compile(r"(\d{1,9}(?:,\d{1,9})*)([:A-Za-z -])(.*)")
_THOUSAND, _DIGITS = 1000, 3
_FEWEST_HITS = 3


@frozen
class _Hit:
    """A line of the search's output: `mark` is `:` for a hit, `-` for context, and empty for anything else."""

    path: str
    mark: str
    number: str
    text: str

    @classmethod
    def of(cls, line: str) -> _Hit:
        found = _HIT.fullmatch(line)
        return cls(*found.groups()) if found else cls("", "", "", line)


def encode(text: str) -> Iterator[str]:
    """The hits grouped by path."""
    hits = [_Hit.of(line) for line in text.split("\n")]
    marks = [hit.mark for hit in hits]
    found, context = marks.count(":"), marks.count("-")
    if found < _FEWEST_HITS or (found + context) * 2 < len(hits) or found * 4 < context:
        return
    texts = [hit.text for hit in hits if hit.mark == ":"]
    for estimate in ESTIMATES:
        known = _with_blank(openings(texts, estimate), texts)
        lines = list(_grouped(hits, known))
        short = list(_short(lines)) if all(hit.number == hit.number.lstrip("0") for hit in hits) else lines
        head = [
            _HEAD if short == lines else _THOUSANDS,
            *(f"{letter}={opening}" for opening, letter in known.items()),
            "",
        ]
        yield "\n".join((*head, *short))


def _with_blank(known: dict[str, str], texts: Sequence[str]) -> dict[str, str]:
    """The openings, with a blank for the letter that stands most often."""
    uses = Counter(found[0] for text in texts if (found := opening_of(text, known)))
    most = max(uses, key=lambda letter: (uses[letter], letter), default="")
    return {opening: " " if letter == most else letter for opening, letter in known.items()}


def _grouped(hits: Sequence[_Hit], known: dict[str, str]) -> Iterator[str]:
    runs = [list(run) for _, run in groupby(hits, key=lambda hit: (hit.path, hit.mark))]
    path = folder = ""
    for i, run in enumerate(runs):
        first = run[0]
        if not first.mark:
            yield from (f"\\{hit.text}" for hit in run)
            continue
        if first.path != path:
            path = first.path
            following = next((later[0].path for later in runs[i:] if later[0].path not in {"", path}), "")
            here, _, name = path.rpartition("/")
            if here and here != folder and following.rpartition("/")[0] == here:
                folder = here
                yield f"{here}/"
            elif folder and "/" not in path:
                folder = ""
                yield "/"
            yield name if here and here == folder else path
        yield from _lines(run, known)


def _lines(run: Sequence[_Hit], known: dict[str, str]) -> Iterator[str]:
    """The hits of a path, those with the same text in one line if the numbers tell the order."""
    numbers: dict[str, list[str]] = {}
    for hit in run:
        numbers.setdefault(hit.text, []).append(hit.number)
    ascending = run[0].mark == ":" and all(int(a.number) < int(b.number) for a, b in pairwise(run))
    if not ascending or len(numbers) == len(run):
        yield from (hit.number + _text(hit, known) for hit in run)
        return
    for hit in run:
        if hit.number == numbers[hit.text][0]:
            yield ",".join(numbers[hit.text]) + _text(hit, known)


def _text(hit: _Hit, known: dict[str, str]) -> str:
    opening = opening_of(hit.text, known) if hit.mark == ":" else None
    if opening is None:
        return hit.mark + hit.text
    letter, rest = opening
    if letter == " ":
        return letter + rest
    return f"{letter} {rest}" if rest[:1].isalnum() or rest[:1] == " " else letter + rest


# -- thousands ---------------------------------------------------------------------------------


def _short(lines: Iterable[str]) -> Iterator[str]:
    """Numbers with three digits where their thousand is that of the number before, and with four where it would seem so."""
    last = 0
    for line in lines:
        numbers, rest = _numbered(line)
        shown: list[str] = []
        last = last if numbers else _after(line, last)
        for number in map(int, numbers):
            same = last >= _THOUSAND and number // _THOUSAND == last // _THOUSAND
            below = last >= _THOUSAND > number
            shown.append(f"{number % _THOUSAND:03}" if same else f"{number:04}" if below else str(number))
            last = number
        yield ",".join(shown) + rest


def _whole(lines: Iterable[str]) -> Iterator[str]:
    """Numbers as they were."""
    last = 0
    for line in lines:
        numbers, rest = _numbered(line)
        shown: list[str] = []
        last = last if numbers else _after(line, last)
        for number in numbers:
            last = int(number) + (last // _THOUSAND * _THOUSAND if last >= _THOUSAND and len(number) == _DIGITS else 0)
            shown.append(str(last))
        yield ",".join(shown) + rest


def _numbered(line: str) -> tuple[list[str], str]:
    """The numbers that a line begins with, and the rest; none in a path or another line."""
    found = _LINE.fullmatch(line)
    return (found[1].split(","), line[found.end(1) :]) if found and not line.startswith("\\") else ([], line)


def _after(line: str, last: int) -> int:
    """The number before the next one, after a line without numbers: a new path begins anew."""
    return last if line.startswith("\\") else 0


# -- back --------------------------------------------------------------------------------------


def decode(text: str) -> str | None:
    """The hits that were encoded; None where the text is none of ours."""
    head, _, rest = text.partition("\n")
    if head not in {_HEAD, _THOUSANDS} or not rest:
        return None
    lines = rest.split("\n")
    end = lines.index("") if "" in lines else -1
    known = {line[0]: line[2:] for line in lines[: max(0, end)]}
    body = lines[end + 1 :]
    return "\n".join(_read(list(_whole(body)) if head == _THOUSANDS else body, known))


def _read(lines: Sequence[str], known: dict[str, str]) -> Iterator[str]:
    path = folder = ""
    for kind, group in groupby(lines, key=_kind):
        if kind == "hits":
            yield from _expanded(path, list(group), known)
            continue
        for line in group:
            if kind == "other":
                yield line[1:]
            elif kind == "context":
                number, _, rest = line.partition("-")
                yield f"{path}-{number}-{rest}"
            elif line.endswith("/"):
                folder = "" if line == "/" else line
            else:
                path = line if "/" in line else folder + line


def _kind(line: str) -> str:
    if line.startswith("\\"):
        return "other"
    found = _LINE.fullmatch(line)
    return "path" if found is None else "context" if found[2] == "-" else "hits"


def _expanded(path: str, lines: Sequence[str], known: dict[str, str]) -> list[str]:
    hits: list[tuple[int, str]] = []
    grouped = False
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        numbers, mark, rest = found.groups()
        text = known[mark] + (rest if mark == " " else rest.removeprefix(" ")) if mark in known else rest
        grouped = grouped or "," in numbers
        hits += [(int(number), f"{path}:{number}:{text}") for number in numbers.split(",")]
    return [hit for _, hit in (sorted(hits) if grouped else hits)]


__all__ = ["MARK", "decode", "encode"]
