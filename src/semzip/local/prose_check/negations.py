"""Lost negations: gone, or said in another way."""

from __future__ import annotations

import re

from semzip.local.facts import lexicon
from semzip.local.facts.terms import WORD, stem
from semzip.local.prose_check import additions, amounts, contraries, places
from semzip.local.prose_check.counterparts import ANCHORS, shortens
from semzip.local.prose_check.findings import Findings

_PROHIBITS = re.compile(
    r"(?:prohibit|forbid|forbad|refus|reject|den[iy]|disallow|unable|impossible|illegal|invalid)", re.IGNORECASE
)
_DENYING = frozenset({"no", "unless", "except", "only", "only if"})


def is_weak(found: Findings, i: int) -> bool:
    """Whether a word that says "not" in its own way is gone; a "no" of the compressed text may stand for it."""
    pair = found.pair
    if pair.to[i] >= 0 or pair.a.keys[i] in pair.spread:
        return False
    word = found.original[pair.a.starts[i] : pair.a.ends[i]].lower()
    return word in lexicon.WEAK_NEGATIONS or additions.DENIES.fullmatch(word) is not None


def _denies(found: Findings, i: int, j: int) -> bool:
    """Whether the new word `j` says "not" by itself, or by what it adds to a word beside item `i`: able, unable."""
    a, b = found.pair.a, found.pair.b
    word = found.compressed[b.starts[j] : b.ends[j]].lower()
    if word in lexicon.WEAK_NEGATIONS or additions.DENIES.fullmatch(word):
        return True
    if any(contraries.opposed(a.keys[k], b.keys[j]) for k in range(max(0, i - 3), min(len(a.keys), i + 4))):
        return True
    prefix = additions.PREFIXED.fullmatch(word)
    return prefix is not None and any(
        shortens(a.keys[k], stem(prefix.group(1))) or shortens(stem(prefix.group(1)), a.keys[k])
        for k in range(max(0, i - 4), min(len(a.keys), i + 6))
    )


def check_weak(found: Findings, i: int, fresh: set[int]) -> None:
    """Blame the loss of a word such as "prohibited" where what it denies survives around its place."""
    a, to = found.pair.a, found.pair.to
    place = places.expected(found, i)
    if place is None or not _PROHIBITS.match(found.original, a.starts[i]):
        return
    if any(0 <= k < len(to) and to[k] < 0 and a.kinds[k] in ANCHORS for k in (i - 1, i + 1)):
        return
    b = found.pair.b
    denied = any(
        j in fresh if b.kinds[j] in places.SENSES else (found.pair.back[j] < 0 and _denies(found, i, j))
        for j in range(max(0, place.low - 4), min(len(b.keys), place.high + 5))
    )
    if not denied:
        found.lose("negation", i)


def check_lost(found: Findings, i: int, place: places.Place, fresh: set[int]) -> None:
    a, b = found.pair.a, found.pair.b
    inside = {b.sentences[k] for k in (place.low, place.high) if 0 <= k < len(b.keys)}
    for j in range(max(0, place.low - 4), min(len(b.keys), place.high + 5)):
        if b.sentences[j] not in inside:
            continue
        if b.kinds[j] == WORD and j not in found.said and b.keys[j] not in found.have and _denies(found, i, j):
            found.said.add(j)
            found.soften(i)
            return
        if j in fresh and b.kinds[j] in {"negation", "condition"} and b.keys[j] in _DENYING:
            found.soften(i)
            return
    bound = next((k for k in range(i + 1, min(len(a.kinds), i + 4)) if a.kinds[k] == "bound"), -1)
    number = amounts.number_of(found, bound) if bound >= 0 else -1
    if (
        number >= 0
        and found.pair.to[number] >= 0
        and amounts.said_beside(found, i, found.pair.to[number], most=a.keys[bound][0] == ">")
    ):
        found.soften(i)
        return
    if places.REQUIRED.search(places.text_at(found, place, 3)) and any(
        a.keys[k] in {"unless", "until", "no"} and k != i and a.sentences[k] == a.sentences[i]
        for k in range(max(0, i - 8), min(len(a.keys), i + 9))
    ):
        found.soften(i)
        return
    paired = found.original[a.starts[i] : a.ends[i]].lower() in {"nor", "neither", "weder"}
    others = [k for k in range(max(0, i - 8), min(len(a.kinds), i + 9)) if k != i and a.kinds[k] == "negation"]
    if places.answered(found, i, place, "no", fresh) or (paired and others):
        found.soften(i)
    else:
        found.lose("negation", i)
