"""Which lines of code stay when not all fit a budget, where the language has no syntax tree here.

Declarations come first, then control flow and calls; lines that bear on the question before all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from semzip.local.code.python.outline import bearing

_WORTH: Final = (
    (re.compile(r"\b(?:func(?:tion)?|fn|def|fun|class|struct|interface|enum|trait|impl|create|select|insert)\b", re.IGNORECASE), 4.0),
    (re.compile(r"\b(?:return|throw|raise|panic|yield)\b"), 3.0),
    (re.compile(r"\b(?:if|else|for|while|switch|case|match|catch|where|join|loop|await)\b", re.IGNORECASE), 2.5),
    (re.compile(r"\w\("), 2.0),
    (re.compile(r"\w"), 1.5),
)  # fmt: skip
_IMPORT: Final = re.compile(r"^\s*(?:import|use|using|#include|package|from)\b")
_IMPORTED, _CLOSER, _ASKED = 0.6, 1.0, 6.0
_GAP = "..."


def fit(text: str, *, budget: int, count: Callable[[str], int], question: str | None = None) -> str | None:
    """The lines that matter most within `budget`, `...` where some are left out; None if not even one fits."""
    lines = [line for line in text.split("\n") if line.strip()]
    asked = bearing(lines, question)
    worth = [_worth(line) + _ASKED * score for line, score in zip(lines, asked, strict=True)]
    order = sorted(range(len(lines)), key=lambda i: (-worth[i], i))
    low, high = 0, len(order)
    while low < high:
        middle = (low + high + 1) // 2
        if count(_kept(lines, frozenset(order[:middle]))) <= budget:
            low = middle
        else:
            high = middle - 1
    return _kept(lines, frozenset(order[:low])) if low else None


def _worth(line: str) -> float:
    if _IMPORT.match(line):
        return _IMPORTED
    return next((worth for sign, worth in _WORTH if sign.search(line)), _CLOSER)


def _kept(lines: list[str], keep: frozenset[int]) -> str:
    out: list[str] = []
    for i, line in enumerate(lines):
        if i in keep:
            out.append(line)
        elif not out or out[-1] != _GAP:
            out.append(_GAP)
    return "\n".join(out)
