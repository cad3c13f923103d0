"""Which arguments shorthand gives that the program gives otherwise, in another order or not twice."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from attrs import frozen

from semzip.local.code_check.conditions import CLOSE, OPEN, Word, told
from semzip.local.code_check.context import COMMON
from semzip.local.code_check.names import Names
from semzip.local.syntax.python_tree import walk
from semzip.records import Loss

_DEFAULTED: Final = frozenset({"getattr", "get", "pop"})
"""Calls that may be given what they are asked of as a default."""
_EITHER_WAY: Final = frozenset({"max", "min", "gcd", "set", "frozenset"})
_STARS: Final = frozenset({"*", "**"})
_TARGETS: Final = 8
"""Words that the targets of a loop take."""
_OWNERS: Final = frozenset({"self", "cls"})


def changed(
    tree: ast.Module, program: Sequence[Word], words: Sequence[Word], names: Names, headers: frozenset[int]
) -> Iterator[Loss]:
    """The losses in lists of arguments, parameters and elements.

    Args:
        tree: The program.
        program: Its words.
        words: The words of the shorthand.
        names: What is known about the names of both.
        headers: Where the shorthand declares parameters, by the places of words.
    """
    lists = list(_lists(words))
    yield from _doubled([*_lists(program), *_targets(program)], [*lists, *_targets(words)])
    yield from _reordered(tree, [each for each in lists if each.start in headers])
    yield from _swapped(tree, lists)
    yield from _given_otherwise(tree, [each for each in lists if each.start not in headers], names)


@frozen
class _List:
    """What stands between two brackets, each element by its words; and the name before them."""

    start: int
    bracket: str
    callee: str
    elements: tuple[tuple[Word, ...], ...]


def _lists(words: Sequence[Word]) -> Iterator[_List]:
    stack: list[tuple[int, list[int]]] = []
    for n, word in enumerate(words):
        if word.kind == "string":
            continue
        if word.text in OPEN:
            stack.append((n, [n + 1]))
        elif word.text == "," and stack:
            stack[-1][1].append(n + 1)
        elif word.text in CLOSE and stack:
            start, cuts = stack.pop()
            callee = words[start - 1].text if start and words[start - 1].kind == "name" else ""
            elements = tuple(tuple(words[a : b - 1]) for a, b in pairwise([*cuts, n + 1]))
            yield _List(start, words[start].text, callee, elements)


def _targets(words: Sequence[Word]) -> Iterator[_List]:
    """What stands between `for` and `in`, as a list."""
    for n, word in enumerate(words):
        if word.text == "for" and word.kind == "name":
            end = next((m for m in range(n + 1, min(len(words), n + _TARGETS)) if words[m].text == "in"), n)
            yield _List(n, "for", "for", tuple((one,) for one in words[n + 1 : end] if one.kind == "name"))


def _doubled(program: Iterable[_List], lists: Iterable[_List]) -> Iterator[Loss]:
    """Names that stand twice in one list, as no name of the program does."""
    had = frozenset(word.text for each in program for word in _twice(each))
    for each in lists:
        for word in _twice(each) if each.callee not in _DEFAULTED else ():
            if word.text not in had:
                yield Loss("identifier", word.text, word.at, invented=True)


def _twice(each: _List) -> Iterator[Word]:
    named = (element[1:] if element and element[0].text in _STARS else element for element in each.elements)
    bare = [element[0] for element in named if len(element) == 1 and element[0].kind == "name"]
    uses = Counter(word.text for word in bare)
    for name, count in uses.items():
        if count > 1 and len(name) > 1 and name not in COMMON and name.islower():
            yield [word for word in bare if word.text == name][-1]


def _swapped(tree: ast.Module, lists: Iterable[_List]) -> Iterator[Loss]:
    """Neighbours that the program has the other way round only."""
    had: set[tuple[str, str]] = set()
    for node in walk(tree):
        if isinstance(node, ast.Call | ast.ClassDef | ast.Tuple):
            had.update(pairwise(map(_last, _elements(node))))
        elif isinstance(node, ast.arguments):
            had.update(pairwise(arg.arg for arg in (*node.posonlyargs, *node.args, *node.kwonlyargs)))
    for each in lists:
        for one, two in pairwise(each.elements if each.callee and each.callee not in _EITHER_WAY else ()):
            a, b = _name(one), _name(two)
            if a and b and a != b and (b, a) in had and (a, b) not in had:
                yield Loss("identifier", a, one[0].at, invented=True)


def _elements(node: ast.Call | ast.ClassDef | ast.Tuple) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        return [*node.args, *(word.value for word in node.keywords)]
    return node.bases if isinstance(node, ast.ClassDef) else node.elts


def _last(node: ast.expr) -> str:
    """What an expression is called: the name, or the last of its names."""
    if isinstance(node, ast.Constant):
        return repr(node.value)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _name(element: Sequence[Word]) -> str:
    plain = element and element[-1].kind == "name" and all(word.kind == "name" or word.text == "." for word in element)
    return element[-1].text if plain else ""


def _given_otherwise(tree: ast.Module, lists: Iterable[_List], names: Names) -> Iterator[Loss]:
    """Arguments that every call of as many, or with this keyword, gives otherwise."""
    calls: defaultdict[str, list[list[tuple[str, ast.expr]]]] = defaultdict(list)
    for node in walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            keywords = [(word.arg or "", word.value) for word in node.keywords]
            calls[name].append([*(("", value) for value in node.args), *keywords])
    for each in lists:
        for n, element in enumerate(each.elements if each.bracket == "(" else ()):
            keyword = element[0].text if len(element) > 1 and element[1].text == "=" else ""
            value = element[2:] if keyword else element
            if len(value) != 1 or not (names.judged(value[0]) or value[0].text in _OWNERS & names.known):
                continue
            given = [
                told([argument])
                for call in calls[each.callee]
                for m, (name, argument) in enumerate(call)
                if (name == keyword if keyword else m == n and len(call) == len(each.elements))
                and not isinstance(argument, ast.Starred)
            ]
            yield from names.differs(value[0], given)


def _reordered(tree: ast.Module, lists: Iterable[_List]) -> Iterator[Loss]:
    """Parameters in another order than that of every function of this name."""
    orders: defaultdict[str, dict[tuple[str, ...], None]] = defaultdict(dict)
    for node in walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            args = node.args
            orders[node.name][tuple(arg.arg for arg in (*args.posonlyargs, *args.args))] = None
    for each in lists:
        heads = [element[0] for element in each.elements if element and element[0].kind == "name"]
        ways = [[head for head in heads if head.text in order] for order in orders[each.callee]]
        turned = [
            [one for one, two in pairwise(way) if order.index(one.text) > order.index(two.text)]
            for order, way in zip(orders[each.callee], ways, strict=True)
        ]
        if turned and all(turned):
            yield Loss("identifier", turned[0][0].text, turned[0][0].at, invented=True)
