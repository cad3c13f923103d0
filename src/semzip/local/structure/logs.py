"""Logs: lines that say the same but for some values become a letter and those values. A template stands for what they share.

    #log *: the values, in order; @: time goes on from here; ×n: n times more
    A= INFO [worker-*] GET /users/* *ms

    @2026-03-14T09:26:
    53.867A 2 5307 250

What the times have in common is said where it changes; `{2}` in a template is its second value again. A line that is like no other stands as it is, behind a backslash if it
could be taken for something else.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, repeat

from attrs import frozen

from semzip.local.structure import clock
from semzip.local.structure.affixes import affixes

MARK = "#log"
_PLACEHOLDERS = "*#~%§¤"
_SPLIT = re.compile(r"""([\s=:,;()\[\]{}"'<>|/]+)""")
_DIGIT = re.compile(r"\d")
_HEAD = re.compile(rf"{MARK} (.): .*?(\{{1\}}: value 1 again)?")
_AGAIN = re.compile(r"\{(\d+)\}")
_FEWEST_LINES = 5
_FEWEST_USES = 3
_MOST_REPEATS = 10_000_000
_MOST_TEMPLATES = 26 + 26 * 26


@frozen
class Template:
    """What lines have in common: literal pieces, with a value between each two."""

    pieces: tuple[str, ...]

    def fill(self, values: Sequence[str], *, again: bool) -> str:
        """The line with these values; `again` tells whether `{1}` stands for the first of them."""
        if again:
            return Template(
                tuple([_AGAIN.sub(lambda found: values[int(found[1]) - 1], piece) for piece in self.pieces])
            ).fill(values, again=False)
        return self.pieces[0] + "".join([value + piece for value, piece in zip(values, self.pieces[1:], strict=True)])


def encode(text: str) -> Iterator[str]:
    """The log as letters and values."""
    lines = text.split("\n")
    if len(lines) < _FEWEST_LINES or "\r" in text:
        return
    ticks = clock.Clock.of(lines)
    times = [ticks.split(line) for line in lines]
    filled = _mine([rest for _, _, rest in times], again=not _AGAIN.search(text))
    templates = [template for template, _ in Counter(t for t, _ in filled if t).most_common(_MOST_TEMPLATES)]
    if not templates:
        return
    literal = [piece for template in templates for piece in template.pieces]
    placeholder = next((p for p in _PLACEHOLDERS if not any(p in piece for piece in literal)), None)
    if placeholder is None:
        return
    tags = dict(zip(templates, _tags(), strict=False))
    again = "; {1}: value 1 again" if any(map(_AGAIN.search, literal)) else ""
    out = [f"{MARK} {placeholder}: the values, in order; {clock.MARK}: time goes on from here; ×n: n times more{again}"]
    out += [f"{tag}={placeholder.join(template.pieces)}" for template, tag in tags.items()]
    out.append("")
    writer = _Writer(tags)
    written = [writer.write(time, *fill) for time, fill in zip(times, filled, strict=True)]
    out += _runs(line for group in written for line in group)
    yield "\n".join(out)


def decode(text: str) -> str | None:
    """The log that was encoded; None where the text is none of ours."""
    head, _, rest = text.partition("\n")
    found = _HEAD.fullmatch(head)
    if found is None:
        return None
    legend, _, body = rest.partition("\n\n")
    templates: dict[str, Template] = {}
    for line in legend.split("\n"):
        tag, equals, template = line.partition("=")
        if not equals:
            return None
        templates[tag] = Template(tuple(template.split(found.group(1))))
    return "\n".join(_read(body.split("\n"), templates, again=bool(found.group(2))))


def _read(body: Iterable[str], templates: dict[str, Template], *, again: bool) -> Iterator[str]:
    since, last = "", ""
    for line in body:
        if line.startswith("@"):
            since = line[1:]
            continue
        if line.startswith("×"):
            times = int(line[1:])
            if times > _MOST_REPEATS:
                raise ValueError(f"a line {times} times")
            yield from repeat(last, times)
            continue
        if line.startswith("\\"):
            last = line[1:]
        elif found := _TAGGED.fullmatch(line):
            time, tag, values = found.groups()
            template = templates.get(tag)
            if template is None:
                last = since + line if time else line
            else:
                filled = template.fill(values[1:].split(" ") if values else (), again=again)
                last = since + time + filled if time else filled
        elif _STARTS_WITH_TIME.match(line):
            last = since + line
        else:
            last = line
        yield last


_TAGGED = re.compile(r"([\d:.,]*)([A-Z]{1,2})((?: [^\n]*)?)")
_STARTS_WITH_TIME = re.compile(r"\d[\d:.,]*(?!\d)")


class _Writer:
    """Writes lines, and the time wherever it goes on."""

    def __init__(self, tags: dict[Template, str]) -> None:
        self.tags = tags
        self.since = ""
        self.known = set(tags.values())

    def write(self, time: tuple[str, str, str], template: Template | None, values: Sequence[str]) -> list[str]:
        since, now, line = time
        tag = self.tags.get(template) if template else None
        if tag is None and not now:
            return [self._plain(line)]
        out: list[str] = []
        if now and since != self.since:
            self.since = since
            out.append(clock.MARK + since)
        rest = " ".join([tag, *values]) if tag else line
        out.append("\\" + since + now + line if tag is None and self._looks_tagged(now + rest) else now + rest)
        return out

    def _plain(self, line: str) -> str:
        if line[:1] in ("@", "×", "\\") or _STARTS_WITH_TIME.match(line):
            return "\\" + line
        return "\\" + line if self._looks_tagged(line) else line

    def _looks_tagged(self, line: str) -> bool:
        found = _TAGGED.fullmatch(line)
        return found is not None and found.group(2) in self.known


def _runs(lines: Iterable[str]) -> Iterator[str]:
    for line, group in groupby(lines):
        more = sum(1 for _ in group) - 1
        yield line
        if more:
            yield f"×{more}"


def _tags() -> Iterator[str]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    yield from letters
    yield from (one + other for one in letters for other in letters)


def _mine(lines: Sequence[str], *, again: bool) -> list[tuple[Template | None, tuple[str, ...]]]:
    """For each line its template and values; None where too few lines are like it."""
    out: list[tuple[Template | None, tuple[str, ...]]] = [(None, ())] * len(lines)
    shapes: defaultdict[str, list[int]] = defaultdict(list)
    fields: list[list[str]] = []
    separators: list[list[str]] = []
    for i, line in enumerate(lines):
        parts = _SPLIT.split(line)
        fields.append(parts[0::2])
        separators.append(parts[1::2])
        shapes["\0".join(parts[1::2])].append(i)
    for members in shapes.values():
        # Words that are rare at their place are values; in a second pass over what is left, all but the usual ones.
        for share in (0.02, 0.3):
            members = [i for i in members if out[i][0] is None]  # noqa: PLW2901 - those that are left
            for alike in _alike([fields[i] for i in members], share):
                chosen = [members[at] for at in alike]
                template, values = _template([fields[i] for i in chosen], separators[chosen[0]], again=again)
                for i, own in zip(chosen, values, strict=True):
                    out[i] = (template, own)
    return out


def _alike(lines: Sequence[Sequence[str]], share: float) -> list[list[int]]:
    """Lines that differ only in numbers and rare words."""
    if len(lines) < _FEWEST_USES:
        return []
    fewest = max(_FEWEST_USES, share * len(lines))
    constants = [
        {word for word, times in Counter(column).items() if times >= fewest and not _DIGIT.search(word)}
        for column in zip(*lines, strict=True)
    ]
    groups: defaultdict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for i, line in enumerate(lines):
        groups[tuple([word if word in known else None for word, known in zip(line, constants, strict=True)])].append(i)
    return [members for members in groups.values() if len(members) >= _FEWEST_USES]


def _template(
    lines: Sequence[Sequence[str]], separators: Sequence[str], *, again: bool
) -> tuple[Template, list[tuple[str, ...]]]:
    """The template of lines with the same separators, and the values of each; one that says a value again, if it may."""
    pieces: list[str] = [""]
    values: list[list[str]] = []
    for column, separator in zip(zip(*lines, strict=True), [*separators, ""], strict=True):
        first = column[0]
        if all(word == first for word in column):
            pieces[-1] += first
        else:
            prefix, suffix = affixes(column)
            own = [word[len(prefix) : len(word) - len(suffix)] for word in column]
            if again and own in values:
                pieces[-1] += f"{prefix}{{{values.index(own) + 1}}}{suffix}"
            else:
                pieces[-1] += prefix
                values.append(own)
                pieces.append(suffix)
        pieces[-1] += separator
    rows: list[tuple[str, ...]] = list(zip(*values, strict=True)) if values else [()] * len(lines)
    return Template(tuple(pieces)), rows


__all__ = ["MARK", "Template", "decode", "encode"]
