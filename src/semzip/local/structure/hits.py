"""Search hits (`path:line:text`): each path once, over its lines; openings that many lines share become a letter.

#search path, then line:text
A=    raise ValueError(

src/
app.py
12A "no name")
40:def main() -> None:
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from semzip.local.structure.openings import opening_of, openings

MARK = "#search"
_HEAD = f"{MARK} path, then line:text"
_HIT = re.compile(r"(?!\d{4}-\d\d-|[\d.]+[:-])([^\s:]+?)([:-])(\d+)\2(.*)")
_LINE = re.compile(r"(\d+)([:A-Za-z-])(.*)")
_FEWEST_HITS = 3


def encode(text: str) -> Iterator[str]:
    """The hits grouped by path."""
    lines = text.split("\n")
    hits = [_HIT.fullmatch(line) for line in lines]
    found = [hit for hit in hits if hit]
    if len(found) < _FEWEST_HITS or len(found) * 2 < len(lines) or sum(hit[2] == ":" for hit in found) * 5 < len(found):
        return
    known = openings([hit[4] for hit in found if hit[2] == ":"])
    out = [_HEAD, *(f"{letter}={opening}" for opening, letter in known.items()), ""]
    paths = [hit[1] if hit else None for hit in hits]
    at_path, folder = "", ""
    for i, (line, hit) in enumerate(zip(lines, hits, strict=True)):
        if hit is None:
            out.append("\\" + line)
            continue
        if hit[1] != at_path:
            at_path = hit[1]
            following = next((p for p in paths[i:] if p and p != at_path), "")
            here, _, name = at_path.rpartition("/")
            if here and here != folder and following.rpartition("/")[0] == here:
                folder = here
                out.append(here + "/")
            out.append(name if here == folder else at_path)
        out.append(hit[3] + _text(hit[2], hit[4], known))
    yield "\n".join(out)


def _text(mark: str, text: str, known: dict[str, str]) -> str:
    opening = opening_of(text, known) if mark == ":" else None
    if opening is None:
        return mark + text
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


def _read(lines: list[str], known: dict[str, str]) -> Iterator[str]:
    path, folder = "", ""
    for line in lines:
        if line.startswith("\\"):
            yield line[1:]
        elif found := _LINE.fullmatch(line):
            number, mark, rest = found.groups()
            if mark in known:
                yield f"{path}:{number}:{known[mark]}{rest.removeprefix(' ')}"
            else:
                yield f"{path}{mark}{number}{mark}{rest}"
        elif line.endswith("/"):
            folder = line
        else:
            path = line if "/" in line else folder + line


__all__ = ["MARK", "decode", "encode"]
