"""Which names of shorthand stand where the program has others: beside the same words, in the same call, as the same value.

A name that shorthand binds itself, or writes for what its value is made of, may stand anywhere.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from keyword import iskeyword
from typing import Final

from semzip.local.code_check.conditions import CLOSE, OPEN, Word, told
from semzip.local.code_check.context import ASSIGNING, COMMON
from semzip.local.code_check.names import Names
from semzip.local.code_check.shorthand import FILLER, number
from semzip.local.syntax.python_tree import walk
from semzip.records import Loss

_HOLE: Final = re.compile(r"\{[^{}]*\}|\\\\.")
_WORDS: Final = re.compile(r"\w+")
_QUOTES: Final = frozenset("\"'`rbfuRBFU")
_VALUED: Final = frozenset({"not", "=", ":="})
_NAMING: Final = ASSIGNING | {":"}
_ENDS: Final = frozenset({",", ")", "}", "]", ";", "|", "|>", ""})
_TARGETS: Final = 8
"""Words that the targets of a loop take."""


def misplaced(
    tree: ast.Module, program: Sequence[Word], words: Sequence[Word], names: Names, headers: frozenset[int]
) -> Iterator[Loss]:
    """The names, numbers and strings of a shorthand that stand where the program has others.

    Args:
        tree: The program.
        program: Its words.
        words: The words of the shorthand.
        names: What is known about the names of both.
        headers: Where the shorthand declares parameters, by the places of words.
    """
    yield from _exchanged(program, words, names, headers)
    yield from _valued_otherwise(tree, words, names, headers)


# -- beside the same words --------------------------------------------------------------------


def _exchanged(left: Sequence[Word], right: Sequence[Word], names: Names, headers: frozenset[int]) -> Iterator[Loss]:
    """What stands beside words beside which the program has something else, or in a call that never has it."""
    befores, behinds = _places(left)
    given = _given(left)
    texts = ["", "", *(word.text for word in right), "", ""]
    calls: list[str] = []
    for n, word in enumerate(right):
        callee = right[n - 1].text if n and right[n - 1].kind == "name" else ""
        name = word.text
        if name in OPEN:
            calls.append(name + callee)
        elif name in CLOSE and calls:
            calls.pop()
        before, behind = (texts[n], texts[n + 1]), (texts[n + 3], texts[n + 4])
        if word.kind == "operator" or n in headers or behind[0] in _NAMING or behind[1] == "=" or before[1] in _VALUED:
            continue
        if word.kind == "name" and not names.judged(word):
            continue
        there: AbstractSet[str] = frozenset()
        if any(map(_is_word, (*before, *behind))) and name not in befores[before] | behinds[behind]:
            there = (befores[before] & behinds[behind[:1]]) | (behinds[behind] & befores[before[1:]])
            there -= COMMON | names.types
        inside = word.kind == "name" and not there and before[1] != "." and calls
        if inside and name not in given.get(calls[-1], {name}):
            there = given[calls[-1]]
        yield from _replaced(word, there, names)


def _replaced(word: Word, there: AbstractSet[str], names: Names) -> Iterator[Loss]:
    """The loss where a word stands in the place of others that it does not mean."""
    name = word.text
    if word.kind == "name":
        there = frozenset(text for text in there if text[:1].isalpha() or text[:1] == "_")
        if there and not names.related(name, there):
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


def _is_word(text: str) -> bool:
    return (text[:1].isalnum() or text[:1] in {"_", "'", '"'}) and not iskeyword(text)


_Places = defaultdict[tuple[str, ...], set[str]]


def _places(words: Sequence[Word]) -> tuple[_Places, _Places]:
    """Which names stand behind one or two words, and before them."""
    befores: _Places = defaultdict(set)
    behinds: _Places = defaultdict(set)
    texts = ["", "", *(word.text for word in words), "", ""]
    for n, word in enumerate(words):
        if word.kind != "operator":
            for place in ((texts[n], texts[n + 1]), (texts[n + 1],)):
                befores[place].add(word.text)
            for place in ((texts[n + 3], texts[n + 4]), (texts[n + 3],)):
                behinds[place].add(word.text)
    return befores, behinds


def _given(words: Sequence[Word]) -> dict[str, frozenset[str]]:
    """Everything that stands within the brackets of each call or subscript of a name."""
    out: defaultdict[str, set[str]] = defaultdict(set)
    stack: list[str] = []
    for n, word in enumerate(words):
        callee = words[n - 1].text if n and words[n - 1].kind == "name" else ""
        if word.text in OPEN:
            stack.append(word.text + callee if callee not in COMMON else "")
        elif word.text in CLOSE and stack:
            stack.pop()
        elif word.kind in {"name", "string"}:
            for call in stack:
                if len(call) > 1:
                    out[call].add(word.text)
    return {call: frozenset(names) for call, names in out.items()}


# -- as the value of a name, or of a loop -----------------------------------------------------


def _valued_otherwise(tree: ast.Module, words: Sequence[Word], names: Names, headers: frozenset[int]) -> Iterator[Loss]:
    """Names that are assigned to a name, or looped over, that the program gives other values, or loops over others."""
    assigned, looped = _values(tree)
    begun = None
    for n, (one, two, three) in enumerate(zip(words, words[1:], words[2:], strict=False)):
        behind = words[n + 3].text if n + 3 < len(words) else ""
        if n in headers:
            continue
        if two.text in {"=", ":="} and behind in _ENDS and one.text != three.text and names.judged(three):
            yield from names.differs(three, assigned.get(one.text, []))
        begun = n if one.text == "for" else begun
        if one.text == "in" and begun is not None:
            if n - begun < _TARGETS and names.judged(two) and three.text not in {".", "("}:
                yield from names.differs(two, looped)
            begun = None


def _values(tree: ast.Module) -> tuple[dict[str, list[frozenset[str]]], list[frozenset[str]]]:
    """What each name is assigned, by what is named in it; and what is looped over."""
    assigned: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
    looped: list[frozenset[str]] = []
    for node in walk(tree):
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            looped.append(told([node.iter]))
        elif isinstance(node, ast.arguments):
            plain = [*node.posonlyargs, *node.args]
            defaults = [*zip(reversed(plain), reversed(node.defaults), strict=False)]
            defaults += [(arg, value) for arg, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value]
            for arg, value in defaults:
                assigned[arg.arg].append(told([value]))
        elif isinstance(node, ast.keyword):
            assigned[node.arg or ""].append(told([node.value]))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name | ast.Attribute):
                    name = target.id if isinstance(target, ast.Name) else target.attr
                    assigned[name].append(told([node.value]))
    return dict(assigned), looped
