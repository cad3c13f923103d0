"""What a comparison has found so far, and the questions about places that its checks ask."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container
from fractions import Fraction
from functools import cached_property

from semzip.local.facts import lexicon, units
from semzip.local.facts.terms import WORD
from semzip.local.prose_check import measures
from semzip.local.prose_check.counterparts import ANCHORS, Alignment, shortens
from semzip.records import Loss

_TIGHT = 4
_AGAINST = frozenset({"ant", "anti", "un", "non", "dis", "in", "im", "de"})
"""Beginnings that turn a word round: arctic, antarctic."""
_INITIALS = 6
_WORDS = re.compile(r"[^\W_]+")
_SIGNS, _SIGNED = ("→", "∵", "∴", " = ", "≠"), 3
_OWN, _OWN_SHARE = 2, 0.025
"""Signs that say what words did, or words of its own and their share, from which a compressed text is a retelling."""
_LINE_END = re.compile("\n")
_BREAKS = frozenset({"|", ":", "→", "•", "*", "="})


class Findings:
    """The losses of one pair, and where things stand in it.

    Args:
        original: The text as it was.
        compressed: The text to be checked.
        pair: The two aligned.
    """

    def __init__(self, original: str, compressed: str, pair: Alignment) -> None:
        self.original = original
        self.compressed = compressed
        self.pair = pair
        self.losses: list[Loss] = []
        self.lost: set[int] = set()
        self.soft: set[int] = set()
        self.said: set[int] = set()
        self.rephrased: dict[str, bool] = {}
        self.have: dict[str, list[int]] = {}
        for i, key in enumerate(pair.a.keys):
            self.have.setdefault(key, []).append(i)
        self.ranks = _ranks(pair.back)
        self.order = _ranks(pair.to)
        self.left, self.right = _beside(pair.to)
        self.left_b, self.right_b = _beside(pair.back)

    @cached_property
    def lines(self) -> list[int]:
        """Where each line of the original starts."""
        return [0, *(end.end() for end in _LINE_END.finditer(self.original))]

    @cached_property
    def compressed_low(self) -> str:
        """The compressed text in lower case."""
        return self.compressed.lower()

    @cached_property
    def measured(self) -> tuple[frozenset[tuple[Fraction, str]], frozenset[tuple[Fraction, str]]]:
        """What the numbers of the original amount to with their units, and those of the compressed text."""
        return measures.amounts(self.pair.a), measures.amounts(self.pair.b)

    def new(self, j: int) -> bool:
        """Whether the compressed text has item `j` of its own: a word that the original has nowhere."""
        b = self.pair.b
        return self.pair.back[j] < 0 and b.kinds[j] in ANCHORS and b.keys[j] not in self.have

    @cached_property
    def retold(self) -> bool:
        """Whether the compressed text has words or signs of its own; where it has none, what is gone was said nowhere else."""
        b = self.pair.b
        said = sum(kind in ANCHORS for kind in b.kinds)
        own = sum(self.new(j) for j in range(len(b.kinds)))
        return (own >= _OWN and own >= _OWN_SHARE * said) or sum(map(self.compressed.count, _SIGNS)) >= _SIGNED

    def lose(self, kind: str, i: int) -> None:
        """Blame the compressed text for losing item `i`; a year is a number too."""
        a = self.pair.a
        self.lost.add(i)
        what = self.original[a.starts[i] : a.ends[i]]
        self.losses.append(Loss(kind, what, a.starts[i]))
        if kind == "date" and a.keys[i].startswith("#"):
            self.losses.append(Loss("number", what, a.starts[i]))

    def soften(self, i: int) -> None:
        """Count item `i` as a lost detail."""
        self.soft.add(i)

    def invent(self, kind: str, j: int) -> None:
        """Blame the compressed text for adding item `j`."""
        b = self.pair.b
        self.losses.append(Loss(kind, self.compressed[b.starts[j] : b.ends[j]], b.starts[j], invented=True))

    def in_place(self, first: int, last: int) -> bool:
        """Whether these items still follow what they followed, or precede what they preceded."""
        to, ranks = self.pair.to, self.ranks
        before, after = self.left[first], self.right[last]
        if before < 0 and after < 0:
            return True
        if before >= 0 and ranks[to[first]] - ranks[to[before]] == 1:
            return True
        return after >= 0 and ranks[to[after]] - ranks[to[last]] == 1

    def beside(self, first: int, last: int) -> bool:
        """Whether these items stand right beside a neighbour still, on whichever side."""
        to, ranks = self.pair.to, self.ranks
        return any(
            other >= 0 and abs(ranks[to[own]] - ranks[to[other]]) == 1
            for own, other in ((first, self.left[first]), (last, self.right[last]))
        )

    def near(self, key: str, i: int, reach: int) -> bool:
        """Whether the compressed text has `key` within `reach` items of where item `i` should be."""
        found = self.pair.places.get(key)
        if not found:
            return False
        aims = [self.pair.to[c] for c in (self.left[i], self.right[i]) if c >= 0]
        return not aims or any(_distance(found, aim) <= reach for aim in aims)

    def near_source(self, key: str, j: int, reach: int) -> bool:
        """Whether the original has `key` within `reach` items of where item `j` should come from."""
        aims = [self.pair.back[c] for c in (self.left_b[j], self.right_b[j]) if c >= 0]
        return not aims or any(_distance(self.have[key], aim) <= reach for aim in aims)

    def occupant(self, first: int, last: int, kinds: dict[str, str], *, both: bool = False) -> int:
        """The item of the same class that stands where items `first`..`last` should, or -1; `both` wants it fenced in."""
        a, b, back = self.pair.a, self.pair.b, self.pair.back
        slot = self._slot(first, last, both=True)
        fenced = len(slot) > 0
        if not fenced and not both:
            slot = self._slot(first, last, both=False)
        for j in slot:
            if kinds.get(b.kinds[j]) != kinds[a.kinds[first]] or b.keys[j] == a.keys[first]:
                continue
            source = back[j]
            if source < 0 and len(b.keys[j]) <= 3 and b.keys[j] not in self.have and b.kinds[j] == "name":
                continue
            if source >= 0 and (self.in_place(source, source) or self._moved(source, first)):
                continue
            new = source < 0 and b.keys[j] not in self.have and b.kinds[j] == "name"
            if new and self.retold and self.derived(b.keys[j], j):
                continue
            if fenced:
                return j
            if source >= 0 and abs(source - first) <= _TIGHT:
                continue
            if source < 0 and b.keys[j] in self.have and _distance(self.have[b.keys[j]], first) <= _TIGHT:
                continue
            return j
        return -1

    def _moved(self, source: int, first: int) -> bool:
        """Whether a value of the same sentence only stands elsewhere now, and nothing says it once more."""
        a, back = self.pair.a, self.pair.back
        if a.sentences[source] != a.sentences[first]:
            return False
        return all(back[j] >= 0 for j in self.pair.places.get(a.keys[source], ()))

    def _slot(self, first: int, last: int, *, both: bool) -> range:
        """The items of the compressed text between what surrounded items `first`..`last`; a sentence's end is a fence too."""
        a, b, to = self.pair.a, self.pair.b, self.pair.to
        before, after = self.left[first], self.right[last]
        starts = before < 0 or a.sentences[before] != a.sentences[first]
        ends = after < 0 or a.sentences[after] != a.sentences[last]
        low = to[before] if before >= 0 and not starts and first - before <= _TIGHT else -1
        high = to[after] if after >= 0 and not ends and after - last <= _TIGHT else -1
        none = range(0)
        if low >= 0 and high >= 0:
            return range(low + 1, high) if 0 < high - low <= _TIGHT else none
        if high > 0 and starts:
            opening = high
            while opening > 0 and high - opening < _TIGHT and b.sentences[opening - 1] == b.sentences[high]:
                opening -= 1
            if opening == 0 or b.sentences[opening - 1] != b.sentences[high]:
                return range(opening, high)
        if low >= 0 and ends:
            closing = low + 1
            while closing < len(b.keys) and closing - low < _TIGHT and b.sentences[closing] == b.sentences[low]:
                closing += 1
            if closing == len(b.keys) or b.sentences[closing] != b.sentences[low]:
                return range(low + 1, closing)
        if both:
            return none
        if low >= 0 and first - before == 1 and low + 1 < len(b.keys) and b.links[low + 1] not in _BREAKS:
            return range(low + 1, low + 2)
        if high > 0 and after - last == 1 and b.links[high] not in _BREAKS:
            return range(high - 1, high)
        return none

    def slot(self, i: int, reach: int) -> range:
        """The items of the compressed text about where item `i` should stand, in the sentence of its neighbours."""
        b, to = self.pair.b, self.pair.to
        aims = [to[c] for c in (self.left[i], self.right[i]) if c >= 0 and abs(c - i) <= reach]
        if not aims:
            return range(0)
        low, high = min(aims), max(aims)
        if high - low > 2 * reach:
            low = high = aims[0]
        sentences = {b.sentences[low], b.sentences[high]}
        low, high = max(0, low - 2), min(len(b.keys), high + 3)
        while b.sentences[low] not in sentences:
            low += 1
        while b.sentences[high - 1] not in sentences:
            high -= 1
        return range(low, high)

    def likeness(self, i: int, j: int, without: Container[str]) -> float:
        """How alike the words around item `i` and around place `j` are, those at the same distance counting most."""
        a, b = self.pair.a.keys, self.pair.b.keys
        here = {a[k]: k - i for k in range(min(len(a) - 1, i + 5), max(-1, i - 6), -1) if k != i}
        total = 0.0
        for at in range(max(0, j - 5), min(len(b), j + 6)):
            off = here.get(b[at])
            if off is not None and b[at] not in without:
                total += 1 / (1 + abs(off - (at - j)))
        return total

    def gap(self, first: int, last: int) -> bool:
        """Whether what stood right before and right after these items survived side by side without them."""
        to, b = self.pair.to, self.pair.b
        before, after = self.left[first], self.right[last]
        if before < 0 or after < 0 or first - before > 2 or after - last > 2:
            return False
        low, high = to[before], to[after]
        if not 0 < high - low <= _TIGHT or b.links[high] in _BREAKS:
            return False
        return all(b.kinds[j] not in ANCHORS for j in range(low + 1, high))

    def strain(self, i: int, j: int, without: Container[int]) -> float:
        """How badly place `j` suits item `i`: how far off its steady neighbours are, the nearest counting most."""
        a, to = self.pair.a, self.pair.to
        total = weight = 0.0
        for step in (-1, 1):
            at, seen = i + step, 0
            while 0 <= at < len(to) and seen < 3 and abs(at - i) <= 8 and a.sentences[at] == a.sentences[i]:
                if to[at] >= 0 and at not in without:
                    seen += 1
                    off = abs((self.order[i] - self.order[at]) - (self.ranks[j] - self.ranks[to[at]]))
                    total += min(6, off) / seen
                    weight += 1 / seen
                at += step
        return total / weight if weight else 0.0

    def turned(self, one: int, other: int) -> bool:
        """Whether one text says actively what the other says passively."""
        a, b, to = self.pair.a, self.pair.b, self.pair.to
        was = sum(a.links[i] == "by" for i in (one, other))
        now = sum(b.links[to[i]] == "by" for i in (one, other))
        return was != now

    def covered(self, key: str, i: int) -> bool:
        """Whether a lost word may live on in another form near its place."""
        b = self.pair.b
        aims = [self.pair.to[c] for c in (self.left[i], self.right[i]) if c >= 0]
        for aim in aims:
            for j in range(max(0, aim - 10), min(len(b.keys), aim + 11)):
                other = b.keys[j]
                if b.kinds[j] in ANCHORS and (
                    shortens(key, other)
                    or shortens(other, key)
                    or (len(key) > 3 and key in other and other.removesuffix(key) not in _AGAINST)
                ):
                    return True
        return False

    def spelled(self, digits: str, i: int) -> bool:
        """Whether these digits stand somewhere in the compressed text about where item `i` should be: p475, term2."""
        b = self.pair.b
        aims = [self.pair.to[c] for c in (self.left[i], self.right[i]) if c >= 0]
        lone = re.compile(rf"(?<![\d.,]){re.escape(digits)}(?![\d]|[.,]\d)")
        return any(lone.search(self.compressed, max(0, b.starts[aim] - 60), b.ends[aim] + 60) for aim in aims)

    def derived(self, key: str, j: int) -> bool:
        """Whether a new name may be another form of a word of the original."""
        b = self.pair.b
        word = self.compressed[b.starts[j] : b.ends[j]]
        if len(key) < 2 or (len(key) == 2 and not word.isupper()) or key in units.UNITS:
            return True
        if key in lexicon.ROMAN:
            return measures.counted(lexicon.ROMAN[key]) in self.measured[0]
        if word.rstrip("s").isupper() and len(word) <= _INITIALS:
            return self._initials(word.rstrip("s").lower())
        aims = [self.pair.back[c] for c in (self.left_b[j], self.right_b[j]) if c >= 0] or [0]
        keys = self.pair.a.keys
        around = {k for aim in aims for k in range(max(0, aim - 40), min(len(keys), aim + 40))}
        return any(
            shortens(key, keys[k]) or (shortens(keys[k], key) and key[:3] == keys[k][:3]) for k in sorted(around)
        )

    @cached_property
    def _openings(self) -> tuple[str, str, dict[str, set[str]]]:
        """The initials of all words of the original, those of its items, and its content words by their initials."""
        a = self.pair.a
        words: dict[str, set[str]] = {}
        for kind, key in zip(a.kinds, a.keys, strict=True):
            if kind in {WORD, "name"}:
                words.setdefault(key[:1], set()).add(key)
        every = "".join(word[0] for word in _WORDS.findall(self.original.lower()))
        return every, "".join(key[:1] for key in a.keys), words

    def _initials(self, letters: str) -> bool:
        """Whether words of the original that follow each other begin with these letters, or one word has them in their order."""
        every, items, words = self._openings
        if letters in every or letters in items:
            return True
        return any(len(word) > len(letters) and _within(letters, word) for word in words.get(letters[0], ()))


def _within(letters: str, word: str) -> bool:
    """Whether a word has these letters in their order."""
    at = 0
    for letter in letters:
        at = word.find(letter, at) + 1
        if at == 0:
            return False
    return True


def _ranks(links: list[int]) -> list[int]:
    """Position of each matched item among the matched ones."""
    ranks, rank = [0] * len(links), 0
    for at, other in enumerate(links):
        ranks[at] = rank
        rank += other >= 0
    return ranks


def _beside(links: list[int]) -> tuple[list[int], list[int]]:
    """For each item the nearest matched items before and after it; -1 where none."""
    count = len(links)
    left, right = [-1] * count, [-1] * count
    near = -1
    for at in range(count):
        left[at] = near
        if links[at] >= 0:
            near = at
    near = -1
    for at in range(count - 1, -1, -1):
        right[at] = near
        if links[at] >= 0:
            near = at
    return left, right


def _distance(places: list[int], aim: int) -> int:
    at = bisect_left(places, aim)
    return min(abs(place - aim) for place in places[max(0, at - 1) : at + 1])


__all__ = ["ANCHORS", "Findings"]
