"""Worth: what each piece of a text says, where it stands; what `fit` keeps first and `shorten` drops last.

A rule's guess from the kind of word and its neighbours, times the trained salience where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from semzip.local.prose import words
from semzip.local.prose.salience import Salience, repeats

NEGATED = 100.0
"""Worth of a negation: more than any other piece."""
_NUMBER, _NUMBER_WORD, _NAME, _OPENING, _CONTENT, _FUNCTION, _MARK = 8.0, 4.0, 1.6, 1.5, 1.0, 0.15, 0.05
_UNIT, _NEAR, _LIMIT, _DENIED = 2.5, 1.5, 4.0, 2.0
_REPEATED = 0.1
_PHRASE = 0.3
"""How far words that stand next to each other stay or go together."""
_TRUST = 0.4
"""Power to which the trained chance of being kept enters."""

_POSSESSIVE = re.compile(r"(?<=.)['’]s?$")

Floats = NDArray[np.float64]


@lru_cache(maxsize=200_000)
def traits(piece: str) -> tuple[float, ...]:
    """Worth inside a sentence and at its start; then 1 or 0: has digits, has content, bound, negation, ends a sentence."""
    word = piece.lower()
    digit = words.has_digit(piece)
    function = word in words.FUNCTION
    inside = _CONTENT
    if digit:
        inside = _NUMBER * (1 + 0.1 * words.cost(piece))
    elif not any(letter.isalnum() for letter in piece):
        inside = _MARK
    elif word in words.NUMBERS:
        inside = _NUMBER_WORD
    elif function:
        inside = _FUNCTION
    name = piece[0].isupper() and not function and not digit
    opening = inside * _OPENING if name else inside
    inside = inside * _NAME if name else inside
    content = inside >= 1 and not digit
    return inside, opening, digit, content, word in words.LIMITS, words.is_negation(word), piece in words.ENDS


def worth(pieces: Sequence[str], salience: Salience | None) -> Floats:
    """What each piece says where it stands, from 0 up, whether or not the text says it elsewhere."""
    table: Floats = np.array([traits(piece) for piece in pieces], dtype=np.float64)
    inside, opening, digit, content, limit, negation, ends = (table[:, column] for column in range(table.shape[1]))
    starts = np.concatenate(([1.0], ends[:-1]))
    out: Floats = np.where(starts > 0, opening, inside)
    before, before_that = _shifted(digit, 1), _shifted(digit, 2)
    out *= np.where(content * before > 0, _UNIT, 1.0)
    out *= np.where(content * before_that * (1 - before) > 0, _NEAR, 1.0)
    out *= np.where(limit * np.maximum(_shifted(digit, -1), _shifted(digit, -2)) > 0, _LIMIT, 1.0)
    denied, denied_before = _shifted(negation, 1), _shifted(negation, 2)
    out *= np.where(content * np.maximum(denied, denied_before) > 0, _DENIED, 1.0)
    again = repeats([piece.lower() for piece in pieces])
    if salience is not None:
        out *= np.clip(salience.chance(pieces, again), 0.02, 0.98) ** _TRUST
    out = _together(out, content > 0)
    out[negation > 0] = NEGATED
    return _tied(pieces, out) if any(map(words.is_han, pieces)) else out


def _together(worths: Floats, content: NDArray[np.bool_]) -> Floats:
    """The worths, drawn towards the mean of each run of words with content: a phrase that loses a word is lost."""
    run = np.cumsum(content & ~np.append(False, content[:-1])) * content
    mean = np.bincount(run, weights=worths) / np.maximum(1, np.bincount(run))
    return np.where(content, worths ** (1 - _PHRASE) * mean[run] ** _PHRASE, worths)


def _tied(pieces: Sequence[str], worths: Floats) -> Floats:
    """The worths for Chinese, of which nothing was learnt: signs say as much as what they hold together."""
    han = np.array([words.is_han(piece) for piece in pieces])
    out = np.where(han, _CONTENT, worths)
    for at, piece in enumerate(pieces):
        around = [near for near in (at - 1, at + 1) if 0 <= near < len(pieces)]
        if piece[0].isalnum() or not any(han[near] for near in around):
            continue
        out[at] = min(out[near] for near in around)
    return out


def once(pieces: Sequence[str], worths: Floats) -> Floats:
    """The worths, lowered where the text has the same word in a better place; not those of negations and signs."""
    out = worths.copy()
    seen: set[str] = set()
    order: list[int] = np.argsort(-worths, kind="stable").tolist()
    for at in order:
        word = _POSSESSIVE.sub("", pieces[at].lower())
        if word in seen and word[0].isalnum() and not words.is_negation(word):
            out[at] *= _REPEATED
        seen.add(word)
    return out


def _shifted(row: Floats, by: int) -> Floats:
    """The row moved `by` places to the right, zeros moved in."""
    out = np.zeros_like(row)
    if by > 0:
        out[by:] = row[:-by]
    else:
        out[:by] = row[-by:]
    return out
