"""Mixed text: Markdown or HTML with code and tables, each part by its own engine. (First cut.)"""

from __future__ import annotations

from collections.abc import Callable

from semzip.local import prose
from semzip.local.salience import Salience


def is_mixed(text: str) -> bool:
    """Whether the text has parts of several kinds."""
    return False


def shorten(text: str, *, level: int, salience: Salience | None = None) -> str:
    """Each part shortened by its own engine."""
    return prose.shorten(text, level=level, salience=salience)


def fit(
    text: str,
    *,
    budget: int,
    count: Callable[[str], int],
    question: str | None = None,
    salience: Salience | None = None,
) -> str:
    """Each part by its own engine, within `budget`."""
    return prose.fit(text, budget=budget, count=count, question=question, salience=salience)
