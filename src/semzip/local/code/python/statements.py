"""Which statements share a line: writes whole Python programs, with their comments, as lexical tokens."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Final

from semzip.local.code.python.literals import Source
from semzip.local.code.python.writer import BINARY, YIELD, Expressions
from semzip.local.code.spacing import Choice
from semzip.local.syntax.python_tree import DOCUMENTED, Comment

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


class Statements(Expressions, ast.NodeVisitor):
    """Writes statements. Docstrings go through `document`."""

    def __init__(self, source: Source, comments: Sequence[Comment], document: Callable[[str], str]) -> None:
        super().__init__(source)
        self._comments = list(reversed(comments))
        self._document = document
        self._depth = 0

    def module(self, tree: ast.Module) -> None:
        """The whole program."""
        self._lines(tree.body, tree)
        self._flush(1 << 60)
        while self.out and isinstance(self.out[0], tuple):
            self.out.pop(0)

    # -- blocks ----------------------------------------------------------------------------

    def _line(self) -> str:
        """The end of a line, and the indentation of the next."""
        return "\n" + " " * self._depth

    def _flush(self, before: int) -> bool:
        """Writes the comments above line `before`, each on its own line; whether there were any."""
        some = False
        while self._comments and self._comments[-1].line < before:
            self.put((self._line(),))
            self.put(self._comments.pop().text)
            some = True
        return some

    def _block(self, body: Sequence[ast.stmt], owner: ast.AST | None = None) -> None:
        """The statements of a compound one, on its line if that is cheaper."""
        self.put(":")
        self._depth += 1
        noted = self._comments and self._comments[-1].line <= (body[-1].end_lineno or 0)
        simple = not noted and not any(isinstance(node, _COMPOUND) for node in body)
        if simple and (len(body) == 1 or self._depth > 1):
            if len(body) == 1:
                self.put((self._line(), "", " ") if self._depth == 1 else ("", " ", self._line()))
            for i, node in enumerate(body):
                if i:
                    self.put(_JOIN)
                self._simple(node, documented=i == 0 and isinstance(owner, DOCUMENTED))
        else:
            self._lines(body, owner)
        self._depth -= 1

    def _lines(self, body: Sequence[ast.stmt], owner: ast.AST | None) -> None:
        line = self._line()
        apart: Choice = (line,)
        either: Choice = (line, *_JOIN) if self._depth <= 1 else (*_JOIN, line)
        joinable = False
        for i, node in enumerate(body):
            compound = isinstance(node, _COMPOUND)
            decorators: list[ast.expr] = getattr(node, "decorator_list", [])
            noted = self._flush(min([node.lineno, *(each.lineno for each in decorators)]))
            self.put(either if joinable and not noted and not compound else apart)
            if compound:
                self.visit(node)
                joinable = False
            else:
                self._simple(node, documented=i == 0 and isinstance(owner, DOCUMENTED))
                joinable = not self._trail(node)
        if body and self._comments:
            self._flush((body[-1].end_lineno or 0) + 1)

    def _trail(self, node: ast.stmt) -> bool:
        """Writes the comments within a simple statement, and behind it, at its end; whether there were any."""
        end = node.end_lineno or 0
        if not self._comments or self._comments[-1].line > end:
            return False
        self.put(self._comments.pop().text)
        self._flush(end + 1)
        return True

    # -- compound statements ---------------------------------------------------------------

    def _word(self, word: str) -> None:
        self.put((self._line(),))
        self.put(word)

    def _else(self, body: Sequence[ast.stmt], word: str = "else") -> None:
        if body:
            self._word(word)
            self._block(body)

    def _decorators(self, nodes: Sequence[ast.expr]) -> None:
        for node in nodes:
            self.put("@")
            self.condition(node)
            self.put((self._line(),))

    def _type_parameters(self, node: ast.AST) -> None:
        parameters = getattr(node, "type_params", ())
        if parameters:
            self.put("[" + ",".join(map(ast.unparse, parameters)) + "]")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._decorators(node.decorator_list)
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
        self._block(node.body, node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._decorators(node.decorator_list)
        self.put("class")
        self.put(node.name)
        self._type_parameters(node)
        if node.bases or node.keywords:
            self.put("(")
            self.arguments(node.bases, node.keywords)
            self.put(")")
        self._block(node.body, node)

    def visit_If(self, node: ast.If) -> None:
        word = "if"
        while True:
            self.put(word)
            self.condition(node.test)
            self._block(node.body)
            rest = node.orelse
            if len(rest) != 1 or not isinstance(rest[0], ast.If):
                break
            node, word = rest[0], "elif"
            self.put((self._line(),))
        self._else(rest)

    def visit_For(self, node: ast.For) -> None:
        self._loop(node)

    def _loop(self, node: ast.For | ast.AsyncFor) -> None:
        if isinstance(node, ast.AsyncFor):
            self.put("async")
        self.put("for")
        self.bare(node.target)
        self.put("in")
        self.bare(node.iter)
        self._block(node.body)
        self._else(node.orelse)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self._loop(node)

    def visit_While(self, node: ast.While) -> None:
        self.put("while")
        self.condition(node.test)
        self._block(node.body)
        self._else(node.orelse)

    def visit_With(self, node: ast.With) -> None:
        self._with(node)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
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
        self._block(node.body)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        self._with(node)

    def visit_Try(self, node: ast.Try) -> None:
        self._try(node)

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        self.put("try")
        self._block(node.body)
        for handler in node.handlers:
            self._word("except")
            if isinstance(node, ast.TryStar):
                self.put("*")
            if handler.type:
                self.expr(handler.type)
            if handler.name:
                self.put("as")
                self.put(handler.name)
            self._block(handler.body)
        self._else(node.orelse)
        self._else(node.finalbody, "finally")

    def visit_TryStar(self, node: ast.TryStar) -> None:
        self._try(node)

    def visit_Match(self, node: ast.Match) -> None:
        self.put("match")
        self.bare(node.subject)
        self.put(":")
        self._depth += 1
        for case in node.cases:
            self._word("case")
            self.put(ast.unparse(case.pattern))
            if case.guard:
                self.put("if")
                self.condition(case.guard)
            self._block(case.body)
        self._depth -= 1

    # -- simple statements -----------------------------------------------------------------

    def _simple(self, node: ast.stmt, *, documented: bool) -> None:
        if (
            documented
            and isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            self.put(self._document(node.value.value))
            return
        self.visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        """A statement or expression that has no method here."""
        self.put(ast.unparse(node) if isinstance(node, ast.stmt) else f"({ast.unparse(node)})")

    def visit_Expr(self, node: ast.Expr) -> None:
        self.bare(node.value, YIELD)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self.bare(target)
            self.put("=")
        self.bare(node.value, YIELD)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.expr(node.target)
        self.put(BINARY[type(node.op)][0] + "=")
        self.bare(node.value, YIELD)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        wrap = not node.simple and isinstance(node.target, ast.Name)
        self._open(wrap)
        self.expr(node.target)
        self._close(wrap)
        self.put(":")
        self.expr(node.annotation)
        if node.value:
            self.put("=")
            self.bare(node.value, YIELD)

    def visit_Return(self, node: ast.Return) -> None:
        self.put("return")
        if node.value:
            self.bare(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        self.put("raise")
        if node.exc:
            self.expr(node.exc)
        if node.cause:
            self.put("from")
            self.expr(node.cause)

    def visit_Assert(self, node: ast.Assert) -> None:
        self.put("assert")
        self.expr(node.test)
        if node.msg:
            self.put(",")
            self.expr(node.msg)

    def visit_Delete(self, node: ast.Delete) -> None:
        self.put("del")
        self.listed(node.targets)

    def _names(self, word: str, names: Sequence[str]) -> None:
        self.put(word)
        for i, name in enumerate(names):
            if i:
                self.put(",")
            self.put(name)

    def visit_Global(self, node: ast.Global) -> None:
        self._names("global", node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self._names("nonlocal", node.names)

    def _aliases(self, aliases: Sequence[ast.alias]) -> None:
        for i, alias in enumerate(aliases):
            if i:
                self.put(",")
            self.put(alias.name)
            if alias.asname:
                self.put("as")
                self.put(alias.asname)

    def visit_Import(self, node: ast.Import) -> None:
        self.put("import")
        self._aliases(node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.put("from")
        self.put("." * node.level + (node.module or ""))
        self.put("import")
        self._aliases(node.names)
