"""What a Python program says, in the order it says it: calls, operators, constants, strings, names and control flow.

Two programs do the same if these facts are the same in the same order, so a difference of two lists is what was changed.
"""

from __future__ import annotations

import ast
from typing import Any, Final

from attrs import frozen

from semzip.local.syntax.python_tree import code_of, is_list

OPERATORS: Final[dict[type[ast.AST], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.MatMult: "@",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.Pow: "**",
    ast.Not: "not",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.And: "and",
    ast.Or: "or",
}
_CONTROL: Final[dict[type[ast.AST], str]] = {
    ast.FunctionDef: "def",
    ast.AsyncFunctionDef: "async def",
    ast.ClassDef: "class",
    ast.If: "if",
    ast.IfExp: "if",
    ast.For: "for",
    ast.AsyncFor: "async for",
    ast.While: "while",
    ast.With: "with",
    ast.AsyncWith: "async with",
    ast.Try: "try",
    ast.TryStar: "try*",
    ast.ExceptHandler: "except",
    ast.Match: "match",
    ast.match_case: "case",
    ast.Return: "return",
    ast.Raise: "raise",
    ast.Break: "break",
    ast.Continue: "continue",
    ast.Assert: "assert",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield from",
    ast.Lambda: "lambda",
    ast.Delete: "del",
    ast.Global: "global",
    ast.Nonlocal: "nonlocal",
    ast.Import: "import",
    ast.ImportFrom: "from",
    ast.comprehension: "for",
}
_LATER: Final = frozenset({"orelse", "finalbody"})
MARKS: Final = frozenset({"(", ")", "end"})
"""What a list of facts holds to show which belong together; of interest only where nothing else differs."""


@frozen
class Fact:
    """One fact: its kind, as in records.Loss, what it is, and where it begins."""

    kind: str
    what: str
    line: int
    column: int

    @property
    def key(self) -> tuple[str, str]:
        """What makes two facts the same."""
        return self.kind, self.what


class _Reader(ast.NodeVisitor):
    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self._at = (1, 0)

    def say(self, kind: str, what: str) -> None:
        self.facts.append(Fact(kind, what, *self._at))

    def read(self, node: Any) -> None:
        if is_list(node):
            for item in node:
                self.read(item)
        elif isinstance(node, str):
            self.say("identifier", node)
        elif isinstance(node, ast.AST):
            line: int | None = getattr(node, "lineno", None)
            if line is not None:
                self._at = (line, getattr(node, "col_offset", 0))
            self.visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        """Any other node: its control word, its parts, and its end."""
        word = _CONTROL.get(type(node))
        if word:
            self.say("control", word)
        elif not isinstance(node, ast.Module | ast.Expr | ast.arguments | ast.Load | ast.Store | ast.Del):
            self.say("statement", type(node).__name__)
        for name, value in ast.iter_fields(node):
            if name == "ctx" or value is None or value == []:
                continue
            if name in {"annotation", "returns"}:
                self.say("annotation", ast.unparse(value))
            elif isinstance(value, str):
                self.say("identifier", value)
            elif isinstance(value, int):
                if name in {"is_async", "level", "simple"} and value != (name == "simple"):
                    self.say("control", f"{name} {value}")
            else:
                if name in _LATER:
                    self.say("control", {"orelse": "else", "finalbody": "finally"}[name])
                self._field(code_of(node) if name == "body" else value)
        if not isinstance(node, ast.Module | ast.Expr):
            self.say("control" if word else "statement", "end")

    def _field(self, value: Any) -> None:
        """One field of a node; several in it stand between two marks."""
        if is_list(value):
            self.say("statement", "end")
            self.read(value)
            self.say("statement", "end")
        else:
            self.read(value)

    def visit_Pass(self, node: ast.Pass) -> None:
        """It does nothing."""

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.read(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        self.say("identifier", node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.read(node.value)
        self.say("identifier", "." + node.attr)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        kind = "string" if isinstance(value, str | bytes) else "constant"
        self.say(kind, repr(value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        at = self._at
        self.say("string", "f")
        for part in node.values:
            self._at = at
            self.read(part)
        self.say("string", "end")

    def visit_FormattedValue(self, node: ast.FormattedValue) -> None:
        self.say("string", "{" + (chr(node.conversion) if node.conversion > 0 else ""))
        self.read(node.value)
        self.read(node.format_spec)
        self.say("string", "end")

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Name):
            self.say("call", function.id)
        elif isinstance(function, ast.Attribute):
            self.read(function.value)
            self.say("call", "." + function.attr)
        else:
            self.read(function)
            self.say("call", "()")
        self.say("call", "(")
        self.read(node.args)
        self.read(node.keywords)
        self.say("call", ")")

    def visit_keyword(self, node: ast.keyword) -> None:
        self.say("identifier", f"{node.arg}=" if node.arg else "**")
        self.read(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        self.say("identifier", node.arg)
        if node.annotation:
            self.say("annotation", ast.unparse(node.annotation))

    def _operand(self, node: ast.expr) -> None:
        nested = isinstance(node, ast.BinOp | ast.BoolOp | ast.UnaryOp | ast.Compare | ast.IfExp | ast.Lambda)
        if nested:
            self.say("operator", "(")
        self.read(node)
        if nested:
            self.say("operator", ")")

    def visit_BinOp(self, node: ast.BinOp) -> None:
        self._operand(node.left)
        self.say("operator", OPERATORS[type(node.op)])
        self._operand(node.right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        self.say("operator", OPERATORS[type(node.op)])
        self._operand(node.operand)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for i, value in enumerate(node.values):
            if i:
                self.say("operator", OPERATORS[type(node.op)])
            self._operand(value)

    def visit_Compare(self, node: ast.Compare) -> None:
        self._operand(node.left)
        for sign, value in zip(node.ops, node.comparators, strict=True):
            self.say("operator", OPERATORS[type(sign)])
            self._operand(value)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self.read(target)
            self.say("operator", "=")
        self.read(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.read(node.target)
        self.say("operator", OPERATORS[type(node.op)] + "=")
        self.read(node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.read(node.target)
        self.say("annotation", ast.unparse(node.annotation))
        if node.value:
            self.say("operator", "=")
            self.read(node.value)

    def visit_arguments(self, node: ast.arguments) -> None:
        plain = [*node.posonlyargs, *node.args]
        first = len(plain) - len(node.defaults)
        for i, arg in enumerate(plain):
            self._parameter(arg, node.defaults[i - first] if i >= first else None)
            if i + 1 == len(node.posonlyargs):
                self.say("operator", "/,")
        if node.vararg or node.kwonlyargs:
            self.say("operator", "*,")
            self.read(node.vararg)
        for arg, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
            self._parameter(arg, default)
        if node.kwarg:
            self.say("operator", "**,")
            self.read(node.kwarg)

    def _parameter(self, arg: ast.arg, default: ast.expr | None) -> None:
        self.read(arg)
        if default:
            self.say("operator", "=")
            self.read(default)

    def visit_Slice(self, node: ast.Slice) -> None:
        self.read(node.lower)
        self.say("operator", ":")
        self.read(node.upper)
        if node.step:
            self.say("operator", ":")
            self.read(node.step)

    def visit_Dict(self, node: ast.Dict) -> None:
        self.say("statement", "Dict")
        for key, value in zip(node.keys, node.values, strict=True):
            if key:
                self.read(key)
            self.say("operator", ":" if key else "**")
            self.read(value)
        self.say("statement", "end")

    def visit_MatchSingleton(self, node: ast.MatchSingleton) -> None:
        self.say("constant", repr(node.value))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.read(node.target)
        self.say("operator", ":=")
        self.read(node.value)

    def visit_If(self, node: ast.If) -> None:
        ends = 1
        while True:  # a chain of `elif` is as deep as it is long
            self.say("control", "if")
            self.read(node.test)
            self.say("control", "then")
            self.read(node.body)
            if not (len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)):
                break
            self.say("control", "else")
            node, ends = node.orelse[0], ends + 1
            self._at = (node.lineno, node.col_offset)
        if node.orelse:
            self.say("control", "else")
            self.read(node.orelse)
        for _ in range(ends):
            self.say("control", "end")

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.read(node.body)
        self.say("control", "if")
        self.read(node.test)
        self.say("control", "else")
        self.read(node.orelse)


def facts(tree: ast.AST) -> list[Fact]:
    """The facts of a program, docstrings and comments aside, in its order."""
    reader = _Reader()
    reader.read(tree)
    return reader.facts
