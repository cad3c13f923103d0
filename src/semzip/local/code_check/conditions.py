"""What a condition asks: its comparisons and truth values, each with the side that it takes, in Python and in shorthand.

`a <= b` asks the same as `b >= a`, and the contrary of `b < a`. So each comparison is kept in one form, and whether
it is affirmed; and `x is not None` and `x == True` as the truth of `x`, which is how shorthand writes them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Final

from attrs import evolve, frozen

from semzip.local.code_check.shorthand import number
from semzip.local.syntax.python_facts import OPERATORS
from semzip.local.syntax.python_tree import walk

ALIKE: Final = {
    "≤": "<=", "≥": ">=", "≠": "!=", "≡": "==", "===": "==", "!==": "!=", "∧": "and", "∨": "or", "&&": "and", "||": "or",
    "¬": "not", "!": "not", "&": "and", "null": "None", "nil": "None", "true": "True", "false": "False", "throw": "raise",
    "ret": "return", "=>": "→", "∈": "in", "λ": "lambda", "is": "==",
}  # fmt: skip
_ORDERS: Final = {"<": (True, False), ">": (True, True), "<=": (False, True), ">=": (False, False)}
"""For each order: whether it affirms that one side is less than the other, and whether the sides change places."""
SIGNS: Final = frozenset({"==", "=", "!=", "in", "∉", *_ORDERS})
_DENIALS: Final = frozenset({"!=", "∉", "is not", "not in"})
_AST: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "==", ast.Is: "==", ast.NotEq: "!=", ast.IsNot: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.In: "in", ast.NotIn: "∉",
}  # fmt: skip
LARGEST: Final = 1_000
"""Nodes of a tree that are looked at for what one part of a program names, the nearest first."""
_UNTOLD: Final = frozenset({
    "isinstance", "len", "hasattr", "getattr", "self", "cls", "issubclass", "bool", "any", "all", "if", "else", "elif", "for",
    "in", "and", "or", "not", "return", "lambda", "is", "while",
})  # fmt: skip
"""Words that say nothing about what a condition asks."""
_TRUTHS: Final = frozenset({"True", "False", "None"})
_NO_CONDITION: Final = frozenset({"→", "|>", ";", "?", "lambda"})
_WORD: Final = re.compile(r"\w+")
OPEN, CLOSE = frozenset("([{"), frozenset(")]}")
_DEEPEST: Final = 30


@frozen
class Word:
    """A lexical token in one spelling, and how far its line is indented if it begins one."""

    kind: str
    text: str
    at: int
    indent: int | None

    @property
    def starts(self) -> bool:
        """Whether it begins a line."""
        return self.indent is not None


@frozen
class Question:
    """One comparison, or the truth of something.

    Args:
        form: `==`, `<`, `in` or `truth`.
        affirmed: Whether the condition asks for it, or for its contrary.
        left: Names, numbers and words of what is asked about; both sides of `==`.
        right: Those of the other side of `<` and `in`.
        at: Its place: an offset in shorthand, a line in Python.
        text: How it is written.
        joined: `and` or `or`, if that stands before it.
        end: The offset of its last word in shorthand.
        signs: The operators that it is written with.
    """

    form: str
    affirmed: bool
    left: frozenset[str]
    right: frozenset[str]
    at: int
    text: str
    joined: str = ""
    end: int = 0
    signs: frozenset[str] = frozenset()

    @property
    def twice(self) -> bool:
        """Whether it is denied twice."""
        return "not" in self.signs and not self.signs.isdisjoint(_DENIALS)


def spelled(tokens: Iterable[tuple[str, str, int]], text: str) -> list[Word]:
    """The lexical tokens of a text, each in one spelling."""
    out: list[Word] = []
    end = 0
    for kind, word, at in tokens:
        alike = ALIKE.get(word, word) if kind != "string" else word
        gap = text[end:at].rpartition("\n")
        out.append(Word(kind, alike, at, len(gap[2]) if gap[1] or not end else None))
        end = at + len(word)
    return out


def named(words: Sequence[Word]) -> frozenset[str]:
    """Names, those called once more with a bracket, numbers and the words of strings; `raise` for `!` before an exception."""
    out: set[str] = set()
    for n, word in enumerate(words):
        if word.kind == "name" and word.text not in _UNTOLD:
            out.add(word.text)
            if n + 1 < len(words) and words[n + 1].text == "(":
                out.add(word.text + "(")
        elif word.kind == "number":
            out.add(number(word.text))
        elif word.kind == "string":
            out.update(_WORD.findall(word.text))
        elif word.text == "not" and n + 1 < len(words) and words[n + 1].text[:1].isupper():
            out.add("raise")
    return frozenset(out)


def told(nodes: Iterable[ast.AST], *, targets: bool = True) -> frozenset[str]:
    """The same of parts of a syntax tree, with or without the names that are assigned to."""
    out: set[str] = set()
    for node in islice((part for whole in nodes for part in walk(whole)), LARGEST):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            out.add("" if name in _UNTOLD else name + "(")
        elif isinstance(node, ast.Name):
            out.add(node.id if targets or not isinstance(node.ctx, ast.Store) else "")
        elif isinstance(node, ast.Attribute):
            out.add(node.attr)
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            out.add(node.arg)
        elif isinstance(node, ast.Constant):
            value = node.value
            plain = isinstance(value, int | float) and not isinstance(value, bool)
            out.update([number(str(value))] if plain else _WORD.findall(str(value)))
        elif isinstance(node, ast.Raise | ast.Break | ast.Continue | ast.Yield | ast.YieldFrom):
            out.add(type(node).__name__.lower().removesuffix("from"))
    return frozenset(out - _UNTOLD - {""})


def asked(node: ast.expr, *, affirmed: bool = True, joined: str = "") -> Iterator[Question]:
    """The questions of a condition in Python."""
    if isinstance(node, ast.BoolOp):
        for n, value in enumerate(node.values):
            word = "and" if isinstance(node.op, ast.And) else "or"
            yield from asked(value, affirmed=affirmed, joined=word if n else joined)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        for question in asked(node.operand, affirmed=not affirmed, joined=joined):
            yield evolve(question, signs=question.signs | {"not"})
    elif isinstance(node, ast.Compare):
        left, text = node.left, ast.unparse(node)[:60]
        for sign, right in zip(node.ops, node.comparators, strict=True):
            sides = told([left]), told([right])
            only = str(right.value) if isinstance(right, ast.Constant) else ""
            question = _question(_AST[type(sign)], sides, only, affirmed, at=node.lineno, text=text)
            yield evolve(question, joined=joined, signs=frozenset({OPERATORS[type(sign)]}))
            left, joined = right, "and"
    else:
        yield Question(
            "truth", affirmed, _about(told([node])), frozenset(), node.lineno, ast.unparse(node)[:60], joined
        )


def _question(
    sign: str, sides: tuple[frozenset[str], frozenset[str]], value: str, affirmed: bool, *, at: int, text: str
) -> Question:
    left, right = map(_about, sides)
    if sign in _ORDERS:
        less, turned = _ORDERS[sign]
        return Question("<", affirmed == less, *((right, left) if turned else (left, right)), at, text)
    if value in _TRUTHS and sign in {"==", "=", "!="}:
        return Question("truth", affirmed == ((sign != "!=") == (value == "True")), left, frozenset(), at, text)
    if sign in {"in", "∉"}:
        return Question("in", affirmed == (sign == "in"), left, right, at, text)
    return Question("==", affirmed == (sign != "!="), left | right, frozenset(), at, text)


def _about(told: frozenset[str]) -> frozenset[str]:
    """The names alone, whether they are called or not."""
    return frozenset(name for name in told if not name.endswith("("))


def read(words: Sequence[Word], *, affirmed: bool = True, joined: str = "", depth: int = 0) -> Iterator[Question]:
    """The questions of a condition in shorthand."""
    words = _bare(words)
    if not words or depth > _DEEPEST:
        return
    parts = _parts(words)
    if any(words[n].text in _NO_CONDITION and words[n].kind != "string" for n in level(words)):
        return
    if len(parts) > 1:
        for n, (join, part) in enumerate(parts):
            yield from read(part, affirmed=affirmed, joined=join if n else joined, depth=depth + 1)
        return
    if words[0].text == "not":
        for question in read(words[1:], affirmed=not affirmed, joined=joined, depth=depth + 1):
            yield evolve(question, signs=question.signs | {"not"})
        return
    text = "".join(word.text for word in words)[:60]
    places = [n for n in level(words) if n and words[n].text in SIGNS and words[n].kind != "string"]
    if not places:
        yield Question("truth", affirmed, _about(named(words)), frozenset(), words[0].at, text, joined, words[-1].at)
        return
    start = 0
    for n, end in zip(places, [*places[1:], len(words)], strict=True):
        sign, left, right = words[n].text, words[start:n], words[n + 1 : end]
        if right and right[0].text == "not":
            sign, right = "!=", right[1:]
        if left and left[-1].text == "not" and sign == "in":
            sign, left = "∉", left[:-1]
        value = right[0].text if len(right) == 1 else ""
        question = _question(sign, (named(left), named(right)), value, affirmed, at=words[0].at, text=text)
        yield evolve(question, joined=joined, end=words[-1].at, signs=frozenset({sign}))
        start, joined = n + 1, "and"


def level(words: Sequence[Word]) -> Iterator[int]:
    """The places that no bracket of these words encloses."""
    depth = 0
    for n, word in enumerate(words):
        if word.text in CLOSE:
            depth -= 1
        if depth == 0:
            yield n
        if word.text in OPEN:
            depth += 1


def _parts(words: Sequence[Word]) -> list[tuple[str, Sequence[Word]]]:
    cuts = [n for n in level(words) if words[n].text in {"and", "or"} and words[n].kind != "string"]
    edges = [-1, *cuts, len(words)]
    return [(words[a].text if a >= 0 else "", words[a + 1 : b]) for a, b in pairwise(edges) if a + 1 < b]


def _bare(words: Sequence[Word]) -> Sequence[Word]:
    """Without the brackets around the whole."""
    while len(words) > 1 and words[0].text == "(" and [*level(words)] == [0, len(words) - 1]:
        words = words[1:-1]
    return words
