"""Which statements of a Python program stay when not all fit a budget: signatures, control flow and calls before the rest.

What goes is marked by `...`, so that the result still parses; what bears on the question goes last.
"""

from __future__ import annotations

import ast
import copy
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from attrs import field, frozen

from semzip.local.code.python.literals import Source, quoted
from semzip.local.code.python.statements import Statements
from semzip.local.code.spacing import lay_out
from semzip.local.syntax.python_tree import DOCUMENTED, docstring

_WORTH: Final[dict[type[ast.AST], float]] = {
    ast.FunctionDef: 4.0,
    ast.AsyncFunctionDef: 4.0,
    ast.ClassDef: 4.0,
    ast.Return: 3.0,
    ast.Raise: 3.0,
    ast.Yield: 3.0,
    ast.If: 2.5,
    ast.For: 2.5,
    ast.AsyncFor: 2.5,
    ast.While: 2.5,
    ast.Try: 2.2,
    ast.With: 2.2,
    ast.AsyncWith: 2.2,
    ast.Match: 2.5,
    ast.Expr: 1.8,
    ast.Assign: 1.5,
    ast.AugAssign: 1.8,
    ast.AnnAssign: 1.5,
    ast.Import: 0.6,
    ast.ImportFrom: 0.6,
    ast.Pass: 0.2,
}
_DOCUMENT, _CALL, _DEPTH, _ASKED, _INHERITED = 0.3, 0.5, 0.15, 6.0, 0.6
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_STEM = 5
_LEAST, _QUOTES = 8, 4
"""Tokens that a cut docstring is worth having, and that its quotes may take."""
_TRIES = 12
_SLIMMEST = 3


@frozen
class _Unit:
    """A statement or docstring that can stay or go."""

    node: ast.stmt
    above: tuple[int, ...]
    words: frozenset[str]
    document: bool
    worth: float = field(default=0.0)


def fit(
    tree: ast.Module,
    text: str,
    *,
    budget: int,
    count: Callable[[str], int],
    say: Callable[[str, int], str],
    question: str | None = None,
) -> str | None:
    """The program within `budget`, by leaving out statements; None if not even one fits.

    Args:
        tree: The program.
        text: What it was parsed from.
        budget: Most tokens of the result.
        count: Counts the tokens of a text.
        say: Writes a docstring within this many tokens.
        question: What the reader will be asked.
    """
    source = Source(text)
    ranked = _ranked(list(_units(tree.body, tree, text.split("\n"), ())), question)

    def render(chosen: Sequence[_Unit], document: Callable[[str], str], slim: int = 0) -> str:
        keep = {id(unit.node) for unit in chosen}
        keep |= {above for unit in chosen for above in unit.above}
        writer = Statements(source, (), document)
        writer.module(ast.Module([_slim(node, slim) for node in _kept(tree.body, tree, keep)], []))
        return lay_out(writer.out)

    def whole(doc: str) -> str:
        return quoted(say(doc, budget))

    low, high = 0, len(ranked)
    while low < high:
        middle = (low + high + 1) // 2
        if count(render(ranked[:middle], whole)) <= budget:
            low = middle
        else:
            high = middle - 1
    chosen = ranked[:low]
    best = render(chosen, whole) if low else None
    for unit in ranked[low : low + _TRIES]:
        longer = render([*chosen, unit], whole)
        if count(longer) > budget and unit.document and best is not None:
            room = budget - count(best) - _QUOTES
            if room >= _LEAST:
                longer = render([*chosen, unit], _cut(docstring_of(unit.node), room, say, whole))
        if count(longer) <= budget:
            chosen, best = [*chosen, unit], longer
    if best is None:
        top = [unit for unit in ranked if not unit.above][:1]
        slims = (render(top, whole, slim) for slim in range(1, _SLIMMEST + 1))
        best = next((short for short in slims if count(short) <= budget), None)
    return best


def _cut(last: str, room: int, say: Callable[[str, int], str], whole: Callable[[str], str]) -> Callable[[str], str]:
    """Writes docstrings, the one that came last within `room` tokens."""
    return lambda doc: quoted(say(doc, room)) if doc == last else whole(doc)


def _slim(node: ast.stmt, slim: int) -> ast.stmt:
    """A function with less of a signature: first its annotations and decorators go, then defaults, then all parameters."""
    if not slim or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node
    short = copy.copy(node)
    short.decorator_list, short.returns = [], None
    short.args = copy.deepcopy(node.args)
    for arg in ast.walk(short.args):
        if isinstance(arg, ast.arg):
            arg.annotation = None
    if slim > 1:
        short.args.defaults = []
        short.args.kw_defaults = [None] * len(short.args.kwonlyargs)
    if slim == _SLIMMEST:
        short.args = ast.arguments([], [], ast.arg("_"), [], [], None, [])
    return short


def docstring_of(node: ast.stmt) -> str:
    """The text of a statement that is a docstring."""
    value = node.value if isinstance(node, ast.Expr) else None
    return str(value.value) if isinstance(value, ast.Constant) else ""


# -- what there is -----------------------------------------------------------------------------


def _units(body: Sequence[ast.stmt], owner: ast.AST, lines: list[str], above: tuple[int, ...]) -> Iterator[_Unit]:
    documented = isinstance(owner, DOCUMENTED) and docstring(owner) is not None
    for i, node in enumerate(body):
        bodies = list(_bodies(node))
        end = bodies[0][0].lineno - 1 if bodies and bodies[0] else node.end_lineno or node.lineno
        header = "\n".join(lines[node.lineno - 1 : max(end, node.lineno)])
        yield _Unit(node, above, _words(header), documented and i == 0)
        for inner in bodies:
            yield from _units(inner, node, lines, (*above, id(node)))


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "handlers", "cases", "orelse", "finalbody"):
        inner = getattr(node, name, None)
        if name in {"handlers", "cases"}:
            for part in inner or ():
                yield part.body
        elif inner:
            yield inner


def _words(text: str) -> frozenset[str]:
    return frozenset(part.lower()[:_STEM] for part in _PART.findall(text) if len(part) > 1)


# -- what matters ------------------------------------------------------------------------------


def _ranked(units: list[_Unit], question: str | None) -> list[_Unit]:
    """The units, best first; all statements before all docstrings that nobody asks about."""
    scores = _bearing([unit.words for unit in units], question)
    own = {id(unit.node): score for unit, score in zip(units, scores, strict=True)}
    worth: list[float] = []
    for unit, score in zip(units, scores, strict=True):
        inherited = max((own[above] for above in unit.above), default=0.0)
        base = _DOCUMENT if unit.document else _base(unit.node) - _DEPTH * len(unit.above)
        worth.append(base + _ASKED * (score + _INHERITED * inherited) * (0.3 if unit.document else 1.0))
    order = sorted(range(len(units)), key=lambda i: (-worth[i], i))
    return [units[i] for i in order]


def bearing(lines: Sequence[str], question: str | None) -> list[float]:
    """How much each line has to do with the question: its words, the rarer the better; 0 for nothing."""
    return _bearing([_words(line) for line in lines], question)


def _bearing(units: Sequence[frozenset[str]], question: str | None) -> list[float]:
    asked = _words(question or "")
    common = Counter(word for unit in units for word in unit & asked)
    return [sum(1 / math.sqrt(common[word]) for word in sorted(unit & asked)) for unit in units]


def _base(node: ast.stmt) -> float:
    calls = not isinstance(node, DOCUMENTED) and any(isinstance(part, ast.Call) for part in ast.walk(node))
    return _WORTH.get(type(node), 1.0) + (_CALL if calls else 0.0)


# -- what is left ------------------------------------------------------------------------------


def _gap() -> ast.stmt:
    return ast.Expr(ast.Constant(...), lineno=0, end_lineno=0, col_offset=0)


def _kept(body: Sequence[ast.stmt], owner: ast.AST, keep: set[int]) -> list[ast.stmt]:
    out: list[ast.stmt] = []
    gap = False
    documented = isinstance(owner, DOCUMENTED) and docstring(owner) is not None
    for i, node in enumerate(body):
        if id(node) in keep:
            if gap:
                out.append(_gap())
            out.append(_pruned(node, keep))
            gap = False
        elif not (documented and i == 0):
            gap = True
    return [*out, _gap()] if gap or not out else out


def _pruned(node: ast.stmt, keep: set[int]) -> ast.stmt:
    short = copy.copy(node)
    for name in ("body", "orelse", "finalbody"):
        inner = getattr(node, name, None)
        if inner:
            setattr(short, name, _kept(inner, node, keep))
    for name in ("handlers", "cases"):
        parts = getattr(node, name, None)
        if parts:
            copies = [copy.copy(part) for part in parts]
            for part in copies:
                part.body = _kept(part.body, part, keep)
            setattr(short, name, copies)
    return short
