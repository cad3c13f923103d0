"""Which names and steps of shorthand stand where the program never has them.

Shorthand may rename what it binds itself, and write a name's value for the name. Any other name must be the program's, and
stand beside what it stands beside there: as an argument of a call, as one side of a sign, after a step.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from semzip.local.code_check.conditions import Word, told
from semzip.local.code_check.shorthand import FILLER, WORDS, number
from semzip.records import Loss

_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_COMMON: Final = frozenset(dir(builtins)) | WORDS
"""Names that belong to no program."""
_SHORT, _TELLING = 3, 2
"""Letters of a name that may stand for anything, and of a part of a name that says nothing."""
_BINDING: Final = frozenset({"lambda", "for", "as", "where", "fn", "def", "class"})
_ASSIGNING: Final = frozenset({"=", ":=", "+=", "|=", "||="})
_NAMING: Final = _ASSIGNING | {":"}
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "//", "%", "**"})
_HOLE: Final = re.compile(r"\{[^{}]*\}|\\\\.")
_WORDS: Final = re.compile(r"\w+")
_QUOTES: Final = frozenset("\"'`rbfuRBFU")
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


def sources(tree: ast.Module) -> dict[str, frozenset[str]]:
    """For each name that is given a value, the names and words of the values."""
    out: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for node in ast.walk(tree):
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
                for part in ast.walk(node)
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
    parts = frozenset(part.lower() for name in had for part in _PART.findall(name))
    own = _bound(words)
    for n, word in enumerate(words):
        name = word.text
        if word.kind == "string":
            said = [part.lower() for part in _PART.findall(_HOLE.sub("", name)) if len(part) > _SHORT]
            if not all(_resembles(part, parts) for part in said):
                yield Loss("string", name, word.at, invented=True)
        if word.kind != "name" or len(name) <= _SHORT or name in had or name in own or name.lower() in _COMMON | own:
            continue
        mine = [part.lower() for part in _PART.findall(name) if len(part) > _TELLING]
        if mine and not all(_resembles(part, parts) for part in mine) and name not in _COMMON:
            called = n + 1 < len(words) and words[n + 1].text == "("
            yield Loss("call" if called else "identifier", name, word.at, invented=True)


def _bound(words: Sequence[Word], *, assigned: bool = True) -> frozenset[str]:
    """The names that shorthand binds: parameters of a lambda, loop variables, and what it assigns to."""
    out: set[str] = set()
    binding = False
    for n, word in enumerate(words):
        before = words[n - 1].text if n else ""
        behind = words[n + 1].text if n + 1 < len(words) else ""
        if word.kind == "name":
            if binding or (assigned and behind in _ASSIGNING) or before in _BINDING:
                out.add(word.text)
            if word.text.startswith("λ"):
                out.add(word.text[1:])
            binding = word.text in {"lambda", "for"} or (binding and word.text != "in")
        elif word.text in {":", ")"}:
            binding = False
    return frozenset(out)


def _resembles(part: str, parts: frozenset[str]) -> bool:
    """Whether a part of a name begins like, or is short for, a part of another."""
    return any(
        there.startswith(part)
        or (len(there) > _TELLING and part.startswith(there))
        or (part[0] == there[0] and _within(part, there))
        for there in parts
    )


def _within(part: str, there: str) -> bool:
    letters = iter(there)
    return all(letter in letters for letter in part)


# -- names in each other's place --------------------------------------------------------------


def exchanged(
    program: Sequence[Word], words: Sequence[Word], types: frozenset[str], made: Mapping[str, frozenset[str]]
) -> Iterator[Loss]:
    """The names of the program that stand in the shorthand where the program has others.

    Args:
        program: The words of the program.
        words: Those of the shorthand.
        types: Names of annotations alone.
        made: What each name's value is made of.
    """
    left, right = _without_self(program), _without_self(words)
    known = frozenset(word.text for word in left if word.kind == "name")
    befores, behinds = _places(left)
    given = _given(left)
    headers = _headers(right)
    own = _bound(words, assigned=False)
    texts = ["", "", *(word.text for word in right), "", ""]
    calls: list[str] = []
    for n, word in enumerate(right):
        callee = right[n - 1].text if n and right[n - 1].kind == "name" else ""
        name = word.text
        if name in _OPEN:
            calls.append(name + callee)
        elif name in _CLOSE and calls:
            calls.pop()
        before, behind = (texts[n], texts[n + 1]), (texts[n + 3], texts[n + 4])
        if word.kind == "operator" or n in headers or behind[0] in _NAMING or behind[1] == "=" or before[1] == "not":
            continue
        if word.kind == "name" and (name not in known or name in _COMMON | types | own or not name.isidentifier()):
            continue
        there: frozenset[str] = frozenset()
        if any(map(_is_word, (*before, *behind))) and name not in befores[before] | behinds[behind]:
            there = (befores[before] & behinds[behind[:1]]) | (behinds[behind] & befores[before[1:]])
            there -= _COMMON
        if (
            word.kind == "name"
            and not there
            and before[1] != "."
            and calls
            and name not in given.get(calls[-1], {name})
        ):
            there = given[calls[-1]]
        yield from _replaced(word, there, made)


def _replaced(word: Word, there: frozenset[str], made: Mapping[str, frozenset[str]]) -> Iterator[Loss]:
    """The loss where a word stands in the place of others that it does not mean."""
    name = word.text
    if word.kind == "name":
        there = frozenset(text for text in there if text[:1].isalpha() or text[:1] == "_")
        if there and not any(name in made.get(one, ()) or one in made.get(name, ()) for one in there):
            yield Loss("identifier", name, word.at, invented=True)
    elif word.kind == "number":
        there = frozenset(number(text) for text in there if text[:1].isdigit())
        if there and number(name) not in there:
            yield Loss("constant", name, word.at, invented=True)
    else:
        mine = _said(name)
        said = [_said(text) for text in there if text[:1] in _QUOTES]
        if said and mine and not any(mine <= one or one <= mine for one in said):
            yield Loss("string", name, word.at, invented=True)


def _said(literal: str) -> frozenset[str]:
    """The words of a string, without what is filled in."""
    return frozenset(_WORDS.findall(_HOLE.sub("", literal[1:]).lower())) - FILLER


def _headers(words: Sequence[Word]) -> frozenset[int]:
    """The places of the words in the head of a function or class: its parameters, and the type that it returns."""
    out: set[int] = set()
    stack: list[int] = []
    for n, word in enumerate(words):
        behind = words[n + 1].text if n + 1 < len(words) else ""
        if word.text in _OPEN:
            stack.append(n)
        elif word.text in _CLOSE and stack:
            start = stack.pop()
            named = start > 0 and words[start - 1].kind == "name"
            heads = behind in {"->", "="} or (start > 1 and words[start - 2].text in _BINDING | {":"})
            if named and not stack and heads:
                out.update(range(start, n))
        elif word.text == "->":
            end = next((m for m in range(n, min(len(words), n + 30)) if words[m].text == "="), n)
            out.update(range(n, end))
        if word.text in _BINDING:
            out.add(n + 1)
            out.add(n + 2)
    return frozenset(out)


def _is_word(text: str) -> bool:
    return text[:1].isalnum() or text[:1] in {"_", "'", '"'}


def _without_self(words: Sequence[Word]) -> list[Word]:
    out: list[Word] = []
    silent = False
    for one, two in pairwise([*words, Word("operator", "", 0, None)]):
        if not silent and not (silent := one.text in {"self", "cls"} and two.text == "."):
            out.append(one)
        elif one.text == ".":
            silent = False
    return out


_Places = defaultdict[tuple[str, ...], frozenset[str]]


def _places(words: Sequence[Word]) -> tuple[_Places, _Places]:
    """Which names stand behind one or two words, and before them."""
    befores: _Places = defaultdict(frozenset)
    behinds: _Places = defaultdict(frozenset)
    texts = ["", "", *(word.text for word in words), "", ""]
    for n, word in enumerate(words):
        if word.kind != "operator":
            one = frozenset({word.text})
            for place in ((texts[n], texts[n + 1]), (texts[n + 1],)):
                befores[place] |= one
            for place in ((texts[n + 3], texts[n + 4]), (texts[n + 3],)):
                behinds[place] |= one
    return befores, behinds


def _given(words: Sequence[Word]) -> dict[str, frozenset[str]]:
    """Everything that stands within the brackets of each call or subscript of a name."""
    out: defaultdict[str, set[str]] = defaultdict(set)
    stack: list[str] = []
    for n, word in enumerate(words):
        callee = words[n - 1].text if n and words[n - 1].kind == "name" else ""
        if word.text in _OPEN:
            stack.append(word.text + callee if callee not in _COMMON else "")
        elif word.text in _CLOSE and stack:
            stack.pop()
        elif word.kind in {"name", "string"}:
            for call in stack:
                if len(call) > 1:
                    out[call].add(word.text)
    return {call: frozenset(names) for call, names in out.items()}


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
            if behind.kind != "operator" or behind.text in _OPEN or behind.text == "-":
                out.append((one, word.text, two, word.at))
    return out


def misstepped(tree: ast.Module, words: Sequence[Word]) -> Iterator[Loss]:
    """The steps of the shorthand that are taken with what the program takes another step with."""
    taken: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for node in ast.walk(tree):
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
