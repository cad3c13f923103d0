"""The conditions of a program and of its shorthand: each with what follows from it, and from its contrary."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from attrs import frozen

from semzip.local.code_check.conditions import CLOSE, OPEN, SIGNS, Question, Word, asked, named, read, told
from semzip.local.syntax.python_tree import walk

_LEAVING: Final = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_APART: Final = (ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
"""What does not go on with the statements behind it when it ends."""
_IFS: Final = frozenset({"if", "elif", "while", "when"})
_EDGES: Final = frozenset({
    ";", "|", "|>", "=", ":=", "→", ",", ":", "?", "else", "return", "yield", "raise", "assert", "lambda", *_IFS,
})  # fmt: skip
"""Where, on the same level, an expression of shorthand begins or ends."""
_THEN: Final = frozenset({"else", ":", "→", ";", "|", "|>", ","})
_ELSE_ENDS: Final = frozenset({";", ",", "|>"})
_ON: Final = frozenset({"if", "else", "|>", "|", "?", ":", "and", "or", ".", "→"})
"""What goes on with the line before."""
_COMPARED: Final = SIGNS - {"in", "∉", "="}
_TURNING: Final = frozenset({"→", "?", "if"})
_BEFORE_NOT: Final = frozenset({"and", "or", "(", "==", "not"})
_AFTER: Final = 12
"""Statements after a guard that count as what follows from its contrary."""
_REACH, _HEAD, _FAR = 60, 12, 300
"""Words that a branch, the head of a `match`, and what stands before a sign take at most."""


@frozen
class Guard:
    """A condition, and what is named where it holds and where it does not.

    Args:
        questions: What it asks.
        then: Names, numbers and words of what follows from it.
        other: Those of what follows from its contrary.
        form: How it stands: `if`, `while`, `for` at the end of a comprehension, `value` where nothing follows from it, and
            `unsure` where a sign of exclamation may or may not deny it.
    """

    questions: tuple[Question, ...]
    then: frozenset[str]
    other: frozenset[str]
    form: str


# -- the program ------------------------------------------------------------------------------


def asking(tree: ast.Module) -> Iterator[Guard]:
    """The conditions of a program."""
    conditions: set[int] = set()
    for guard, test in _statements(tree.body, ()):
        conditions.update(map(id, walk(test)))
        yield guard
    for node in walk(tree):
        if isinstance(node, ast.IfExp):
            conditions.update(map(id, walk(node.test)))
            yield Guard(tuple(asked(node.test)), told([node.body]), told([node.orelse]), "if")
        elif isinstance(node, ast.comprehension):
            for test in node.ifs:
                conditions.update(map(id, walk(test)))
                yield Guard(tuple(asked(test)), frozenset(), frozenset(), "for")
        elif isinstance(node, ast.BoolOp | ast.Compare) and id(node) not in conditions:
            conditions.update(map(id, walk(node)))
            yield Guard(tuple(asked(node)), frozenset(), frozenset(), "value")


def _statements(body: Sequence[ast.stmt], after: Sequence[ast.stmt]) -> Iterator[tuple[Guard, ast.expr]]:
    """The guards of a block, after which `after` runs."""
    for n, node in enumerate(body):
        rest = body[n + 1 : n + 1 + _AFTER]
        behind = rest or after
        if isinstance(node, ast.If | ast.While):
            leaves = isinstance(node, ast.If) and isinstance(node.body[-1], _LEAVING)
            other = [*node.orelse, *behind] if leaves else node.orelse
            form = "if" if isinstance(node, ast.If) else "while"
            yield (
                Guard(tuple(asked(node.test)), told(node.body, targets=False), told(other, targets=False), form),
                node.test,
            )
        elif isinstance(node, ast.Assert):
            failing = told([node.msg] if node.msg else ()) | {"raise", "assert"}
            yield Guard(tuple(asked(node.test)), told(rest, targets=False), failing, "if"), node.test
        for block in _blocks(node):
            yield from _statements(block, () if isinstance(node, _APART) else behind)


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for part in ("body", "orelse", "finalbody"):
        yield getattr(node, part, [])
    for part in ("handlers", "cases"):
        for inner in getattr(node, part, []):
            yield inner.body


# -- the shorthand ----------------------------------------------------------------------------


def saying(words: Sequence[Word]) -> Iterator[Guard]:
    """The conditions of a shorthand."""
    conditions: set[int] = set()
    for guard in _conditional(words):
        conditions.update(question.at for question in guard.questions)
        yield guard
    done = 0
    for n, word in enumerate(words):
        if n >= done and word.text in _COMPARED and word.kind != "string":
            start, done = _start(words, n, _EDGES), _end(words, n + 1, _EDGES)
            questions = tuple(read(words[start:done]))
            if conditions.isdisjoint(question.at for question in questions):
                turns = done < len(words) and words[done].text in _TURNING
                form = "unsure" if turns or _exclaims(words[start:done]) else "value"
                yield Guard(questions, frozenset(), frozenset(), form)


def _exclaims(words: Sequence[Word]) -> bool:
    """Whether a sign of exclamation stands where it does not negate, as in `a < b ! E`."""
    return any(_mark(two) and one.text not in _BEFORE_NOT for one, two in pairwise(words))


def _mark(word: Word) -> bool:
    """Whether a word is a sign of exclamation."""
    return word.text == "not" and word.kind == "operator"


def _conditional(words: Sequence[Word]) -> Iterator[Guard]:
    for n, word in enumerate(words):
        if word.kind == "string":
            continue
        if word.text in _IFS:
            yield from _if(words, n)
        elif word.text == "?" and n + 1 < len(words) and words[n + 1].at > word.at + 1:
            end = _end(words, n + 1, frozenset({":"}))
            condition = words[_start(words, n, _EDGES) : n]
            if condition and end < len(words) and words[end].text == ":" and not _exclaims(condition):
                other = named(words[end + 1 : _end(words, end + 1, _ELSE_ENDS)])
                yield Guard(tuple(read(condition)), named(words[n + 1 : end]), other, "if")
        elif word.text == "→":
            start = _start(words, n, _EDGES)
            condition = words[start:n]
            before = words[start - 1].text if start else ""
            sure = condition and not _mark(condition[0]) and not _exclaims(condition)
            if sure and before not in {*_IFS, "lambda"} and not _matching(words, start):
                yield _leading(words, n, condition)


def _matching(words: Sequence[Word], at: int) -> bool:
    """Whether an arm of a `match` stands there."""
    opening = _start(words, at, frozenset()) - 1
    near = words[max(0, opening - _HEAD) : max(0, opening)]
    return opening >= 0 and words[opening].text == "{" and any(word.text in {"match", "switch"} for word in near)


def _if(words: Sequence[Word], n: int) -> Iterator[Guard]:
    """What `if` at `n` says: as a statement, between two values, or at the end of a comprehension."""
    end = _end(words, n + 1, _THEN)
    condition = words[n + 1 : end]
    if not condition:
        return
    before = words[n - 1].text if n else ";"
    otherwise = end < len(words) and words[end].text == "else"
    value = before not in _EDGES | OPEN | {"}"} and (otherwise or not words[n].starts)
    if words[n].text == "if" and value:
        said = words[_start(words, n, _EDGES) : n]
        whole = words[_start(words, n, _EDGES - _IFS) : n]
        if any(word.text == "for" for word in whole):
            made = next(m for m, word in enumerate(whole) if word.text == "for")
            yield Guard(tuple(read(condition)), named(whole[:made]), frozenset(), "for")
            return
        other = words[end + 1 : _end(words, end + 1, _ELSE_ENDS)] if otherwise else ()
        yield Guard(tuple(read(condition)), named(said), named(other), "if")
    elif end < len(words) and words[end].text == ":":
        stop = _block(words, n, end)
        other = words[stop : _block(words, stop, stop) if stop < len(words) else stop]
        form = "while" if words[n].text == "while" else "if"
        yield Guard(tuple(read(condition)), named(words[end + 1 : stop]), named(other), form)
    elif end < len(words) and words[end].text == "→":
        yield _leading(words, end, condition)


def _block(words: Sequence[Word], first: int, sign: int) -> int:
    """Where the block ends that stands behind the `:` at `sign`, on its line or indented below the line of `first`."""
    indent = next((words[n].indent or 0 for n in range(first, max(-1, first - _FAR), -1) if words[n].starts), 0)
    below = sign + 1 < len(words) and words[sign + 1].starts
    for n in range(sign + 1, min(len(words), sign + _REACH)):
        margin = words[n].indent
        if margin is not None and (margin <= indent or not below):
            return n
    return min(len(words), sign + _REACH)


def _leading(words: Sequence[Word], sign: int, condition: Sequence[Word]) -> Guard:
    """A condition with what follows behind a sign, up to the next step."""
    end = _end(words, sign + 1, frozenset({";", "|", ",", "else"}))
    other = words[end : _end(words, end + 1, frozenset[str]())]
    return Guard(tuple(read(condition)), named(words[sign + 1 : end]), named(other), "if")


def _start(words: Sequence[Word], end: int, edges: frozenset[str]) -> int:
    """Where the expression that ends before `end` begins."""
    depth = 0
    first = max(0, end - _FAR)
    for n in range(end - 1, first - 1, -1):
        word = words[n]
        if word.text in CLOSE:
            depth += 1
        elif word.text in OPEN:
            depth -= 1
        if depth < 0 or (depth == 0 and word.text in edges and word.kind != "string"):
            return n + 1
        if depth == 0 and word.starts and word.text not in _ON:
            return n
    return first


def _end(words: Sequence[Word], start: int, edges: frozenset[str]) -> int:
    """Where the expression that begins at `start` ends."""
    depth = 0
    last = min(len(words), start + _REACH)
    for n in range(start, last):
        word = words[n]
        if depth == 0 and word.text in edges and word.kind != "string":
            return n
        if word.text in OPEN:
            depth += 1
        elif word.text in CLOSE:
            depth -= 1
        if depth < 0 or (depth == 0 and n > start and word.starts and word.text not in _ON):
            return n
    return last
