"""Prose: shorter by notation and by leaving out what matters least; every word that stays, stays whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from semzip.local.prose import layout, notation, trim, words
from semzip.local.prose.salience import Salience
from semzip.local.prose.worth import once, worth

Floats = NDArray[np.float64]

_THRIFT = 0.3
"""Power of a piece's token cost by which its worth is divided."""
_AGAIN = 0.1
"""Most that a word is worth which stays elsewhere; less where little is kept."""
_FILLERS = 12
"""How many of the pieces behind the last that fits are tried for the tokens that are left."""
_MOST_ASKED = 3.0
"""Worth that no piece exceeds where there is a question, so that what bears on it comes before any negation."""
_SIGN = 0.1
"""Worth up to which a sign says no more in a sentence that is asked about; one beside Chinese says more."""


def shorten(text: str, *, level: int, salience: Salience | None = None) -> str:
    """A shorter text that keeps every fact.

    Args:
        text: Prose; code blocks, doctests and tables in it stay as they are.
        level: 0 leaves out articles only, 3 also pronouns, and of the other words those that say least.
        salience: Trained weights; by rules alone without.
    """
    return "\n".join(_shorten(part, level, salience) if prose else part for prose, part in layout.parts(text))


def _shorten(text: str, level: int, salience: Salience | None) -> str:
    text = notation.apply(layout.reflow(text))
    pieces = words.split(text)
    return words.join(pieces, trim.kept(text, pieces, level, salience)) if pieces else text


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
    texts = [piece for _, piece in pieces]
    costs = np.array([words.cost(piece) for piece in texts], dtype=np.float64)
    worths = worth(texts, salience)
    if question:
        from semzip.local.prose.question import relevance

        says = np.array([any(map(str.isalnum, piece)) for piece in texts]) | (worths > _SIGN)
        worths = np.minimum(worths, _MOST_ASKED) * np.where(says, relevance(pieces, question), 1.0)
    again = min(_AGAIN, float(budget / costs.sum()) ** 3)
    gain = once(texts, worths, again) / costs**_THRIFT
    order = np.argsort(-gain, kind="stable")
    return _prefix(pieces, order, costs, budget, count)


def _prefix(
    pieces: list[tuple[str, str]], order: NDArray[np.int64], costs: Floats, budget: int, count: Callable[[str], int]
) -> str:
    """The longest prefix of a keep-order, joined in text order, that stays within `budget`, and what else fits behind it."""

    def build(chosen: NDArray[np.int64]) -> str:
        return words.join(pieces, np.sort(chosen).tolist())

    total = np.cumsum(costs[order])
    low, high, best, free = 0, len(order) + 1, "", budget
    size = int(np.searchsorted(total, budget, side="right"))
    for _ in range(40):
        size = min(max(size, low + 1), high - 1)
        if high - low <= 1:
            break
        short = build(order[:size])
        used = count(short)
        if used <= budget:
            low, best, free = size, short, budget - used
        else:
            high = size
        estimate = float(total[size - 1]) + budget - used
        size = int(np.searchsorted(total, estimate, side="right"))
    chosen = order[:low]
    for at in order[low + 1 : low + _FILLERS if low and free else 0].tolist():
        if costs[at] <= free:
            short = build(np.append(chosen, at))
            used = count(short)
            if used <= budget:
                chosen, best, free = np.append(chosen, at), short, budget - used
    return best
