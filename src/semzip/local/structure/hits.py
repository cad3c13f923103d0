"""Search hits (`path:line:text`): each path once, over its lines; lines with the same text once, under all their numbers; openings
that many lines share become a letter.

    #search path, then line:text
    A=    raise ValueError(

    src/
    app.py
    12,31A "no name")
    40:def main() -> None:
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from attrs import frozen

from semzip.local.structure.openings import ESTIMATES, opening_of, openings

MARK = "#search"
_HEAD = f"{MARK} path, then line:text"
_HIT = re.compile(r"(?!\d{4}-\d\d-|[\d.]+[:-])([^\s:]+?)([:-])(\d{1,9})\2(.*)")
_LINE = re.compile(r"(\d{1,9}(?:,\d{1,9})*)([:A-Za-z-])(.*)")
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
        yield _grouped(hits, openings(texts, estimate))


def _grouped(hits: Sequence[_Hit], known: dict[str, str]) -> str:
    out = [_HEAD, *(f"{letter}={opening}" for opening, letter in known.items()), ""]
    runs = [list(run) for _, run in groupby(hits, key=lambda hit: (hit.path, hit.mark))]
    path = folder = ""
    for i, run in enumerate(runs):
        first = run[0]
        if not first.mark:
            out += [f"\\{hit.text}" for hit in run]
            continue
        if first.path != path:
            path = first.path
            following = next((later[0].path for later in runs[i:] if later[0].path not in {"", path}), "")
            here, _, name = path.rpartition("/")
            if here and here != folder and following.rpartition("/")[0] == here:
                folder = here
                out.append(f"{here}/")
            out.append(name if here == folder else path)
        out += _lines(run, known)
    return "\n".join(out)


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
    return f"{letter} {rest}" if rest[:1].isalnum() or rest[:1] == " " else letter + rest


def decode(text: str) -> str | None:
    """The hits that were encoded; None where the text is none of ours."""
    if not text.startswith(_HEAD + "\n"):
        return None
    lines = text.split("\n")
    end = lines.index("") if "" in lines else 0
    known = {line[0]: line[2:] for line in lines[1:end]}
    return "\n".join(_read(lines[end + 1 :], known))


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
                folder = line
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
        text = known[mark] + rest.removeprefix(" ") if mark in known else rest
        grouped = grouped or "," in numbers
        hits += [(int(number), f"{path}:{number}:{text}") for number in numbers.split(",")]
    return [hit for _, hit in (sorted(hits) if grouped else hits)]


__all__ = ["MARK", "decode", "encode"]
