"""Which tokens a Python program is made of: writes a syntax tree as lexical tokens, without a space too many.

The writer decides brackets, quotes and literals, and where statements may share a line; how the tokens are spaced is
`python_spacing`'s decision. A part of the tree that it does not know is written by `ast.unparse`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Final

from semzip.local.code.python.literals import Source
from semzip.local.code.spacing import Choice

TUPLE, YIELD, TEST, OR, AND, NOT, COMPARE, BIT_OR, BIT_XOR, BIT_AND, SHIFT, ARITH, TERM, FACTOR, POWER, AWAIT, ATOM = (
    range(17)
)

BINARY: Final[dict[type[ast.operator], tuple[str, int]]] = {
    ast.Add: ("+", ARITH),
    ast.Sub: ("-", ARITH),
    ast.Mult: ("*", TERM),
    ast.MatMult: ("@", TERM),
    ast.Div: ("/", TERM),
    ast.FloorDiv: ("//", TERM),
    ast.Mod: ("%", TERM),
    ast.LShift: ("<<", SHIFT),
    ast.RShift: (">>", SHIFT),
    ast.BitOr: ("|", BIT_OR),
    ast.BitXor: ("^", BIT_XOR),
    ast.BitAnd: ("&", BIT_AND),
    ast.Pow: ("**", POWER),
}
_UNARY: Final[dict[type[ast.unaryop], tuple[str, int]]] = {
    ast.Not: ("not", NOT),
    ast.USub: ("-", FACTOR),
    ast.UAdd: ("+", FACTOR),
    ast.Invert: ("~", FACTOR),
}
_COMPARE: Final[dict[type[ast.cmpop], tuple[str, ...]]] = {
    ast.Eq: ("==",),
    ast.NotEq: ("!=",),
    ast.Lt: ("<",),
    ast.LtE: ("<=",),
    ast.Gt: (">",),
    ast.GtE: (">=",),
    ast.Is: ("is",),
    ast.IsNot: ("is", "not"),
    ast.In: ("in",),
    ast.NotIn: ("not", "in"),
}
Atom = str | Choice


class Expressions(ast.NodeVisitor):
    """Writes expressions to `out`, a flat list of lexical tokens."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.out: list[Atom] = []
        self.put: Callable[[Atom], None] = self.out.append
        self._level = TEST

    def expr(self, node: ast.expr, level: int = TEST) -> None:
        """One expression, in brackets if it binds less tightly than `level`."""
        self._level = level
        self.visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        """An expression that has no method here."""
        self.put(f"({ast.unparse(node)})")

    def listed(self, nodes: Sequence[ast.expr], level: int = TEST) -> None:
        """Expressions between commas."""
        for i, node in enumerate(nodes):
            if i:
                self.put(",")
            self.expr(node, level)

    def bare(self, node: ast.expr, level: int = TEST) -> None:
        """An expression where a tuple needs no brackets, nor a yield at level YIELD."""
        if isinstance(node, ast.Tuple) and node.elts:
            self._items(node.elts)
        else:
            self.expr(node, level)

    def condition(self, node: ast.expr) -> None:
        """An expression where an assignment expression needs no brackets."""
        if isinstance(node, ast.NamedExpr):
            self._named(node)
        else:
            self.expr(node)

    def _items(self, nodes: Sequence[ast.expr]) -> None:
        self.listed(nodes)
        if len(nodes) == 1:
            self.put(",")

    def _open(self, wrap: bool) -> None:
        if wrap:
            self.put("(")

    def _close(self, wrap: bool) -> None:
        if wrap:
            self.put(")")

    def visit_Name(self, node: ast.Name) -> None:
        self.put(node.id)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, str | bytes):
            self.put(self.source.string(node))
        elif value is ...:
            self.put("...")
        elif value is None or isinstance(value, bool):
            self.put(str(value))
        else:
            self.put(self.source.number(node))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self.put(self.source.joined(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        value = node.value
        wrap = isinstance(value, ast.Constant) and type(value.value) is int
        self._open(wrap)
        self.expr(value, ATOM)
        self._close(wrap)
        self.put(".")
        self.put(node.attr)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.expr(node.value, ATOM)
        self.put("[")
        index = node.slice
        if isinstance(index, ast.Tuple) and index.elts:
            self._items(index.elts)
        else:
            self.expr(index)
        self.put("]")

    def visit_Slice(self, node: ast.Slice) -> None:
        if node.lower:
            self.expr(node.lower)
        self.put(":")
        if node.upper:
            self.expr(node.upper)
        if node.step:
            self.put(":")
            self.expr(node.step)

    def visit_Call(self, node: ast.Call) -> None:
        self.expr(node.func, ATOM)
        self.put("(")
        self.arguments(node.args, node.keywords)
        self.put(")")

    def arguments(self, args: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> None:
        """What stands between the brackets of a call or a class."""
        if len(args) == 1 and not keywords and isinstance(args[0], ast.GeneratorExp):
            self._comprehension(args[0].elt, args[0].generators)
            return
        first = True
        for arg in args:
            if not first:
                self.put(",")
            first = False
            self.condition(arg)
        for keyword in keywords:
            if not first:
                self.put(",")
            first = False
            if keyword.arg is None:
                self.put("**")
            else:
                self.put(keyword.arg)
                self.put("=")
            self.expr(keyword.value)

    def visit_Starred(self, node: ast.Starred) -> None:
        self.put("*")
        self.expr(node.value, BIT_OR)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        self.put("(")
        self._items(node.elts)
        self.put(")")

    def visit_List(self, node: ast.List) -> None:
        self.put("[")
        self.listed(node.elts)
        self.put("]")

    def visit_Set(self, node: ast.Set) -> None:
        self.put("{")
        self.listed(node.elts)
        self.put("}")

    def visit_Dict(self, node: ast.Dict) -> None:
        self.put("{")
        for i, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            if i:
                self.put(",")
            if key is None:
                self.put("**")
                self.expr(value, BIT_OR)
            else:
                self.expr(key)
                self.put(":")
                self.expr(value)
        self.put("}")

    def _comprehension(self, element: ast.expr, generators: Sequence[ast.comprehension]) -> None:
        self.expr(element)
        self._generators(generators)

    def _generators(self, generators: Sequence[ast.comprehension]) -> None:
        for part in generators:
            if part.is_async:
                self.put("async")
            self.put("for")
            self.bare(part.target)
            self.put("in")
            self.expr(part.iter, OR)
            for test in part.ifs:
                self.put("if")
                self.expr(test, OR)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self.put("[")
        self._comprehension(node.elt, node.generators)
        self.put("]")

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self.put("{")
        self._comprehension(node.elt, node.generators)
        self.put("}")

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self.put("(")
        self._comprehension(node.elt, node.generators)
        self.put(")")

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self.put("{")
        self.expr(node.key)
        self.put(":")
        self.expr(node.value)
        self._generators(node.generators)
        self.put("}")

    def visit_BinOp(self, node: ast.BinOp) -> None:
        sign, own = BINARY[type(node.op)]
        wrap = own < self._level
        self._open(wrap)
        power = own == POWER
        self.expr(node.left, AWAIT if power else own)
        self.put(sign)
        self.expr(node.right, FACTOR if power else own + 1)
        self._close(wrap)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        sign, own = _UNARY[type(node.op)]
        wrap = own < self._level
        self._open(wrap)
        self.put(sign)
        self.expr(node.operand, own)
        self._close(wrap)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        sign, own = ("and", AND) if isinstance(node.op, ast.And) else ("or", OR)
        wrap = own < self._level
        self._open(wrap)
        for i, value in enumerate(node.values):
            if i:
                self.put(sign)
            self.expr(value, own + 1)
        self._close(wrap)

    def visit_Compare(self, node: ast.Compare) -> None:
        wrap = self._level > COMPARE
        self._open(wrap)
        self.expr(node.left, BIT_OR)
        for sign, value in zip(node.ops, node.comparators, strict=True):
            for word in _COMPARE[type(sign)]:
                self.put(word)
            self.expr(value, BIT_OR)
        self._close(wrap)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        wrap = self._level > TEST
        self._open(wrap)
        self.expr(node.body, OR)
        self.put("if")
        self.expr(node.test, OR)
        self.put("else")
        self.expr(node.orelse)
        self._close(wrap)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        wrap = self._level > TEST
        self._open(wrap)
        self.put("lambda")
        self.parameters(node.args)
        self.put(":")
        self.expr(node.body)
        self._close(wrap)

    def _named(self, node: ast.NamedExpr) -> None:
        self.expr(node.target)
        self.put(":=")
        self.expr(node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.put("(")
        self._named(node)
        self.put(")")

    def visit_Await(self, node: ast.Await) -> None:
        wrap = self._level > AWAIT
        self._open(wrap)
        self.put("await")
        self.expr(node.value, ATOM)
        self._close(wrap)

    def visit_Yield(self, node: ast.Yield) -> None:
        wrap = self._level > YIELD
        self._open(wrap)
        self.put("yield")
        if node.value:
            self.bare(node.value)
        self._close(wrap)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> None:
        wrap = self._level > YIELD
        self._open(wrap)
        self.put("yield")
        self.put("from")
        self.expr(node.value)
        self._close(wrap)

    def parameters(self, args: ast.arguments) -> None:
        """The parameters of a function or a lambda."""
        plain = [*args.posonlyargs, *args.args]
        defaults: list[ast.expr | None] = [None] * (len(plain) - len(args.defaults))
        defaults += args.defaults
        first = True
        for i, (arg, default) in enumerate(zip(plain, defaults, strict=True), 1):
            first = self._parameter(first, "", arg, default)
            if i == len(args.posonlyargs):
                self.put(",")
                self.put("/")
        if args.vararg:
            first = self._parameter(first, "*", args.vararg, None)
        elif args.kwonlyargs:
            first = self._parameter(first, "*", None, None)
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            first = self._parameter(first, "", arg, default)
        if args.kwarg:
            self._parameter(first, "**", args.kwarg, None)

    def _parameter(self, first: bool, star: str, arg: ast.arg | None, default: ast.expr | None) -> bool:
        if not first:
            self.put(",")
        if star:
            self.put(star)
        if arg:
            self.put(arg.arg)
            if arg.annotation:
                self.put(":")
                self.expr(arg.annotation)
        if default:
            self.put("=")
            self.expr(default)
        return False
