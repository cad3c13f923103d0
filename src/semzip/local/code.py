"""Code: shorter by layout, comments and docstrings. (First cut.)"""

from __future__ import annotations

import ast
from collections.abc import Callable

from semzip.local import prose
from semzip.local.salience import Salience


def shorten(text: str, *, level: int, salience: Salience | None = None, dense: bool = False) -> str:
    """Code that does the same, in fewer tokens."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return text
    return ast.unparse(tree)


def fit(
    text: str,
    *,
    budget: int,
    count: Callable[[str], int],
    question: str | None = None,
    salience: Salience | None = None,
) -> str:
    """The lines that matter most within `budget`."""
    return prose.fit(text, budget=budget, count=count, question=question, salience=salience)
