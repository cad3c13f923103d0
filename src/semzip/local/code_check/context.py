"""Which names and signs of shorthand the program does not know, and which steps it takes with something else.

Shorthand may rename what it binds itself, and write a name's value for the name. Any other name must be the program's.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice, pairwise
from typing import Final

from semzip.local.code_check.conditions import LARGEST, OPEN, Word, told
from semzip.local.code_check.shorthand import WORDS
from semzip.local.syntax.python_tree import walk
from semzip.records import Loss

_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
COMMON: Final = frozenset(dir(builtins)) | WORDS
"""Names that belong to no program."""
_SHORT, _TELLING = 3, 2
"""Letters of a name that may stand for anything, and of a part of a name that says nothing."""
BINDING: Final = frozenset({"lambda", "for", "as", "where", "fn", "def", "class"})
ASSIGNING: Final = frozenset({"=", ":=", "+=", "|=", "||="})
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "//", "%", "**"})
_HOLE: Final = re.compile(r"\{[^{}]*\}|\\\\.")


def sources(tree: ast.Module) -> dict[str, frozenset[str]]:
    """For each name that is given a value, the names and words of the values."""
    out: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for node in walk(tree):
        pairs: list[tuple[ast.expr | None, ast.expr | None]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            pairs = [(node.target, node.iter)]
        elif isinstance(node, ast.withitem):
            pairs = [(node.optional_vars, node.context_expr)]
        elif isinstance(node, ast.If):
            pairs = [
                (part, node.test)
                for part in islice(walk(node), LARGEST)
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
            ]
        elif isinstance(node, ast.keyword) and node.arg:
            out[node.arg] |= told([node.value])
        for target, value in pairs:
            if target and value:
                made = told([value])
                for name in told([target]):
                    out[name] |= made
    for _ in range(2):
        for name, made in list(out.items()):
            out[name] = made.union(*(out.get(part, frozenset()) for part in made))
    return dict(out)


# -- names that nobody knows ------------------------------------------------------------------


def unknown(original: str, words: Sequence[Word]) -> Iterator[Loss]:
    """The names of the shorthand that it does not bind, and that no name or word of the program resembles."""
    had = frozenset(re.findall(r"\w+", original))
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for part in (part.lower() for name in had for part in _PART.findall(name)):
        parts[part[0]].add(part)
    own = bound(words)

    @cache
    def resembles(part: str) -> bool:
        return _resembles(part, parts[part[0]])

    for n, word in enumerate(words):
        name = word.text
        if word.kind == "string":
            said = [part.lower() for part in _PART.findall(_HOLE.sub("", name)) if len(part) > _SHORT]
            if not all(map(resembles, said)):
                yield Loss("string", name, word.at, invented=True)
        if word.kind != "name" or len(name) <= _SHORT or name in had or name in own or name.lower() in COMMON | own:
            continue
        mine = [part.lower() for part in _PART.findall(name) if len(part) > _TELLING]
        if mine and not all(map(resembles, mine)) and name not in COMMON:
            called = n + 1 < len(words) and words[n + 1].text == "("
            yield Loss("call" if called else "identifier", name, word.at, invented=True)


def unbound(tree: ast.Module, words: Sequence[Word]) -> Iterator[Loss]:
    """Variables that stand before the lambda that binds them, where nothing else does."""
    where: dict[str, int] = {}
    binding = False
    for n, word in enumerate(words):
        if word.kind == "name" and (binding or word.text.startswith("λ")):
            where.setdefault(word.text.removeprefix("λ"), n)
        binding = word.text == "lambda" or (binding and word.text in {"(", ","}) or (binding and word.kind == "name")
    given = {node.arg for node in walk(tree) if isinstance(node, ast.arg)}
    made = {node.id for node in walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    loose = (where.keys() & made) - given - _elsewhere(words)
    for n, word in enumerate(words):
        if word.kind == "name" and word.text in loose and n < where[word.text]:
            before, behind = words[n - 1].text if n else "", words[n + 1].text if n + 1 < len(words) else ""
            if before not in {".", "for"} and behind not in {"=", ":", "("}:
                yield Loss("identifier", word.text, word.at, invented=True)


def _elsewhere(words: Sequence[Word]) -> frozenset[str]:
    """The names that shorthand binds by other means than a lambda."""
    out: set[str] = set()
    looping = False
    for one, two in pairwise(words):
        if one.kind == "name" and (looping or two.text in ASSIGNING):
            out.add(one.text)
        if two.kind == "name" and one.text in BINDING - {"lambda"}:
            out.add(two.text)
        looping = one.text == "for" or (looping and one.text != "in")
    return frozenset(out)


def bound(words: Sequence[Word], *, assigned: bool = True) -> frozenset[str]:
    """The names that shorthand binds: parameters of a lambda, loop variables, and what it assigns to."""
    out: set[str] = set()
    binding = False
    for n, word in enumerate(words):
        before = words[n - 1].text if n else ""
        behind = words[n + 1].text if n + 1 < len(words) else ""
        if word.kind == "name":
            if binding or (assigned and behind in ASSIGNING) or before in BINDING:
                out.add(word.text)
            if word.text.startswith("λ"):
                out.add(word.text[1:])
            binding = word.text in {"lambda", "for"} or (binding and word.text != "in")
        elif word.text in {":", ")"}:
            binding = False
    return frozenset(out)


def _resembles(part: str, parts: set[str]) -> bool:
    """Whether a part of a name begins like, or is short for, one of these that have its first letter."""
    return part in parts or any(
        there.startswith(part) or (len(there) > _TELLING and part.startswith(there)) or _within(part, there)
        for there in parts
    )


def _within(part: str, there: str) -> bool:
    letters = iter(there)
    return all(letter in letters for letter in part)


# -- signs and steps --------------------------------------------------------------------------


def recalculated(program: Sequence[Word], words: Sequence[Word]) -> Iterator[Loss]:
    """The signs of arithmetic that stand beside a name or number beside which the program has another one."""
    left, right = _sums(program), _sums(words)
    before: defaultdict[str, set[str]] = defaultdict(set)
    behind: defaultdict[str, set[str]] = defaultdict(set)
    for one, sign, two, _ in left:
        before[one].add(sign)
        behind[two].add(sign)
    for one, sign, two, at in right:
        if sign not in before[one] | behind[two]:
            others = sorted((before[one] & behind[two]) or (before[one] | behind[two]))
            if others:
                yield Loss("operator", others[0], next(a for _, s, _, a in left if s == others[0]))
                yield Loss("operator", sign, at, invented=True)


def _sums(words: Sequence[Word]) -> list[tuple[str, str, str, int]]:
    """Each sign of arithmetic between two operands, with the nearest word on either side."""
    out: list[tuple[str, str, str, int]] = []
    for n, word in enumerate(words[1:-1], 1):
        before, behind = words[n - 1], words[n + 1]
        if word.text in _ARITHMETIC and (before.kind in {"name", "number"} or before.text in {")", "]"}):
            one = next((w.text for w in reversed(words[max(0, n - 6) : n]) if w.kind != "operator"), "")
            two = next((w.text for w in words[n + 1 : n + 7] if w.kind != "operator" and w.text != "self"), "")
            if behind.kind != "operator" or behind.text in OPEN or behind.text == "-":
                out.append((one, word.text, two, word.at))
    return out


def misstepped(tree: ast.Module, words: Sequence[Word]) -> Iterator[Loss]:
    """The steps of the shorthand that are taken with what the program takes another step with."""
    taken: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for node in walk(tree):
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom | ast.Await):
            taken[type(node).__name__.lower().removesuffix("from")] |= told([node.value] if node.value else [])
        elif isinstance(node, ast.Raise):
            taken["raise"] |= _head(node.exc) if node.exc else frozenset()
        if isinstance(node, ast.Return) and node.value is None:
            taken["return"] |= {""}
    for step, head in pairwise(words):
        if step.text == "return" and head.text in taken["raise"] - taken["return"]:
            yield Loss("control", "raise", step.at)
        elif step.text == "return" and head.text == "None" and not {"None", ""} & taken["return"]:
            yield Loss("control", "return None", step.at, invented=True)
        elif step.text == "raise" and taken["raise"] and head.text in taken["return"] - taken["raise"]:
            yield Loss("control", "raise", step.at, invented=True)


def _head(node: ast.expr) -> frozenset[str]:
    return told([node.func if isinstance(node, ast.Call) else node])
