"""The words and signs of a text in shorthand for code, and which stand beside which."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from semzip.local.code_check.shorthand import number

_TOKEN: Final = re.compile(
    r"(?P<comment>(?<![\w)\]:])//[^\n]*|/\*[\s\S]*?\*/|(?<![\w&])#(?![\w?!])[^\n]*|\s--\s[^\n]*)"
    r"|(?P<string>[rbfuRBFU]{0,2}(?:\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`]*`))"
    r"|(?P<number>(?<![\w.])(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+))"
    r"|(?P<name>λ|[^\W\d]\w*)"
    r"|(?P<operator><=>|===|!==|\*\*=?|//=?|<<=?|>>=?|[=!<>+\-*/%&|^:]=|&&|\|\||\|>|->|=>|\?\?|\?\.|::|\.\.\.|[^\w\s])"
)
_ESCAPED: Final = re.compile(r"\\[nrt]")
NAME: Final = re.compile(r"[^\W\d]\w*")
"""A name, as most languages write it."""


_REACH, _BRACKETS = 200, 12
"""Tokens that the arguments of a call take, and brackets around an operand, at most."""


_LETTERS: Final = 3


def _split(name: str) -> frozenset[str]:
    return frozenset(part for part in name.lower().split("_") if part)


class Words:
    """The lexical tokens of a text in shorthand."""

    def __init__(self, text: str) -> None:
        self.names: Counter[str] = Counter()
        self.signs: Counter[str] = Counter()
        self.numbers: dict[str, int] = {}
        self.strings: list[tuple[str, int]] = []
        self.called: dict[str, int] = {}
        self.triples: set[tuple[str, str, str]] = set()
        self.calls: dict[str, list[list[str]]] = {}
        self.own: frozenset[frozenset[str]] = frozenset()
        self.text = text
        self.flat = flat = list(lexed(text))
        for i, (kind, word, at) in enumerate(flat):
            if kind == "name":
                self.names[word] += 1
                if i + 1 < len(flat) and flat[i + 1][1] == "(":
                    self.called.setdefault(word, at)
                    self.calls.setdefault(word, []).append(_arguments(flat, i + 2))
            elif kind == "number":
                self.numbers.setdefault(number(word), at)
            elif kind == "operator":
                self.signs[word] += 1
                if 0 < i < len(flat) - 1:
                    self.triples.add((_side(flat, i, -1), word, _side(flat, i, 1)))
            elif kind == "string":
                self.strings.append((word, at))
                self.names.update(NAME.findall(word))
        self.said = " ".join(re.findall(r"\w+", _ESCAPED.sub(" ", text))).lower()
        self.parts = frozenset(self.said.split()) | frozenset(
            part for name in self.names for part in name.lower().split("_")
        )

    def has(self, name: str) -> bool:
        """Whether a name stands in the text, or one of its own that is made of some of the name's parts."""
        return name in self.names or any(own <= _split(name) for own in self.own)

    def abbreviates(self, known: frozenset[str]) -> None:
        """Take the names that are not known for what may be parts of those."""
        self.own = frozenset(_split(name) for name in self.names if name not in known and len(name) > _LETTERS)

    def indices(self) -> frozenset[str]:
        """Numbers that only pick a part of what a bracket before them has made, or a single letter stands for."""
        made = {
            n for n, (_, text, _) in enumerate(self.flat) if text in {")", "]"} or (len(text) == 1 and text.isalpha())
        }
        picked = {n + 1 for n, (_, text, _) in enumerate(self.flat) if text == "[" and n - 1 in made}
        numbers = [(n, number(text)) for n, (kind, text, _) in enumerate(self.flat) if kind == "number"]
        return frozenset(text for n, text in numbers if n in picked) - {text for n, text in numbers if n not in picked}

    def any_of(self, words: tuple[str, ...]) -> bool:
        """Whether any of these names or signs stands in the text."""
        return any(
            word in self.names or word in self.signs or (not word.isalnum() and word in self.text) for word in words
        )


def lexed(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and offset of each lexical token but comments."""
    """Kind, text and place of each token but comments."""
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "operator"
        if kind != "comment":
            yield kind, found.group(), found.start()


def _arguments(flat: list[tuple[str, str, int]], at: int) -> list[str]:
    """The last word of each argument of the call whose first argument begins at `at`."""
    out: list[str] = []
    depth, word = 0, ""
    for kind, text, _ in flat[at : at + _REACH]:
        if text in {"(", "[", "{"}:
            depth += 1
        elif text in {")", "]", "}"}:
            depth -= 1
            if depth < 0:
                break
        elif text == "," and not depth:
            out.append(word)
            word = ""
        elif not depth:
            word = number(text) if kind == "number" else text.strip("\"'")
    return [*out, word]


def _side(flat: list[tuple[str, str, int]], at: int, step: int) -> str:
    """The name, number or string next to an operator, past brackets and prefixes."""
    i = at + step
    for _ in range(_BRACKETS):
        if not (0 <= i < len(flat) and flat[i][1] in {"(", ")", "self", "cls", ".", "[", "]", "_"}):
            break
        i += step
    if not 0 <= i < len(flat):
        return ""
    if step > 0:
        while i + 2 < len(flat) and flat[i + 1][1] == "." and flat[i + 2][0] == "name":
            i += 2
    kind, word, _ = flat[i]
    return number(word) if kind == "number" else word.strip("\"'")
