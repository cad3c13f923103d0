"""Python in the dense notation of the v1 project: `fn:name(args)->type = …`. A reader knows it; Python does not run it.

Blocks are braces, `if c: a else: b` is `c→a|b`, `raise E` is `!E`, `return x` is `ret x`, `self.x` is `.x`, and a function
that only returns is its expression; one that is all of the program needs no braces. Of a docstring the first sentence
stays, as a comment.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from semzip.local.code.python.literals import Source
from semzip.local.code.python.statements import Statements
from semzip.local.code.spacing import Choice, lay_out
from semzip.local.syntax.python_tree import DOCUMENTED, code_of, docstring

_NEXT: Choice = ("\n", "; ", ";")
_BRACED = (ast.If, ast.Try, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_VALUED = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign)
"""What would read as the value of a function behind its `=`."""
_OPENED = frozenset({"=", "→", "|", "try", "else", "finally"})
_ITSELF = frozenset({"self", "cls"})


def write(tree: ast.Module, text: str, summary: Callable[[str], str]) -> str:
    """The program in shorthand; `summary` says a docstring in one line."""
    return lay_out(_written(tree, text, summary))


def signs(tree: ast.Module, text: str) -> list[str]:
    """The lexical tokens of the shorthand, docstrings left out; what ends a statement is a new line."""
    return [token if isinstance(token, str) else token[0] for token in _written(tree, text, lambda _: "")]


def _written(tree: ast.Module, text: str, summary: Callable[[str], str]) -> list[str | Choice]:
    writer = _Shorthand(Source(text), (), summary)
    writer.alone = tree.body[0] if len(tree.body) == 1 else None
    writer.put_all(tree.body, ("\n",))
    return writer.out


class _Shorthand(Statements, ast.NodeVisitor):
    alone: ast.stmt | None = None
    """What is all of the program: as a function it needs no braces."""

    def put_all(self, body: Sequence[ast.stmt], between: Choice) -> None:
        """Statements one after another, what a function or class is for above it."""
        for i, node in enumerate(body):
            if i:
                self.put(between)
            doc = docstring(node)
            if doc is not None and (said := self._document(doc)):
                self.put(f"# {said}")
                self.put(("\n",))
            self.visit(node)

    def _block(self, body: Sequence[ast.stmt], owner: ast.AST | None = None) -> None:
        """One statement as it is, several in braces."""
        if self.out[-1] not in _OPENED:
            self.put(":")
        rest = code_of(owner) if isinstance(owner, DOCUMENTED) else body
        braced = (*_BRACED, *_VALUED) if isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef) else _BRACED
        if len(rest) == 1 and not isinstance(rest[0], braced):
            self.visit(rest[0])
        else:
            self.put("{")
            self.put_all(rest, _NEXT)
            self.put("}")

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.put("@")
            self.condition(decorator)
        if isinstance(node, ast.AsyncFunctionDef):
            self.put("async")
        self.put("fn")
        self.put(":")
        self.put(node.name)
        self.put("(")
        self.parameters(_without_self(node.args))
        self.put(")")
        if node.returns and not (isinstance(node.returns, ast.Constant) and node.returns.value is None):
            self.put("->")
            self.expr(node.returns)
        self.put("=")
        only = code_of(node)
        if len(only) == 1 and isinstance(only[0], ast.Return) and only[0].value:
            self.bare(only[0].value)
        elif node is self.alone and len(only) > 1:
            self.put(("\n",))
            self.put_all(only, _NEXT)
        else:
            self._block(node.body, node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.put("@")
            self.condition(decorator)
        self.put("class")
        self.put(node.name)
        if node.bases or node.keywords:
            self.put("(")
            self.arguments(node.bases, node.keywords)
            self.put(")")
        self.put("=")
        self._block(node.body, node)

    def visit_If(self, node: ast.If) -> None:
        self.condition(node.test)
        self.put("→")
        self._block(node.body)
        if node.orelse:
            self.put("|")
            if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
                self.visit(node.orelse[0])
            else:
                self._block(node.orelse)

    def _else(self, body: Sequence[ast.stmt], word: str = "else") -> None:
        if body:
            self.put(word)
            self._block(body)

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        self.put("try")
        self._block(node.body)
        for handler in node.handlers:
            self.put("except")
            if handler.type:
                self.expr(handler.type)
            if handler.name:
                self.put("as")
                self.put(handler.name)
            self.put("→")
            self._block(handler.body)
        self._else(node.orelse)
        self._else(node.finalbody, "finally")

    def visit_Match(self, node: ast.Match) -> None:
        self.put("match")
        self.bare(node.subject)
        self.put("{")
        for i, case in enumerate(node.cases):
            if i:
                self.put(_NEXT)
            self.put(ast.unparse(case.pattern))
            if case.guard:
                self.put("if")
                self.condition(case.guard)
            self.put("→")
            self._block(case.body)
        self.put("}")

    def visit_Return(self, node: ast.Return) -> None:
        self.put("ret")
        if node.value:
            self.bare(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        self.put("!" if node.exc else "raise")
        if node.exc:
            self.expr(node.exc)
        if node.cause:
            self.put("from")
            self.expr(node.cause)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            self.put("." + node.attr)
        else:
            super().visit_Attribute(node)


def _without_self(args: ast.arguments) -> ast.arguments:
    """The parameters less a leading self or cls."""
    plain = args.args
    if args.posonlyargs or not plain or plain[0].arg not in _ITSELF:
        return args
    return ast.arguments([], plain[1:], args.vararg, args.kwonlyargs, args.kw_defaults, args.kwarg, args.defaults)
