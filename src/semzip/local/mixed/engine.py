"""Mixed text: Markdown or HTML with code, tables and data, each part by its own engine, put together again in its order.

Fences, headings and lists stay; a table stays a Markdown table, without padding; JSON in a fence stays JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from attrs import evolve, frozen

from semzip.local import detect
from semzip.local.code import engine as code
from semzip.local.mixed import markup
from semzip.local.prose import engine as prose
from semzip.local.prose.salience import Salience
from semzip.local.structure import engine as structure
from semzip.local.structure import tree

Kind = Literal["prose", "code", "data", "table", "fixed"]

_FENCE = re.compile(r"( {0,3}|\s*)(`{3,}|~{3,})\s*([\w+#.-]*)[^`\n]*$")
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_DATA = frozenset({"json", "jsonc", "json5", "yaml", "yml", "csv", "tsv", "toml", "ini", "xml", "log", "diff", "patch"})
_FIXED = frozenset(
    {"text", "txt", "console", "shell-session", "output", "plain", "plaintext", "mermaid", "markdown", "md"}
)
_PIPE = re.compile(r"(?<!\\)\|")
_STARTS_PLAIN = re.compile(r"(?!\d+[.)]\s)[\w$€£(]")
"""A row that starts so cannot be taken for a list, a heading or a quotation when it has no bar in front."""
_LONG_WORD = re.compile(r"\w{3,}")
_FEWEST_TOKENS = 12
_TRIES = 8
_AS_MARKDOWN = 1
"""From this level on HTML becomes Markdown."""


@frozen
class Part:
    """A run of lines of one kind; a fenced part has its fences in `before` and `after`."""

    kind: Kind
    text: str
    before: str = ""
    after: str = ""
    language: str = ""

    @property
    def whole(self) -> str:
        """The part with its fences."""
        return self.before + self.text + self.after


def is_mixed(text: str) -> bool:
    """Whether the text has parts of several kinds: fenced code, tables among prose, HTML."""
    if markup.is_html(text):
        return True
    if not ("```" in text or "~~~" in text or "|" in text):
        return False
    return any(part.kind != "prose" for part in parts(text))


def shorten(text: str, *, level: int, salience: Salience | None = None) -> str:
    """Each part shortened by its own engine."""
    if markup.is_html(text):
        if level < _AS_MARKDOWN:
            return markup.tighten(text, level=level, salience=salience)
        text = markup.markdown(text)
    return "\n".join([_shorten(part, level, salience).whole for part in parts(text)])


def fit(
    text: str,
    *,
    budget: int,
    count: Callable[[str], int],
    question: str | None = None,
    salience: Salience | None = None,
) -> str:
    """Each part by its own engine, within `budget`: each gets a share after its size, more if the question is about it."""
    if markup.is_html(text):
        text = markup.markdown(text)
    split = [_shorten(part, 0, salience) for part in parts(text)]
    whole = "\n".join([part.whole for part in split])
    if count(whole) <= budget:
        return whole
    best = ""
    target = budget
    for _ in range(_TRIES):
        short = _fit_parts(split, target, count, question, salience)
        over = count(short) - budget
        if over <= 0:
            best = short
            break
        target -= over + 1
    return best or prose.fit(text, budget=budget, count=count, question=question, salience=salience)


def _fit_parts(
    split: Sequence[Part], budget: int, count: Callable[[str], int], question: str | None, salience: Salience | None
) -> str:
    """Every part within its share of the budget; what one leaves, the next ones get. Those that matter most go last."""
    costs = [count(part.whole) + 1 for part in split]
    weights = [cost * (1 + _relevance(part.text, question)) for part, cost in zip(split, costs, strict=True)]
    kept = [""] * len(split)
    left, total = max(0, budget), sum(weights)
    for i in sorted(range(len(split)), key=lambda i: (split[i].kind == "prose", weights[i])):
        share = min(costs[i], int(left * weights[i] / total) if total > weights[i] else left)
        kept[i] = _fit(split[i], share - 1, count, question, salience)
        left -= count(kept[i]) + 1 if kept[i] else 0
        total -= weights[i]
    return "\n".join([part for part in kept if part])


def parts(text: str) -> list[Part]:
    """The text in parts; joined by line ends they are the text."""
    return list(_parts(text.split("\n")))


def _parts(lines: Sequence[str]) -> Iterator[Part]:
    at = start = 0
    if lines[0] == "---" and "---" in lines[1:]:
        start = at = lines.index("---", 1) + 1
        yield Part("fixed", "\n".join(lines[:at]))
    while at < len(lines):
        end, part = _block(lines, at)
        if part is None:
            at += 1
            continue
        if start < at:
            yield Part("prose", "\n".join(lines[start:at]))
        yield part
        start = at = end
    if start < len(lines):
        yield Part("prose", "\n".join(lines[start:]))


def _block(lines: Sequence[str], at: int) -> tuple[int, Part | None]:
    """The fenced block or table that starts at a line, and where it ends."""
    line = lines[at]
    if fence := _FENCE.match(line):
        indent, marks, language = fence.groups()
        end = next((i for i in range(at + 1, len(lines)) if _closes(lines[i], marks)), None)
        if end is None:
            return len(lines), Part("fixed", "\n".join(lines[at:]))
        body = "\n".join(lines[at + 1 : end])
        if end == at + 1:
            return end + 1, Part("fixed", "\n".join(lines[at : end + 1]))
        kind = _kind(body, language.lower()) if not indent.strip(" ") and len(indent) < 4 else "fixed"
        return end + 1, Part(kind, body, line + "\n", "\n" + lines[end], language.lower())
    if "|" in line and at + 1 < len(lines) and "|" in lines[at + 1] and _RULE.match(lines[at + 1]):
        end = at + 2
        while end < len(lines) and "|" in lines[end]:
            end += 1
        return end, Part("table", "\n".join(lines[at:end]))
    return at, None


def _closes(line: str, marks: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(marks) and not bare.strip(marks[0])


def _kind(body: str, language: str) -> Kind:
    if language in _DATA:
        return "data"
    if language in _FIXED:
        return "fixed"
    if language:
        return "code"
    found = detect.domain(body)
    return "fixed" if found == "nl" else found


def _shorten(part: Part, level: int, salience: Salience | None) -> Part:
    if part.kind == "prose":
        inner = part.text.strip("\n")
        if not inner.strip():
            return evolve(part, text="")
        before, after = part.text.startswith("\n") * "\n", part.text.endswith("\n") * "\n"
        return evolve(part, text=before + prose.shorten(inner, level=level, salience=salience) + after)
    if part.kind == "code":
        return evolve(part, text=code.shorten(part.text, level=level, salience=salience).strip("\n"))
    if part.kind == "data":
        return evolve(part, text=next(tree.encode(part.text), part.text))
    return evolve(part, text=tight(part.text)) if part.kind == "table" else part


def tight(table: str) -> str:
    """A Markdown table without padding, and without outer bars where every row has its first and last cell."""
    lines = table.split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    rows = [[cell.strip() for cell in _PIPE.split(line.strip())] for line in lines]
    if not all(len(row) > 1 for row in rows):
        return table
    rows = [row[row[0] == "" and line.lstrip()[:1] == "|" :] for row, line in zip(rows, lines, strict=True)]
    rows = [
        row[: len(row) - (row[-1] == "" and line.rstrip()[-1:] == "|")] for row, line in zip(rows, lines, strict=True)
    ]
    rows[1] = [re.sub("-+", "-", cell) for cell in rows[1]]
    if any(cell.endswith("\\") for row in rows for cell in row):
        return table  # a bar next to it would be part of the cell
    bars = any(len(row) < 2 or not row[-1] or not _STARTS_PLAIN.match(row[0]) for row in (rows[0], *rows[2:]))
    short = [f"|{'|'.join(row)}|" if bars else "|".join(row) for row in rows]
    return "\n".join([" " * indent + line for line in short])


def _fit(part: Part, budget: int, count: Callable[[str], int], question: str | None, salience: Salience | None) -> str:
    if count(part.whole) <= budget:
        return part.whole
    room = budget - count(part.before) - count(part.after)
    if room < _FEWEST_TOKENS and part.kind != "prose":
        return ""
    engine = {"prose": prose, "code": code}.get(part.kind, structure)
    short = engine.fit(part.text, budget=room, count=count, question=question, salience=salience)
    return evolve(part, text=short).whole if short.strip() else ""


def _relevance(text: str, question: str | None) -> float:
    """How much more than its size a part weighs: much where most of the question's words are in it, little where few are."""
    asked = {word.lower() for word in _LONG_WORD.findall(question or "")}
    share = len(asked.intersection(map(str.lower, _LONG_WORD.findall(text)))) / len(asked) if asked else 0.0
    return 8.0 * share * share


__all__ = ["Part", "fit", "is_mixed", "parts", "shorten", "tight"]
