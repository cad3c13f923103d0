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

from semzip.local.structure import hit_numbers as numbers
from semzip.local.structure.openings import ESTIMATES, opening_of, openings

MARK = "#search"
_NEXT, _THOUSANDS = "; :text is the next line", "; thousands once"
_HEAD = re.compile(rf"{MARK} path, then line:text(, headed)?(; -- in gaps)?({_NEXT})?({_THOUSANDS})?")
_UNNUMBERED = f"{MARK} #path, then :text"
_HIT = re.compile(r"(?!\d{4}-\d\d-|[\d.]+[:-])([^\s:-][^\s:]*?)([:-])(\d{1,9})\2(.*)")
_UNNUMBERED_HIT = re.compile(r"([^\s:#]*[./\\][^\s:]*)(:)()(?!//)(.*)")
_UNDER_HEADING = re.compile(r"\d{1,9}([:-])")
_GAP = "--"
_PATH = "#"
"""Before the path of hits without numbers."""
_FEWEST_HITS = 3
_MOST_CONTEXT = 20


@frozen
class _Hit:
    """A line of the search's output: `mark` is `:` for a hit, `-` for context, and empty for anything else."""

    path: str
    mark: str
    number: str
    text: str

    @property
    def line(self) -> str:
        """The line as it was printed."""
        return f"{self.path}{self.mark}{self.number}{self.mark}{self.text}"

    @classmethod
    def of(cls, line: str, pattern: re.Pattern[str] = _HIT) -> _Hit:
        found = pattern.fullmatch(line)
        return cls(*found.groups()) if found else cls("", "", "", line)


def encode(text: str) -> Iterator[str]:
    """The hits grouped by path."""
    flat = _flat(text)
    lines = (flat or text).split("\n")
    hits = [_Hit.of(line) for line in lines]
    if not _are_hits(hits):
        yield from _unnumbered(lines)
        return
    alone = [hit for hit in hits if hit.mark or hit.text != _GAP]
    gaps = len(alone) < len(hits) and list(_with_gaps(alone, headed=bool(flat))) == hits
    hits = alone if gaps else hits
    head = f"{MARK} path, then line:text{', headed' if flat else ''}{f'; {_GAP} in gaps' if gaps else ''}"
    plain = all(hit.number == hit.number.lstrip("0") for hit in hits)
    for legend, body in _grouped(hits):
        first = list(numbers.without_next(body)) if plain else body
        second = list(numbers.without_thousands(first)) if plain else body
        notes = f"{_NEXT if first != body else ''}{_THOUSANDS if second != first else ''}"
        yield "\n".join((head + notes, *legend, "", *second))


def _unnumbered(lines: Sequence[str]) -> Iterator[str]:
    hits = [_Hit.of(line, _UNNUMBERED_HIT) for line in lines]
    if _are_hits(hits):
        for legend, body in _grouped(hits, _PATH):
            yield "\n".join((_UNNUMBERED, *legend, "", *body))


def _are_hits(hits: Sequence[_Hit]) -> bool:
    marks = Counter(hit.mark for hit in hits)
    found, context = marks[":"], marks["-"]
    return found >= _FEWEST_HITS and (found + context) * 2 >= len(hits) and found * _MOST_CONTEXT >= context


def _with_gaps(hits: Iterable[_Hit], *, headed: bool) -> Iterator[_Hit]:
    """The hits with a line between those that are not next to each other."""
    last: _Hit | None = None
    for hit in hits:
        if hit.mark:
            if last and (int(hit.number) != int(last.number) + 1 if hit.path == last.path else not headed):
                yield _Hit("", "", "", _GAP)
            last = hit
        yield hit


def _flat(text: str) -> str | None:
    """Hits under headings, as ripgrep prints them, with the path in each line; None where they are not."""
    path = ""
    out: list[str] = []
    for line in text.split("\n"):
        hit = _UNDER_HEADING.match(line)
        if hit and path:
            out.append(f"{path}{hit[1]}{line}")
        elif line == _GAP:
            out.append(line)
        elif " " in line:
            return None
        else:
            path = line or path
    flat = "\n".join(out) + "\n" * text.endswith("\n")
    return flat if _headed(flat) == text else None


def _headed(flat: str) -> str:
    """The hits with their paths as headings."""
    path = ""
    out: list[str] = []
    for line in flat.split("\n"):
        hit = _Hit.of(line)
        if hit.mark and hit.path != path:
            path = hit.path
            out += [""] * bool(out) + [path]
        out.append(f"{hit.number}{hit.mark}{hit.text}" if hit.mark else line)
    return "\n".join(out)


def _with_blank(known: dict[str, str], texts: Sequence[str]) -> dict[str, str]:
    """The openings, with a blank for the letter that stands most often."""
    uses = Counter(found[0] for text in texts if (found := opening_of(text, known)))
    most = max(uses, key=lambda letter: (uses[letter], letter), default="")
    return {opening: " " if letter == most else letter for opening, letter in known.items()}


def _grouped(hits: Sequence[_Hit], before_path: str = "") -> Iterator[tuple[list[str], list[str]]]:
    """What the letters stand for, and the lines, by each estimate."""
    texts = [hit.text for hit in hits if hit.mark == ":"]
    for estimate in ESTIMATES:
        known = _with_blank(openings(texts, estimate), texts)
        yield [f"{letter}={opening}" for opening, letter in known.items()], list(_by_path(hits, known, before_path))


def _by_path(hits: Sequence[_Hit], known: dict[str, str], before_path: str) -> Iterator[str]:
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
                yield f"{before_path}{here}/"
            elif folder and "/" not in path:
                folder = ""
                yield f"{before_path}/"
            yield before_path + (name if here and here == folder else path)
        yield from _lines(run, known)


def _lines(run: Sequence[_Hit], known: dict[str, str]) -> Iterator[str]:
    """The hits of a path, those with the same text in one line if the numbers tell the order."""
    said: dict[str, list[str]] = {}
    for hit in run:
        said.setdefault(hit.text, []).append(hit.number)
    ascending = run[0].mark == ":" and run[0].number and all(int(a.number) < int(b.number) for a, b in pairwise(run))
    if not ascending or len(said) == len(run):
        yield from (hit.number + _text(hit, known) for hit in run)
        return
    for hit in run:
        if hit.number == said[hit.text][0]:
            yield ",".join(said[hit.text]) + _text(hit, known)


def _text(hit: _Hit, known: dict[str, str]) -> str:
    opening = opening_of(hit.text, known) if hit.mark == ":" else None
    if opening is None:
        return hit.mark + hit.text
    letter, rest = opening
    if letter == " ":
        return letter + rest
    return f"{letter} {rest}" if rest[:1].isalnum() or rest[:1] == " " else letter + rest


# -- back --------------------------------------------------------------------------------------


def decode(text: str) -> str | None:
    """The hits that were encoded; None where the text is none of ours."""
    head, _, rest = text.partition("\n")
    found = _HEAD.fullmatch(head)
    if not rest or not (found or head == _UNNUMBERED):
        return None
    lines = rest.split("\n")
    end = lines.index("") if "" in lines else -1
    known = {line[0]: line[2:] for line in lines[: max(0, end)]}
    body = lines[end + 1 :]
    if found is None:
        return "\n".join(_read_unnumbered(body, known))
    headed, gaps, _, thousands = found.groups()
    body = list(numbers.with_next(numbers.with_thousands(body) if thousands else body))
    plain = "\n".join(_read(body, known))
    if gaps:
        alone = [_Hit.of(line) for line in plain.split("\n")]
        plain = "\n".join([hit.line for hit in _with_gaps(alone, headed=bool(headed))])
    return _headed(plain) if headed else plain


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
            else:
                path, folder = _place(line, path, folder)


def _read_unnumbered(lines: Iterable[str], known: dict[str, str]) -> Iterator[str]:
    path = folder = ""
    for line in lines:
        if line.startswith("\\"):
            yield line[1:]
        elif line.startswith(_PATH):
            path, folder = _place(line.removeprefix(_PATH), path, folder)
        else:
            yield f"{path}:{_whole(line[:1], line[1:], known)}"


def _place(line: str, path: str, folder: str) -> tuple[str, str]:
    """The path and the folder from this line on."""
    if line.endswith("/"):
        return path, "" if line == "/" else line
    return (line if "/" in line else folder + line), folder


def _kind(line: str) -> str:
    if line.startswith("\\"):
        return "other"
    found = numbers.LINE.fullmatch(line)
    return "path" if found is None else "context" if found[2] == "-" else "hits"


def _whole(mark: str, rest: str, known: dict[str, str]) -> str:
    return known[mark] + (rest if mark == " " else rest.removeprefix(" ")) if mark in known else rest


def _expanded(path: str, lines: Sequence[str], known: dict[str, str]) -> list[str]:
    hits: list[tuple[int, str]] = []
    grouped = False
    for line in lines:
        found = numbers.LINE.fullmatch(line)
        if found is None:
            continue
        said, mark, rest = found.groups()
        grouped = grouped or "," in said
        hits += [(int(number), f"{path}:{number}:{_whole(mark, rest, known)}") for number in said.split(",")]
    return [hit for _, hit in (sorted(hits) if grouped else hits)]


__all__ = ["MARK", "decode", "encode"]
