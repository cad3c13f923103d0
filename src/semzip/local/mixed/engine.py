"""Mixed text: Markdown or HTML with code, tables and data, each part by its own engine, put together again in its order.

Fences, headings and lists stay; a table stays a Markdown table, without padding; JSON in a fence stays JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from attrs import evolve

from semzip.local.code import engine as code
from semzip.local.mixed import markup
from semzip.local.mixed.parts import Part, is_html, parts
from semzip.local.prose import engine as prose
from semzip.local.prose.salience import Salience
from semzip.local.structure import engine as structure
from semzip.local.structure import tree

_PIPE = re.compile(r"(?<!\\)\|")
_STARTS_PLAIN = re.compile(r"(?!\d+[.)]\s)[\w$€£(]")
"""A row that starts so cannot be taken for a list, a heading or a quotation when it has no bar in front."""
_LONG_WORD = re.compile(r"\w{3,}")
_FEWEST_TOKENS = 12
_TRIES = 8
_AS_MARKDOWN = 1
"""From this level on HTML becomes Markdown."""


def shorten(text: str, *, level: int, salience: Salience | None = None) -> str:
    """Each part shortened by its own engine."""
    if is_html(text):
        if level < _AS_MARKDOWN:
            return markup.tighten(text, level=level, salience=salience)
        seen = markup.markdown(text)
        if seen == text:
            return text
        text = seen
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
    if is_html(text):
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


__all__ = ["fit", "shorten", "tight"]
