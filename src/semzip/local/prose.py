"""Prose: shorter by notation and by leaving out what matters least; every word that stays, stays whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from semzip.local import layout, words
from semzip.local.salience import Salience
from semzip.tokens import count_tokens

_NOTATION = (
    (re.compile(r"(?<=\d) ?(?:percent|per cent|Prozent)\b"), "%"),
    (re.compile(r"\b(?:in order to|so as to)\b"), "to"),
    (re.compile(r"\b(?:due to the fact that|owing to the fact that)\b"), "because"),
    (re.compile(r"\bfor example\b"), "e.g."),
    (re.compile(r"\b(?:as well as|along with)\b"), "and"),
    (re.compile(r"\ba (?:large|great) number of\b"), "many"),
    (re.compile(r"[ \t]+"), " "),
)
_NEGATION = re.compile(r"(?:not|no|never|without|cannot)|\w+n['’]t|w/o|[¬≠∄]", re.IGNORECASE)


_OUT = (
    words.ARTICLES,
    words.ARTICLES | words.COPULAS | words.FILLERS,
    words.ARTICLES | words.COPULAS | words.FILLERS | words.PRONOUNS,
    words.ARTICLES | words.COPULAS | words.FILLERS | words.PRONOUNS | words.LINKS,
)


def shorten(text: str, *, level: int, salience: Salience | None = None) -> str:
    """A shorter text that keeps every fact."""
    return "\n".join(_shorten(part, level) if prose else part for prose, part in layout.parts(text))


def _shorten(text: str, level: int) -> str:
    text = layout.reflow(text)
    for pattern, short in _NOTATION:
        text = pattern.sub(short, text)
    pieces = words.split(text)
    out = _OUT[level]
    return words.join(pieces, [i for i, (_, piece) in enumerate(pieces) if piece.lower() not in out])


def fit(
    text: str,
    *,
    budget: int,
    count: Callable[[str], int],
    question: str | None = None,
    salience: Salience | None = None,
) -> str:
    """The words that matter most within `budget`, in their order."""
    pieces = words.split(text)
    if not pieces or budget <= 0:
        return ""
    order, costs = _order([piece for _, piece in pieces])
    return _prefix(pieces, order, costs, budget, count)


def _prefix(
    pieces: list[tuple[str, str]], order: np.ndarray, costs: np.ndarray, budget: int, count: Callable[[str], int]
) -> str:
    """The longest prefix of a keep-order, joined in text order, that stays within `budget`."""

    def build(size: int) -> str:
        return words.join(pieces, np.sort(order[:size]).tolist())

    total = np.cumsum(costs[order])
    low, high, best = 0, len(order) + 1, ""
    size = int(np.searchsorted(total, budget, side="right"))
    for _ in range(40):
        size = min(max(size, low + 1), high - 1)
        if high - low <= 1:
            break
        short = build(size)
        used = count(short)
        if used <= budget:
            low, best = size, short
        else:
            high = size
        estimate = float(total[size - 1]) + budget - used
        size = int(np.searchsorted(total, estimate, side="right"))
    return best


@lru_cache(maxsize=100_000)
def _cost(piece: str) -> int:
    return count_tokens(" " + piece)


@lru_cache(maxsize=100_000)
def _value(piece: str) -> float:
    """What a piece says by itself, from 0 up; 100 for what must stay."""
    word = piece.lower()
    if any(letter.isdigit() for letter in piece) or _NEGATION.fullmatch(piece):
        return 100.0
    if not piece[0].isalnum():
        return 0.2 if piece in ".!?;:。！？" else 0.1
    if word in words.FUNCTION:
        return 0.3
    if word in words.NUMBERS:
        return 4.0
    if word in words.BOUNDS:
        return 1.0
    return 1.5 + min(len(piece), 10) / 10 + 1.5 * piece[0].isupper()


def _order(pieces: list[str]) -> tuple[np.ndarray, np.ndarray]:
    costs = np.array([_cost(piece) for piece in pieces], dtype=np.float64)
    values = np.array([_value(piece) for piece in pieces])
    seen: set[str] = set()
    for i, piece in enumerate(pieces):
        word = piece.lower()
        if word in seen and not _NEGATION.fullmatch(piece):
            values[i] = min(values[i] * 0.3, 2)
        seen.add(word)
    return np.argsort(-values / np.sqrt(costs), kind="stable"), costs
