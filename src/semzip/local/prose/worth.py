"""Worth: what each piece of a text says, where it stands; what `fit` keeps first.

A rule's guess from the kind of word and its neighbours, times the trained salience where there is one. Phrases stay or go
together, and a word counts once, more if the text has it often: it stands for all of its places.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from semzip.local.prose import words
from semzip.local.prose.salience import Salience, as_table, repeats

NEGATED = 100.0
"""Worth of a negation: more than any other piece."""
_NUMBER, _NUMBER_WORD, _NAME, _CONTENT, _BOUND, _RELATION, _FUNCTION, _MARK = 8.0, 4.0, 1.6, 1.0, 0.7, 0.5, 0.15, 0.05
_UNIT, _COUNTED, _NEAR, _LIMIT, _DENIED, _GOVERNED = 2.5, 1.5, 1.5, 6.0, 2.0, 1.4
_RARE = 0.2
"""Power of its rarity that a word with content is worth."""
_ENDING, _VERB = ("ed", "ing"), 0.87
"""Verbs are asked for less than what they join."""
_OFTEN = 0.2
"""Power of its count that a word is worth which stands for its other places."""
_PHRASE = 0.5
"""How far words of one kind that stand next to each other stay or go together."""
_TRUST = 0.4
"""Power to which the trained chance of being kept enters."""

_ORDINALS = words.collect("first second third once")
_RELATIONS = words.RELATIONS | words.FILLERS | words.collect("one well both onto into upon over etc")
"""Function words that say more than grammar asks for: through, against, also."""
_PREPOSITIONS = words.collect(
    "of in at by from for with on to as into between through against during "
    "von im am an auf aus bei mit zu zum zur für durch gegen zwischen"
)
_PARTICLES = words.collect("de del della di da do dos du la le les el al los las van bin ibn ben y e aan v vs")
"""Small words inside names: Maria de la Cruz, Brown v. Board."""
_POSSESSIVE = re.compile(r"(?<=.)['’]s?$")
_PART = re.compile(r"\w+")

_TRAITS = 12
"""Figures that `traits` gives."""
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@lru_cache(maxsize=200_000)
def traits(piece: str, *, foreign: bool = False) -> tuple[float, ...]:
    """Worth by itself; then 1 or 0: figure, number word, content, capital, title, name, particle, preposition, bound, negation, end.

    A title is a word without content in capitals, such as "The" in a name; a foreign word has content in this language.
    """
    word = piece.lower()
    digit, function = words.has_digit(piece), word in words.FUNCTION and not foreign
    content = not (digit or function) and any(letter.isalnum() for letter in piece)
    number = words.is_number(word) and word not in _ORDINALS
    capital = piece[0].isupper()
    if digit:
        value = _NUMBER * (1 + 0.1 * words.cost(piece))
    elif not content:
        value = _RELATION if word in _RELATIONS else _FUNCTION if function else _MARK
    else:
        value = _NUMBER_WORD if number else _BOUND if word in words.BOUNDS else _CONTENT
        value *= _NAME if capital else 1.0
        value *= _VERB if len(word) > 5 and word.endswith(_ENDING) and not capital else 1.0
        value *= max(0.3, words.rarity(piece)) ** _RARE
    return (
        *(value, digit, number, content, capital, capital and function and len(piece) > 1),
        *(capital and not function, word in _PARTICLES, word in _PREPOSITIONS),
        *(word in words.LIMITS, words.is_negation(word), piece in words.ENDS),
    )


def worth(pieces: Sequence[str], salience: Salience | None) -> Floats:
    """What each piece says where it stands, from 0 up, whether or not the text says it elsewhere."""
    foreign = words.foreign(pieces)
    table = as_table((traits(piece, foreign=piece.lower() in foreign) for piece in pieces), _TRAITS)
    out = table[:, 0].copy()
    digit, number, content, capital, title, name, particle, preposition, limit, negation, ends = table.T[1:] > 0
    before, before_that = _shifted(digit, 1), _shifted(digit, 2)
    inside = particle & _shifted(name, 1) & (_shifted(capital, -1) | _shifted(capital, -2))
    inside |= title & ~np.append(True, ends[:-1]) & _shifted(capital, -1)
    out[inside] = _NAME
    out[content & before] *= _UNIT
    out[content & before_that & ~before] *= _NEAR
    out[content & _shifted(number, 1)] *= _COUNTED
    out[limit & (_shifted(digit, -1) | _shifted(digit, -2))] *= _LIMIT
    out[content & (_shifted(negation, 1) | _shifted(negation, 2))] *= _DENIED
    out[content & _shifted(preposition, 1)] *= _GOVERNED
    if salience is not None:
        again = repeats([piece.lower() for piece in pieces])
        out *= np.clip(salience.chance(pieces, again), 0.02, 0.98) ** _TRUST
    kind = np.where(digit | number, 3, np.where(capital | inside, 2, 1))
    out = _together(out, np.where((content | digit | inside) & ~negation, kind, 0))
    out[negation] = NEGATED
    return _tied(pieces, out) if any(map(words.is_han, pieces)) else out


def _together(worths: Floats, kind: NDArray[np.int64]) -> Floats:
    """The worths, drawn towards the mean of each run of pieces of one kind, 0 aside: a phrase that loses a word is lost."""
    run = np.cumsum(kind != np.append(0, kind[:-1]))
    mean = np.bincount(run, weights=worths) / np.maximum(1, np.bincount(run))
    return np.where(kind > 0, worths ** (1 - _PHRASE) * mean[run] ** _PHRASE, worths)


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


@lru_cache(maxsize=200_000)
def _bare(piece: str) -> tuple[str, ...]:
    """The words in a piece, without the ending of a possessive; a figure whole; nothing of a negation."""
    word = _POSSESSIVE.sub("", piece.lower())
    if words.is_negation(word):
        return ()
    return (word,) if words.has_digit(word) else tuple(_PART.findall(word))


def once(pieces: Sequence[str], worths: Floats, again: float) -> Floats:
    """The worths, times `again` where the text has the same words in a better place, and raised there; not of negations."""
    bare = [_bare(piece) for piece in pieces]
    count = Counter(bare)
    count[()] = 1
    out = worths * np.array([count[part] for part in bare], dtype=np.float64) ** _OFTEN
    seen: set[str] = set()
    order: list[int] = np.argsort(-worths, kind="stable").tolist()
    for at in order:
        part = bare[at]
        if part and seen.issuperset(part):
            out[at] *= again
        else:
            seen.update(part)
    return out


def _shifted(row: Mask, by: int) -> Mask:
    """The row moved `by` places to the right, False moved in."""
    out = np.zeros_like(row)
    if by > 0:
        out[by:] = row[:-by]
    else:
        out[:by] = row[-by:]
    return out
