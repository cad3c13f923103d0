"""Structured data re-encoded without loss. (First cut.)"""

from __future__ import annotations

from collections.abc import Callable

from semzip.local import prose
from semzip.local.salience import Salience


def shorten(text: str) -> str:
    """The same data in fewer tokens."""
    return text


def fit(
    text: str,
    *,
    budget: int,
    count: Callable[[str], int],
    question: str | None = None,
    salience: Salience | None = None,
) -> str:
    """The records that matter most within `budget`."""
    return prose.fit(text, budget=budget, count=count, question=question, salience=salience)
