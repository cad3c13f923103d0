"""Trim: which pieces of a prose text a level leaves out without a target. Facts stay; words go before what they say.

First go words without content, by kind. Then a level may lose a share of the remaining words, those that say least
first: function words and commas, then words that the text says elsewhere, then common ones. Rules count each word as
lost in full. Trained salience knows which function words nobody keeps: they hardly count, so more of them go.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from semzip.local.facts import spans as facts
from semzip.local.prose import words
from semzip.local.prose.salience import Salience, as_table, repeats

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@frozen
class Level:
    """How much may go.

    Args:
        light: Words that always go, facts aside.
        share: Share of the other words that may be lost.
    """

    light: frozenset[str]
    share: float


LEVELS = (
    Level(words.ARTICLES, 0.0),
    Level(words.ARTICLES | words.COPULAS | words.FILLERS, 0.0),
    Level(words.ARTICLES | words.COPULAS | words.FILLERS | words.PRONOUNS, 0.04),
    Level(words.ARTICLES | words.COPULAS | words.FILLERS | words.PRONOUNS, 0.14),
)
_SENTENCE = 0.5
"""Share of a sentence's words that may be lost, so that no sentence is emptied."""
_SURE = 50.0
"""Power of the trained chance, relative to the typical one, that a function word counts by."""
_FUNCTION, _SAID_BEFORE = 0.3, 0.4
"""What function words, and words that the text said before, say, relative to others."""
_TRAITS = 5
"""Figures that `_traits` gives."""
_DUTIES = words.collect("must shall should may might ought muss müssen soll sollen darf dürfen")
_DONE = words.collect(
    "made built sent held led won done shown known found set put run kept met bought sold taught thrown"
)
_MEANT = words.collect("could would könnte würde")
_PARTICLES = words.collect("around out off away apart back up down over into onto from against through")
"""Small words that change what the verb before them says: work around."""
_VERB = ("ed", "en", "ing")
"""Endings of the verb behind an auxiliary."""
_BINDING = _DUTIES | words.COPULAS | words.NEGATIONS | {"by", "to", *string.ascii_lowercase}
_NO_NOUN = words.LINKS | words.RELATIONS | words.COPULAS - words.collect("well like have")
_LOGIC = frozenset({"condition", "bound", "negation"})
"""Kinds of facts that say something of the word beside them."""
_HOLDS = frozenset("\"'“”‘’„«»<>=()[]{}/\\|*`_$@#")
"""Signs whose neighbours stay: quotes, brackets, operators."""


def kept(text: str, pieces: Sequence[tuple[str, str]], level: int, salience: Salience | None) -> list[int]:
    """Numbers of the pieces of `text` that stay."""
    texts = [piece for _, piece in pieces]
    found = facts.find(text)
    edges = _edges(pieces)
    fact = _covered(edges, found)
    ties = _before(fact) & _behind(fact)
    foreign = words.foreign(texts)
    low = [piece.lower() for piece in texts]
    small = LEVELS[level].light - foreign
    light = np.array([word in small for word in low])
    bound = _bound(low)
    out = light & ~fact & ~ties & ~bound
    if LEVELS[level].share:
        logic = _covered(edges, [one for one in found if one.kind in _LOGIC])
        led = np.array([word in _PARTICLES for word in low])
        meant = np.array([word in _MEANT for word in low])
        beside = _before(logic) | _behind(logic) | _behind(led) | _before(meant)
        stay = fact | ties | light | bound | (beside & ~np.array([word in words.FUNCTION for word in low]))
        stay |= np.array([word in words.RELATING for word in low])
        if foreign:
            stay |= np.array([word in foreign for word in low])
        out[_least(pieces, low, stay, LEVELS[level].share, salience)] = True
    return np.flatnonzero(~out).tolist()


def _bound(texts: Sequence[str]) -> Mask:
    """Small words that carry a fact where they stand, and what they carry; the pieces are in lower case.

    A letter that is a name (`a and b`), who does what is done (`made by`), what is to be done (`to open`), duties, the
    verb behind an auxiliary (`been asked`), and what is denied, even where that is no fact (`with or without a key`).
    """
    low = ["", *texts, ""]
    out = np.zeros(len(texts) + 1, dtype=np.bool_)
    for at in [number for number, word in enumerate(low) if word in _BINDING]:
        word, left, right = low[at], low[at - 1], low[at + 1]
        if word == "to":
            out[at] = right not in words.FUNCTION
        elif word == "a":
            out[at - 1] = not right[:1].isalnum() or right in _NO_NOUN
        elif word == "by":
            out[at - 2 : at] |= left.endswith(_VERB) or left in _DONE
        elif word in words.COPULAS:
            out[at] |= right.endswith(_VERB) or right in _DONE
        elif words.is_negation(word):
            out[at - 1] = out[at] = True
        else:
            out[at - 1] = True
    return out[:-1]


def _edges(pieces: Sequence[tuple[str, str]]) -> tuple[Places, Places]:
    """Where each piece starts, and one past its last character."""
    lengths = np.array([len(piece) for _, piece in pieces])
    ends = np.cumsum(lengths + np.array([len(gap) for gap, _ in pieces]))
    return ends - lengths, ends


def _covered(edges: tuple[Places, Places], found: Sequence[facts.Fact]) -> Mask:
    """Which pieces are part of one of these facts."""
    starts, ends = edges
    size = len(starts)
    opened = np.searchsorted(ends, np.array([fact.start for fact in found], dtype=np.int64), side="right")
    closed = np.searchsorted(starts, np.array([fact.end for fact in found], dtype=np.int64), side="left")
    depth = np.bincount(opened, minlength=size + 1) - np.bincount(closed, minlength=size + 1)
    return np.cumsum(depth[:size]) > 0


def _least(
    pieces: Sequence[tuple[str, str]], low: Sequence[str], stay: Mask, share: float, salience: Salience | None
) -> list[int]:
    """The words that say least, while what is lost stays within a share of the words; `low` are the pieces in lower case."""
    texts = [piece for _, piece in pieces]
    table = as_table(map(_traits, texts), _TRAITS)
    holds, function, ends = table[:, 1] > 0, table[:, 2] > 0, table[:, 3] > 0
    plain = (table[:, 0] > 0) & ~stay
    labels = _behind(np.array([word == ":" for word in low]))
    free = plain & ~_before(holds) & ~_behind(holds) & ~labels
    again = repeats(low)
    lost = np.ones(len(texts))
    says: Floats = table[:, 4]
    says *= np.where(function, _FUNCTION, np.where(again > 0, _SAID_BEFORE, 1.0))
    if salience is not None:
        chance = salience.chance(texts, again)
        lost = np.where(function, np.minimum(1.0, chance / salience.typical) ** _SURE, lost)
        says *= lost * np.sqrt(chance)
    sentence: list[int] = np.cumsum(ends | np.array(["\n" in gap for gap, _ in pieces])).tolist()
    room = (np.bincount(sentence, weights=plain) * _SENTENCE).tolist()
    left = share * float(plain.sum())
    losses: list[float] = lost.tolist()
    out: list[int] = []
    order: list[int] = np.argsort(np.where(free, says, np.inf), kind="stable")[: int(free.sum())].tolist()
    for at in order:
        left -= losses[at]
        if left < 0:
            break
        if room[sentence[at]] >= losses[at]:
            room[sentence[at]] -= losses[at]
            out.append(at)
    return out


@lru_cache(maxsize=200_000)
def _traits(piece: str) -> tuple[float, ...]:
    """Whether a piece may go, holds its neighbours, is a function word, ends a sentence; and how rare it is."""
    word = piece.lower()
    function = word in words.FUNCTION or word == ","
    holds = piece[0] in _HOLDS or words.is_negation(word)
    return words.is_plain(piece) or piece == ",", holds, function, piece in words.ENDS, words.rarity(piece)


def _before(mask: Mask) -> Mask:
    """Whether the piece before is marked."""
    out = np.zeros_like(mask)
    out[1:] = mask[:-1]
    return out


def _behind(mask: Mask) -> Mask:
    """Whether the piece behind is marked."""
    out = np.zeros_like(mask)
    out[:-1] = mask[1:]
    return out
