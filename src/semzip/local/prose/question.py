"""Question: how much each piece of a text bears on what the reader will be asked.

A sentence counts by BM25 (Robertson and Zaragoza, 2009) over word stems and, for less, synonyms, with a share of its
neighbours' and of its paragraph's score; a word counts by its distance to the words asked about, less if the question says
it, and more if it is of the kind asked for: a name for "who" and "what city", a figure for "how many" and "what year". A
sentence with nothing of that kind but what the question says counts less.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from semzip.local.prose import words
from semzip.local.prose.synonyms import CLASSES

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_SATURATION, _LENGTH = 1.2, 0.25
_NEIGHBOUR, _PARAGRAPH, _NEAR = 0.1, 0.8, 0.9
_REACH = 15.0
"""Words after which nearness falls to 1/e."""
_PULL = 4.5
_SAID = 0.4
"""What the question says itself need not be said again."""
_SYNONYM = 0.5
"""What a synonym of a word asked about counts, relative to the word."""
_NAME, _BEHIND_NAME, _FIGURE, _FIGURE_UNASKED = 5.0, 3.0, 3.0, 0.2
_OTHER_KIND = 0.8
"""What a sentence counts that has nothing of the kind asked for."""
_SHARED = 5
"""Letters that two words must share at their start to count as forms of one."""
_ASKS_FIGURE = re.compile(
    r"\b(?:when|wann|wie ?viele?|(?:how|wie) (?:many|much|old|long|far|large|tall|high|often|fast|big|deep|wide|heavy|alt|lange?|hoch|weit|groß|oft)"
    r"|(?:what|which|welche\w?)(?: \w+){0,2} (?:years?|dates?|century|decade|percent|percentage|population|numbers?|amount|ages?|day|month|portion|share"
    r"|length|height|distance|times?|temperature|costs?|price|size|weight|speed|jahr\w*|datum|prozent\w*|zahl|anzahl))\b|多少|几|哪.?年|何时|什么时候"
)
_ASKS_NAME = re.compile(
    r"\b(?:who|whom|whose|where|which|we[rnm]|wo|welche\w?"
    r"|what(?: \w+){0,2} (?:names?|called|titled?|terms?|city|cities|country|countries|states?|teams?|players?|person|people|groups?|company|companies"
    r"|organi[sz]ations?|rivers?|language|university|school|college|books?|king|emperor|leader|author|county|region|area|place|town|battle|war|treaty|act"
    r"|law|party|nations?|network|show|film|song|album|band|artist|actor|director|president|minister|island|sea|ocean|mountain|lake|street|building"
    r"|museum|church|dynasty|empire|kingdom|tribe|agency|institution))\b|谁|哪"
)
_POSSESSIVE = re.compile(r"['’]s$")
_HYPHEN = re.compile(r"[-‑–/]")


def relevance(pieces: Sequence[tuple[str, str]], question: str) -> Floats:
    """A factor for the worth of each piece: 1 for what has nothing to do with the question, up to e**4.5 times what its kind adds."""
    asked = sorted({term for _, piece in words.split(question) for term in _terms(piece)})
    terms = _matched([_terms(piece) for _, piece in pieces], asked)
    same = frozenset(asked)
    said = np.array([bool(several) and same.issuperset(several) for several in terms])
    kind, told = _kinds([piece for _, piece in pieces], question)
    terms, weights = _with_synonyms(terms, asked)
    sentence, paragraph = _numbered(pieces)
    score = _bm25(terms, sentence, weights)
    if kind.any():
        score = np.where(np.bincount(sentence, weights=kind & ~said) > 0, score, _OTHER_KIND * score)
    around = np.maximum(np.append(0.0, score[:-1]), np.append(score[1:], 0.0))
    total = (score + _NEIGHBOUR * around)[sentence] + _NEAR * _nearness(terms, weights)
    if paragraph[-1]:
        total += _PARAGRAPH * _bm25(terms, paragraph, weights)[paragraph]
    return np.exp(_PULL * _scaled(total)) * np.where(said, _SAID, 1.0) * told


@lru_cache(maxsize=100_000)
def _terms(piece: str) -> tuple[str, ...]:
    """What a piece is compared by: the stems of a word with content, or of a compound's, the pairs of characters of a run of Chinese."""
    word = piece.lower()
    if words.is_han(word):
        return tuple(dict.fromkeys(map("".join, pairwise(word)))) or (word,)
    if word in words.FUNCTION or words.is_negation(word) or not word[0].isalnum():
        return ()
    word = _POSSESSIVE.sub("", word)
    parts = [part for part in _HYPHEN.split(word) if len(part) > 1 and part not in words.FUNCTION]
    return tuple(map(words.stem, parts if len(parts) > 1 else [word]))


def _matched(terms: list[tuple[str, ...]], asked: list[str]) -> list[tuple[str, ...]]:
    """The terms, each in the question's form where the question has a form of it."""
    same = dict.fromkeys(asked)
    begins = {term[:_SHARED]: term for term in reversed(asked) if len(term) >= _SHARED}
    return [tuple(term if term in same else begins.get(term[:_SHARED], term) for term in several) for several in terms]


def _with_synonyms(terms: list[tuple[str, ...]], asked: list[str]) -> tuple[list[tuple[str, ...]], dict[str, float]]:
    """The terms, those not asked about with the classes that they share with one that is; and what each term asked about counts."""
    weights = dict.fromkeys(asked, 1.0)
    shared = {name for term in asked for name in CLASSES.get(term, ())}
    out = [
        several
        + tuple(name for term in several if term not in weights for name in CLASSES.get(term, ()) if name in shared)
        for several in terms
    ]
    return out, weights | dict.fromkeys(sorted(shared), _SYNONYM)


def _numbered(pieces: Sequence[tuple[str, str]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each piece the number of its sentence and of its paragraph."""
    breaks = np.array(["\n" in gap for gap, _ in pieces])
    ends = np.array([piece in words.ENDS for _, piece in pieces])
    breaks[0] = False
    starts = breaks | np.append(False, ends[:-1] & ~ends[1:])
    return np.cumsum(starts, dtype=np.int64), np.cumsum(breaks, dtype=np.int64)


def _bm25(terms: list[tuple[str, ...]], part: NDArray[np.int64], weights: Mapping[str, float]) -> Floats:
    """The score of each part, the best being 1."""
    length = np.bincount(part, weights=[len(several) for several in terms])
    held = {term: Counter[int]() for term in weights}
    for several, number in zip(terms, part.tolist(), strict=True):
        for term in several:
            if term in held:
                held[term][number] += 1
    score = np.zeros(len(length))
    norm = _SATURATION * (1 - _LENGTH + _LENGTH * length / (length.mean() or 1.0))
    for term, count in held.items():
        rarity = weights[term] * math.log(1 + (len(length) - len(count) + 0.5) / (len(count) + 0.5))
        for number, times in count.items():
            score[number] += rarity * times * (_SATURATION + 1) / (times + norm[number])
    return _scaled(score)


def _nearness(terms: list[tuple[str, ...]], weights: Mapping[str, float]) -> Floats:
    """How near each piece is to words asked about, the rarer the better; the nearest being 1."""
    count = Counter(term for several in terms for term in several if term in weights)
    hits = [sum(weights[term] / math.sqrt(count[term]) for term in several if term in count) for several in terms]
    fade = math.exp(-1 / _REACH)

    def behind(row: list[float]) -> Floats:
        out: list[float] = []
        level = 0.0
        for hit in row:
            level = level * fade + hit
            out.append(level)
        return np.array(out)

    return _scaled(behind(hits) + behind(hits[::-1])[::-1] - np.array(hits))


def _kinds(pieces: list[str], question: str) -> tuple[Mask, Floats]:
    """Which pieces are of the kind asked for, and a factor for all: figures, what they count and what bounds them, or else names."""
    asked, low = question.lower(), [piece.lower() for piece in pieces]
    digits = np.array([words.has_digit(piece) for piece in pieces])
    if _ASKS_FIGURE.search(asked):
        figures = digits | np.array([words.is_number(word) for word in low])
        figures |= np.append(False, figures[:-1])
        bounds = np.array([word in words.LIMITS for word in low])
        figures |= bounds & (np.append(figures[1:], False) | np.append(figures[2:], [False, False])[: len(low)])
        return figures, np.where(figures, _FIGURE, 1.0)
    factor = np.where(digits, _FIGURE_UNASKED, 1.0)
    if not _ASKS_NAME.search(asked):
        return np.zeros(len(pieces), dtype=np.bool_), factor
    function = np.array([word in words.FUNCTION for word in low])
    names = np.array([piece[0].isupper() for piece in pieces]) & ~function
    behind = np.append(False, names[:-1]) & np.array([piece[0].islower() for piece in pieces]) & ~function
    return names, factor * np.where(names, _NAME, np.where(behind, _BEHIND_NAME, 1.0))


def _scaled(row: Floats) -> Floats:
    return row / (row.max() or 1.0)
