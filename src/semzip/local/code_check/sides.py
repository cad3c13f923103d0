"""Which operator between the same two sides became another one, and which arguments of a call changed places."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from semzip.local.code_check.shorthand import BOUNDS, FLIPS, MIRRORED, SPELLED, number
from semzip.local.code_check.words import Words
from semzip.local.syntax.python_facts import OPERATORS
from semzip.local.syntax.python_tree import walk
from semzip.records import Loss


def changed(tree: ast.Module, short: Words, answered: frozenset[str], starts: Sequence[int]) -> Iterator[Loss]:
    """The losses between two sides.

    Args:
        tree: The program.
        short: Its shorthand.
        answered: Operators that shorthand may write as others, since it asks the same.
        starts: Where each line of the program begins.
    """
    for left, sign, right, row in _comparisons(tree):
        if sign in answered:
            continue
        if (
            (left, sign, right) not in short.triples
            and any((left, flip, right) in short.triples for flip in FLIPS.get(sign, ()))
        ) or ((right or left) and _rebound(left, sign, right, short)):
            yield Loss("operator", f"{left} {sign} {right}".strip(), starts[min(row, len(starts)) - 1])
    for name, words, row in _calls(tree):
        if _turned(words, short.calls.get(name, [])):
            yield Loss("identifier", f"{name}({', '.join(words)})", starts[min(row, len(starts)) - 1])


def _rebound(left: str, sign: str, right: str, short: Words) -> bool:
    """Whether what is left of a comparison excludes its limit instead of including it, or the other way round.

    Its contrary, for a guard turned round, and its mirror image, with the sides exchanged, say the same.
    """
    same = BOUNDS.get(sign)
    if same is None:
        return False
    wrong = False
    for one, other, two in short.triples:
        there = SPELLED.get(other, other)
        if there in BOUNDS:
            straight = (two == right and right != "") or (one == left and left != "")
            turned = (one == right and right != "") or (two == left and left != "")
            if (straight and there in same) or (turned and MIRRORED[there] in same):
                return False
            wrong = wrong or straight or turned
    return wrong


def _calls(tree: ast.Module) -> Iterator[tuple[str, list[str], int]]:
    """Calls with several positional arguments, each by its last word."""
    for node in walk(tree):
        if (
            isinstance(node, ast.Call)
            and len(node.args) + len(node.keywords) > 1
            and isinstance(node.func, ast.Name | ast.Attribute)
        ):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            yield name, [_end(arg) for arg in (*node.args, *(word.value for word in node.keywords))], node.lineno


def _turned(words: list[str], calls: list[list[str]]) -> bool:
    """Whether every call that shares two of these arguments has them in another order."""
    turned = False
    for call in calls:
        shared = [word for word in words if word and words.count(word) == 1 == call.count(word)]
        if len(shared) > 1:
            places = [call.index(word) for word in shared]
            if places == sorted(places):
                return False
            turned = True
    return turned


def _comparisons(tree: ast.Module) -> Iterator[tuple[str, str, str, int]]:
    for node in walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for left, sign, right in zip(sides, node.ops, sides[1:], strict=False):
                yield _end(left), OPERATORS[type(sign)], _end(right), node.lineno
        elif isinstance(node, ast.BinOp):
            yield _end(node.left), OPERATORS[type(node.op)], _end(node.right), node.lineno


def _end(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant):
        return (
            number(str(node.value))
            if isinstance(node.value, int | float) and not isinstance(node.value, bool)
            else str(node.value)
        )
    return ast.unparse(node)[-20:]
