"""What a Python text is made of: its syntax tree, its docstrings, its comments; and whether two trees do the same."""

from __future__ import annotations

import ast
import io
import re
import sys
import threading
import tokenize
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from attrs import frozen

_QUOTED_OR_NOTE: Final = re.compile(
    r"'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''|\"\"\"[^\"\\]*(?:(?:\\.|\"(?!\"\"))[^\"\\]*)*\"\"\""
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|#[^\n]*",
    re.DOTALL,
)
"""Before Python 3.12 no string holds another with the same quotes, so that this finds every comment, ten times faster."""
_BLOCKS: Final = ("body", "handlers", "orelse", "finalbody", "cases")
_GLUED: Final = re.compile(r"\d(?:and|else|for|i[fns]|not|or)\b")
_PREPROCESSOR: Final = re.compile(r"^#ifn?def \w+", re.MULTILINE)
"""What C means and Python takes for a comment."""
_QUIET: Final = threading.Lock()
"""Warnings of foreign code are of no interest; filters are the whole process', so that one thread at a time sets them."""
DOCUMENTED: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)


@frozen
class Comment:
    """One comment: where it stands, what it says (with its #), and whether it has its line for itself."""

    line: int
    column: int
    text: str
    alone: bool

    @property
    def words(self) -> str:
        """What it says, without its sign."""
        return " ".join(self.text.lstrip("#:! ").split())


@lru_cache(maxsize=4)
def parse(text: str) -> ast.Module | None:
    """The syntax tree, not to be changed; None where the text is not Python."""
    if "#if" in text and _PREPROCESSOR.search(text):
        return None
    try:
        if "\\" not in text and not _GLUED.search(text):
            return ast.parse(text)
        with _QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """The node and those below it, level by level, as `ast.walk` gives them but for contexts, in half the time."""
    todo: list[Any] = [node]
    for part in todo:
        yield part
        for name in part._fields:
            if name != "ctx":
                value: Any = getattr(part, name, None)
                if isinstance(value, ast.AST):
                    todo.append(value)
                elif is_list(value):
                    todo += [one for one in value if isinstance(one, ast.AST)]


def docstring(node: ast.AST) -> str | None:
    """The docstring of a node, as it stands there."""
    if isinstance(node, DOCUMENTED) and node.body:
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            return first.value.value
    return None


def docstrings(tree: ast.Module) -> dict[str, str]:
    """The docstrings by the path of names to their owners; the n-th of a name has its number."""
    found: dict[str, str] = {}
    seen: dict[str, int] = {}
    open_nodes: list[tuple[str, ast.AST]] = [("", tree)]
    while open_nodes:
        path, node = open_nodes.pop()
        text = docstring(node)
        if text is not None:
            found[path] = text
        for block in _BLOCKS:
            children: list[ast.AST] = getattr(node, block, [])
            for child in children if is_list(children) else ():
                below = path
                if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    below = f"{path}.{child.name}"
                    seen[below] = seen.get(below, 0) + 1
                    below = f"{below}#{seen[below]}"
                open_nodes.append((below, child))
    return dict(reversed(found.items()))


def comments(text: str) -> list[Comment]:
    """The comments of a Python text that parses."""
    if "#" not in text:
        return []
    found: list[Comment] = []
    line, start, seen = 1, 0, 0
    for at, note in _notes(text):
        line += text.count("\n", seen, at)
        start, seen = text.rfind("\n", 0, at) + 1, at
        found.append(Comment(line, at - start, note, not text[start:at].strip()))
    return found


def _notes(text: str) -> Iterator[tuple[int, str]]:
    """Where each comment begins, and its text."""
    if sys.version_info < (3, 12):
        for match in _QUOTED_OR_NOTE.finditer(text):
            if match.group()[0] == "#":
                yield match.start(), match.group()
        return
    starts = [0]
    for each in text.split("\n"):
        starts.append(starts[-1] + len(each) + 1)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield starts[token.start[0] - 1] + token.start[1], token.string


def blocks(notes: list[Comment]) -> list[list[Comment]]:
    """The comments, those in lines next to each other together; lines that say nothing part them, and go."""
    found: list[list[Comment]] = []
    last: Comment | None = None
    for note in notes:
        if not any(map(str.isalnum, note.text)):
            last = None
        elif last and last.alone and note.alone and note.line <= last.line + 1 and note.column == last.column:
            found[-1].append(note)
            last = note
        else:
            found.append([note])
            last = note
    return found


def is_list(value: object) -> bool:
    """Whether a field of a node holds several."""
    return isinstance(value, list)


def same(one: ast.AST, other: ast.AST) -> bool:
    """Whether two trees are equal, docstrings aside."""
    pairs: list[tuple[Any, Any]] = [(one, other)]
    left: Any
    right: Any
    while pairs:
        left, right = pairs.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, ast.AST):
            for name in left._fields:
                a, b = getattr(left, name, None), getattr(right, name, None)
                if name == "body" and isinstance(left, DOCUMENTED):
                    a, b = code_of(left), code_of(right)
                if type(a) is str:
                    if a != b:
                        return False
                elif a is not b:
                    pairs.append((a, b))
        elif is_list(left):
            if len(left) != len(right):
                return False
            pairs += zip(left, right, strict=True)
        elif left != right or (isinstance(left, float | complex) and repr(left) != repr(right)):
            return False
    return True


def code_of(node: Any) -> Any:
    """The body of a node without its docstring."""
    return node.body if docstring(node) is None else node.body[1:]
