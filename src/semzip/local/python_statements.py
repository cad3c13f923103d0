"""Which statements share a line: writes whole Python programs, with their comments, as lexical tokens."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Final

from semzip.local.python_spacing import Choice
from semzip.local.python_literals import Source
from semzip.local.python_tree import DOCUMENTED, Comment
from semzip.local.python_writer import BINARY, Expressions

_COMPOUND: Final = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)
_JOIN: Final = (";", "; ")


def newline(depth: int) -> str:
    """The end of a line, and the indentation of the next."""
    return "\n" + " " * depth


class Statements(Expressions):
    """Writes statements. Docstrings go through `document`."""

    def __init__(self, source: Source, comments: Sequence[Comment], document: Callable[[str], str]) -> None:
        super().__init__(source)
        self._comments = list(reversed(comments))
        self._document = document

    def module(self, tree: ast.Module) -> None:
        """The whole program."""
        self._lines(tree.body, 0, tree)
        self._flush(1 << 60, 0)
        while self.out and isinstance(self.out[0], tuple):
            self.out.pop(0)

    # -- blocks ----------------------------------------------------------------------------

    def _flush(self, before: int, depth: int, column: int = 0) -> None:
        """Writes the comments above line `before`, each on its own line."""
        while self._comments and self._comments[-1].line < before and self._comments[-1].column >= column:
            self.put((newline(depth),))
            self.put(self._comments.pop().text)

    def _block(self, body: Sequence[ast.stmt], depth: int, owner: ast.AST | None = None, header: int = 0) -> None:
        """The statements of a compound one, on its line if that is cheaper."""
        self.put(":")
        noted = self._comments and self._comments[-1].line <= (body[-1].end_lineno or 0)
        simple = not noted and not any(isinstance(node, _COMPOUND) for node in body)
        if simple and (len(body) == 1 or depth > 1):
            if len(body) == 1:
                self.put((newline(depth), "", " ") if depth == 1 else ("", " ", newline(depth)))
            for i, node in enumerate(body):
                if i:
                    self.put(_JOIN)
                self._simple(node, i == 0 and isinstance(owner, DOCUMENTED))
        else:
            self._lines(body, depth, owner)

    def _lines(self, body: Sequence[ast.stmt], depth: int, owner: ast.AST | None) -> None:
        line = newline(depth)
        apart: Choice = (line,)
        either: Choice = (line, *_JOIN) if depth <= 1 else (*_JOIN, line)
        joinable = False
        for i, node in enumerate(body):
            compound = isinstance(node, _COMPOUND)
            before = len(self._comments)
            decorators = getattr(node, "decorator_list", ())
            self._flush(min([node.lineno, *(d.lineno for d in decorators)]), depth)
            joinable = joinable and before == len(self._comments) and not compound
            self.put(either if joinable else apart)
            if compound:
                self._compound(node, depth)
                joinable = False
            else:
                self._simple(node, i == 0 and isinstance(owner, DOCUMENTED))
                joinable = not self._trail(node, depth)
        if body and self._comments:
            self._flush((body[-1].end_lineno or 0) + 1, depth)

    def _trail(self, node: ast.stmt, depth: int) -> bool:
        """Writes the comments within a simple statement, and behind it, at its end."""
        end = node.end_lineno or 0
        if not self._comments or self._comments[-1].line > end:
            return False
        self.put(self._comments.pop().text)
        self._flush(end + 1, depth)
        return True

    # -- compound statements ---------------------------------------------------------------

    def _compound(self, node: ast.stmt, depth: int) -> None:
        getattr(self, "c_" + type(node).__name__)(node, depth)

    def _word(self, word: str, depth: int) -> None:
        self.put((newline(depth),))
        self.put(word)

    def _else(self, body: Sequence[ast.stmt], depth: int, word: str = "else") -> None:
        if body:
            self._word(word, depth)
            self._block(body, depth + 1)

    def _decorators(self, nodes: Sequence[ast.expr], depth: int) -> None:
        for node in nodes:
            self.put("@")
            self.condition(node)
            self.put((newline(depth),))

    def _type_parameters(self, node: ast.AST) -> None:
        parameters = getattr(node, "type_params", ())
        if parameters:
            self.put("[" + ",".join(map(ast.unparse, parameters)) + "]")

    def c_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, depth: int) -> None:
        self._decorators(node.decorator_list, depth)
        if isinstance(node, ast.AsyncFunctionDef):
            self.put("async")
        self.put("def")
        self.put(node.name)
        self._type_parameters(node)
        self.put("(")
        self.parameters(node.args)
        self.put(")")
        if node.returns:
            self.put("->")
            self.expr(node.returns)
        self._block(node.body, depth + 1, node)

    c_AsyncFunctionDef = c_FunctionDef

    def c_ClassDef(self, node: ast.ClassDef, depth: int) -> None:
        self._decorators(node.decorator_list, depth)
        self.put("class")
        self.put(node.name)
        self._type_parameters(node)
        if node.bases or node.keywords:
            self.put("(")
            self.arguments(node.bases, node.keywords)
            self.put(")")
        self._block(node.body, depth + 1, node)

    def c_If(self, node: ast.If, depth: int) -> None:
        word = "if"
        while True:
            self.put(word)
            self.condition(node.test)
            self._block(node.body, depth + 1)
            rest = node.orelse
            if len(rest) != 1 or not isinstance(rest[0], ast.If):
                break
            node, word = rest[0], "elif"
            self.put((newline(depth),))
        self._else(rest, depth)

    def c_For(self, node: ast.For | ast.AsyncFor, depth: int) -> None:
        if isinstance(node, ast.AsyncFor):
            self.put("async")
        self.put("for")
        self.bare(node.target)
        self.put("in")
        self.bare(node.iter)
        self._block(node.body, depth + 1)
        self._else(node.orelse, depth)

    c_AsyncFor = c_For

    def c_While(self, node: ast.While, depth: int) -> None:
        self.put("while")
        self.condition(node.test)
        self._block(node.body, depth + 1)
        self._else(node.orelse, depth)

    def c_With(self, node: ast.With | ast.AsyncWith, depth: int) -> None:
        if isinstance(node, ast.AsyncWith):
            self.put("async")
        self.put("with")
        for i, item in enumerate(node.items):
            if i:
                self.put(",")
            self.expr(item.context_expr)
            if item.optional_vars:
                self.put("as")
                self.expr(item.optional_vars)
        self._block(node.body, depth + 1)

    c_AsyncWith = c_With

    def c_Try(self, node: ast.Try | ast.TryStar, depth: int) -> None:
        self.put("try")
        self._block(node.body, depth + 1)
        for handler in node.handlers:
            self._word("except", depth)
            if isinstance(node, ast.TryStar):
                self.put("*")
            if handler.type:
                self.expr(handler.type)
            if handler.name:
                self.put("as")
                self.put(handler.name)
            self._block(handler.body, depth + 1)
        self._else(node.orelse, depth)
        self._else(node.finalbody, depth, "finally")

    c_TryStar = c_Try

    def c_Match(self, node: ast.Match, depth: int) -> None:
        self.put("match")
        self.bare(node.subject)
        self.put(":")
        for case in node.cases:
            self._word("case", depth + 1)
            self.put(ast.unparse(case.pattern))
            if case.guard:
                self.put("if")
                self.condition(case.guard)
            self._block(case.body, depth + 2)

    # -- simple statements -----------------------------------------------------------------

    def _simple(self, node: ast.stmt, documented: bool) -> None:
        if documented and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            self.put(self._document(node.value.value))
            return
        write = getattr(self, "s_" + type(node).__name__, None)
        if write is None:
            self.put(ast.unparse(node))
        else:
            write(node)

    def s_Expr(self, node: ast.Expr) -> None:
        self.bare(node.value)

    def s_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self.bare(target)
            self.put("=")
        self.bare(node.value)

    def s_AugAssign(self, node: ast.AugAssign) -> None:
        self.expr(node.target)
        self.put(BINARY[type(node.op)][0] + "=")
        self.bare(node.value)

    def s_AnnAssign(self, node: ast.AnnAssign) -> None:
        wrap = not node.simple and isinstance(node.target, ast.Name)
        self._open(wrap)
        self.expr(node.target)
        self._close(wrap)
        self.put(":")
        self.expr(node.annotation)
        if node.value:
            self.put("=")
            self.bare(node.value)

    def s_Return(self, node: ast.Return) -> None:
        self.put("return")
        if node.value:
            self.bare(node.value)

    def s_Raise(self, node: ast.Raise) -> None:
        self.put("raise")
        if node.exc:
            self.expr(node.exc)
        if node.cause:
            self.put("from")
            self.expr(node.cause)

    def s_Assert(self, node: ast.Assert) -> None:
        self.put("assert")
        self.expr(node.test)
        if node.msg:
            self.put(",")
            self.expr(node.msg)

    def s_Delete(self, node: ast.Delete) -> None:
        self.put("del")
        self.listed(node.targets)

    def s_Pass(self, node: ast.Pass) -> None:
        self.put("pass")

    def s_Break(self, node: ast.Break) -> None:
        self.put("break")

    def s_Continue(self, node: ast.Continue) -> None:
        self.put("continue")

    def _names(self, word: str, names: Sequence[str]) -> None:
        self.put(word)
        for i, name in enumerate(names):
            if i:
                self.put(",")
            self.put(name)

    def s_Global(self, node: ast.Global) -> None:
        self._names("global", node.names)

    def s_Nonlocal(self, node: ast.Nonlocal) -> None:
        self._names("nonlocal", node.names)

    def _aliases(self, aliases: Sequence[ast.alias]) -> None:
        for i, alias in enumerate(aliases):
            if i:
                self.put(",")
            self.put(alias.name)
            if alias.asname:
                self.put("as")
                self.put(alias.asname)

    def s_Import(self, node: ast.Import) -> None:
        self.put("import")
        self._aliases(node.names)

    def s_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.put("from")
        self.put("." * node.level + (node.module or ""))
        self.put("import")
        self._aliases(node.names)
