"""Prose: shorter by notation and by leaving out what matters least. (First cut.)"""

from __future__ import annotations

import re
from collections.abc import Callable

from semzip.local.salience import Salience

_FILLER = re.compile(r"\b(?:the|a|an) (?=\w)", re.I)


def shorten(text: str, *, level: int, salience: Salience | None = None) -> str:
    """A shorter text that keeps every fact."""
    out = re.sub(r"[ \t]+", " ", text)
    return _FILLER.sub("", out) if level else out


def fit(
    text: str,
    *,
    budget: int,
    count: Callable[[str], int],
    question: str | None = None,
    salience: Salience | None = None,
) -> str:
    """The words that matter most within `budget`, in their order."""
    words = text.split(" ")
    while words and count(" ".join(words)) > budget:
        words.pop()
    return " ".join(words)
