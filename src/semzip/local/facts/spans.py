"""Which spans of a text are facts: what a shorter text must keep, each with a value that is the same in every notation."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from semzip.local.facts.items import Scan
from semzip.local.facts.reading import scan
from semzip.local.facts.terms import WORD

KINDS = (
    "number", "unit", "date", "name", "identifier", "url", "quote", "negation", "condition", "bound", "direction",
    "quantifier", "attribution",
)  # fmt: skip


@frozen
class Fact:
    """A span of a text that says something checkable.

    Args:
        kind: One of KINDS.
        start: First character.
        end: One past the last character.
        value: What it says, in one notation: "1000" for "1,000", "2020-01-05" for "January 5, 2020".
    """

    kind: str
    start: int
    end: int
    value: str


def find(text: str) -> list[Fact]:
    """Every fact of a text, sorted by start. Quoted spans may hold other facts; no other two overlap."""
    return sorted(_facts(text, scan(text)), key=lambda fact: (fact.start, -fact.end))


def _facts(text: str, items: Scan) -> Iterator[Fact]:
    at = 0
    count = len(items.keys)
    while at < count:
        kind, start, end, value = items.kinds[at], items.starts[at], items.ends[at], items.keys[at]
        at += 1
        if kind == WORD:
            continue
        while at < count and items.starts[at] == start and items.kinds[at] == kind:
            value += "-" + items.keys[at]
            at += 1
        while kind == "name" and at < count and items.kinds[at] == kind and text[end : items.starts[at]] == " ":
            value, end = f"{value} {items.keys[at]}", items.ends[at]
            at += 1
        yield Fact(kind, start, end, value.replace("#", "").replace("-m", "-") if kind in {"number", "date"} else value)
    for start, end in items.quotes:
        yield Fact("quote", start, end, " ".join(text[start + 1 : end - 1].split()))
