"""Unified diffs: a file's headers become one line, a hunk says only where it starts, and a line that changed in a few words is
written once, `~for name, {value→given} in self:`, for its old and its new form. `+9` heads nine added lines, `-9` nine removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby

MARK = "#diff"
_HEAD = re.compile(rf"{MARK} ~{{old(.)new}}(?:; \+9: 9 lines added)?")
_ARROWS = "→⇒»↦"
_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(.*)")
_SHORT_HUNK = re.compile(r"@(\d{1,9})([+-]\d{1,9})?( .*)?")
_RUN = re.compile(r"([+-])(\d{1,9})")
_FEWEST_IN_RUN = 4
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_HEADERS = (
    (
        re.compile(r"diff --git a/(.+) b/\1\nindex (\w+\.\.\w+ \d+)\n--- a/\1\n\+\+\+ b/\1\n"),
        "diff {0} {1}",
        re.compile(r"diff (?!-)(.+) (\w+\.\.\w+ \d+)"),
        "diff --git a/{0} b/{0}\nindex {1}\n--- a/{0}\n+++ b/{0}",
    ),
    (
        re.compile(r"diff --git a/(.+) b/\1\nnew file mode (\d+)\nindex (\w+\.\.\w+)\n--- /dev/null\n\+\+\+ b/\1\n"),
        "new {0} {1} {2}",
        re.compile(r"new (.+) (\d+) (\w+\.\.\w+)"),
        "diff --git a/{0} b/{0}\nnew file mode {1}\nindex {2}\n--- /dev/null\n+++ b/{0}",
    ),
    (
        re.compile(
            r"diff --git a/(.+) b/\1\ndeleted file mode (\d+)\nindex (\w+\.\.\w+)\n--- a/\1\n\+\+\+ /dev/null\n"
        ),
        "deleted {0} {1} {2}",
        re.compile(r"deleted (.+) (\d+) (\w+\.\.\w+)"),
        "diff --git a/{0} b/{0}\ndeleted file mode {1}\nindex {2}\n--- a/{0}\n+++ /dev/null",
    ),
    (
        re.compile(
            r"diff --git a/(.+) b/(.+)\nsimilarity index (\d+)%\nrename from \1\nrename to \2\nindex (\w+\.\.\w+ \d+)\n"
            r"--- a/\1\n\+\+\+ b/\2\n"
        ),
        "renamed {0} -> {1} {2}% {3}",
        re.compile(r"renamed (.+) -> (.+) (\d+)% (\w+\.\.\w+ \d+)"),
        "diff --git a/{0} b/{1}\nsimilarity index {2}%\nrename from {0}\nrename to {1}\nindex {3}\n--- a/{0}\n+++ b/{1}",
    ),
    (
        re.compile(r"diff --git a/(.+) b/(.+)\nsimilarity index 100%\nrename from \1\nrename to \2\n"),
        "renamed {0} -> {1}",
        re.compile(r"renamed (.+) -> ((?:(?!%).)+)"),
        "diff --git a/{0} b/{1}\nsimilarity index 100%\nrename from {0}\nrename to {1}",
    ),
    (re.compile(r"--- a/(.+)\n\+\+\+ b/\1\n"), "file {0}", re.compile(r"file (.+)"), "--- a/{0}\n+++ b/{0}"),
)
"""Headers as they stand, their short form, how that is read, and what it stands for."""
_BODY = frozenset(" +-~\\")
"""How the lines of a short hunk begin."""
_LEAST_ALIKE = 0.5
_FARTHEST = 8
_LONGEST_HEADER = 7
_LONGEST_LINE = 2_000


def encode(text: str) -> Iterator[str]:
    """The diff with its repetitions written once."""
    arrow = next((arrow for arrow in _ARROWS if arrow not in text), None)
    if arrow is None or not ("\n@@ -" in text or text.startswith("@@ -")):
        return
    lines = text.split("\n")
    out: list[str] = []
    at = shift = 0
    inside = False
    while at < len(lines):
        hunk = _HUNK.fullmatch(lines[at])
        body = _body(lines, at + 1, hunk) if hunk else None
        if hunk and body:
            start, moved = int(hunk[1]), int(hunk[3]) - int(hunk[1])
            if _hunk(start, start + moved, body, hunk[5]) == lines[at]:
                out.append(f"@{start}" + (f"{moved - shift:+d}" if moved != shift else "") + hunk[5])
                out += _runs(_changes(body, arrow))
                shift = moved + _growth(body)
                at += 1 + len(body)
                inside = True
                continue
        short, used = _short_header(lines, at)
        first = short[:1]
        unclear = used == 1 and (first in {"=", "@"} or (inside and first in _BODY) or _whole_header(short) is not None)
        out.append(f"={short}" if unclear else short)
        inside = False
        shift = 0 if used > 1 else shift
        at += used
    runs = "; +9: 9 lines added" if any(map(_RUN.fullmatch, out)) else ""
    yield "\n".join([f"{MARK} ~{{old{arrow}new}}{runs}", *out])


def decode(text: str) -> str | None:
    """The diff that was encoded; None where the text is none of ours."""
    head, _, rest = text.partition("\n")
    found = _HEAD.fullmatch(head)
    return "\n".join(_read(rest.split("\n"), found[1])) if found else None


def _read(lines: Sequence[str], arrow: str) -> Iterator[str]:
    change = re.compile(rf"\{{([^{{}}{arrow}]*){arrow}([^{{}}{arrow}]*)\}}")
    at = shift = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        hunk = _SHORT_HUNK.fullmatch(line)
        if hunk is None:
            whole = _whole_header(line)
            shift = shift if whole is None else 0
            yield line.removeprefix("=") if whole is None else whole
            continue
        short, at = _short_body(lines, at)
        body = list(_unchanged(short, change))
        start, moved = int(hunk[1]), shift + int(hunk[2] or 0)
        yield _hunk(start, start + moved, body, hunk[3] or "")
        yield from body
        shift = moved + _growth(body)


def _short_body(lines: Sequence[str], at: int) -> tuple[list[str], int]:
    """The lines of a hunk, each with its sign, and where they end."""
    body: list[str] = []
    while at < len(lines) and lines[at][:1] in _BODY:
        run = _RUN.fullmatch(lines[at])
        at += 1
        if run is None:
            body.append(lines[at - 1])
        else:
            body += [run[1] + line for line in lines[at : at + int(run[2])]]
            at += int(run[2])
    return body, at


def _runs(lines: Iterable[str]) -> Iterator[str]:
    """The lines, many added or removed ones in a row under one sign."""
    for sign, group in groupby(lines, key=lambda line: line[:1]):
        run = list(group)
        if sign in {"+", "-"} and (len(run) >= _FEWEST_IN_RUN or any(map(_RUN.fullmatch, run))):
            yield f"{sign}{len(run)}"
            yield from (line[1:] for line in run)
        else:
            yield from run


def _short_header(lines: Sequence[str], at: int) -> tuple[str, int]:
    head = "\n".join(lines[at : at + _LONGEST_HEADER]) + "\n"
    for long, short, _, _ in _HEADERS:
        found = long.match(head)
        if found:
            return short.format(*found.groups()), found.group().count("\n")
    return lines[at], 1


def _whole_header(line: str) -> str | None:
    for _, _, short, long in _HEADERS:
        found = short.fullmatch(line)
        if found:
            return long.format(*found.groups())
    return None


def _body(lines: Sequence[str], at: int, hunk: re.Match[str]) -> list[str] | None:
    """The lines of a hunk; None where they are not what its head says."""
    old, new = int(hunk[2] or 1), int(hunk[4] or 1)
    body: list[str] = []
    while (old > 0 or new > 0 or lines[at : at + 1] == ["\\ No newline at end of file"]) and at < len(lines):
        mark = lines[at][:1]
        if mark not in {" ", "+", "-", "\\"}:
            return None
        old -= mark in {" ", "-"}
        new -= mark in {" ", "+"}
        body.append(lines[at])
        at += 1
    # A line behind the hunk that looks as if it belonged to it would be taken for a part of it when read back.
    follows = lines[at][:1] if at < len(lines) else ""
    ends = follows not in {" ", "+", "-", "\\"} or _is_header(lines, at)
    return body if not old and not new and ends else None


def _is_header(lines: Sequence[str], at: int) -> bool:
    return _short_header(lines, at)[1] > 1


def _hunk(old_start: int, new_start: int, body: Iterable[str], rest: str) -> str:
    old = new = 0
    for line in body:
        old += line[:1] in {" ", "-"}
        new += line[:1] in {" ", "+"}
    return f"@@ -{_span(old_start, old)} +{_span(new_start, new)} @@{rest}"


def _span(start: int, count: int) -> str:
    return str(start) if count == 1 else f"{start},{count}"


def _growth(body: Iterable[str]) -> int:
    return sum((line[:1] == "+") - (line[:1] == "-") for line in body)


def _changes(body: Sequence[str], arrow: str) -> Iterator[str]:
    """The body, with lines that were changed in a few words written once."""
    at = 0
    while at < len(body):
        middle = at
        while middle < len(body) and body[middle][:1] == "-":
            middle += 1
        end = middle
        while end < len(body) and body[end][:1] == "+":
            end += 1
        if at < middle < end:
            yield from _pairs(body[at:middle], body[middle:end], arrow)
            at = end
        elif middle > at:
            yield from body[at:middle]
            at = middle
        else:
            yield body[at]
            at += 1


def _pairs(old: Sequence[str], new: Sequence[str], arrow: str) -> Iterator[str]:
    done = 0
    for i, line in enumerate(old):
        first = max(done, i) if len(old) == len(new) else done
        near = [j for j in (first, *range(done, min(done + _FARTHEST, len(new)))) if j < len(new)]
        found = next(((j, short) for j in near if (short := _merged(line[1:], new[j][1:], arrow)) is not None), None)
        if found is None:
            yield line
        else:
            yield from new[done : found[0]]
            yield "~" + found[1]
            done = found[0] + 1
    yield from new[done:]


def _merged(old: str, new: str, arrow: str) -> str | None:
    """Both lines in one; None where too little is alike."""
    if max(len(old), len(new)) > _LONGEST_LINE:
        return None
    one, other = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if (
        matcher.real_quick_ratio() < _LEAST_ALIKE
        or matcher.quick_ratio() < _LEAST_ALIKE
        or matcher.ratio() < _LEAST_ALIKE
    ):
        return None
    out: list[str] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        gone, come = "".join(one[a:b]), "".join(other[c:d])
        if kind == "equal":
            out.append(gone)
        elif any(brace in gone + come for brace in "{}"):
            return None
        else:
            out.append(f"{{{gone}{arrow}{come}}}")
    merged = "".join(out)
    return merged if len(merged) * 5 < (len(old) + len(new)) * 4 else None


def _unchanged(lines: Iterable[str], change: re.Pattern[str]) -> Iterator[str]:
    """The old and new lines that `~` lines stand for: in each run of changes, the old ones come first."""
    for is_change, group in groupby(lines, key=lambda line: line[:1] in {"+", "-", "~"}):
        run = list(group)
        if is_change and any(line.startswith("~") for line in run):
            yield from (change.sub(r"\1", f"-{line[1:]}") for line in run if line[0] != "+")
            yield from (change.sub(r"\2", f"+{line[1:]}") for line in run if line[0] != "-")
        else:
            yield from run


__all__ = ["MARK", "decode", "encode"]
