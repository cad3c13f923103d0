"""Lost negations: gone, or said in another way."""

from __future__ import annotations

import re

from semzip.local.facts import lexicon, polarity
from semzip.local.facts.terms import WORD, stem
from semzip.local.prose_check import additions, amounts, contraries, paraphrases, places
from semzip.local.prose_check.counterparts import ANCHORS, shortens
from semzip.local.prose_check.findings import Findings

_PROHIBITS = re.compile(
    r"(?:prohibit|forbid|forbad|refus|reject|den[iy]|disallow|unable|impossible|illegal|invalid|fail(?:s|ed|ing)? to\b)",
    re.IGNORECASE,
)
_COMPARED = re.compile(r"[^.;]{0,30}?\b(\w{3,}er|more|less)\s+than\s+(?:about\s+)?[$€£]?", re.IGNORECASE)
_DOUBLY = re.compile(r"(?:un|in|im|ir|il|dis)-?(\w{4,})", re.IGNORECASE)
_ONCE = re.compile(r"\b(?:once|after|when|as soon as)\b", re.IGNORECASE)
_GUARD = re.compile(r"\b(?:unless|until|without|w/o)\b", re.IGNORECASE)
"""What says of a guard that it opens, and what says that it shuts."""
_EVEN = re.compile(r" even\b", re.IGNORECASE)
_ELLIPTIC = re.compile(r"\s*(?:[.;,:)]|$)")
_CHANGED = re.compile(r"→|\b(?:became|become|now|once|ex|shift\w*|transform\w*|chang\w*|replac\w*)\b", re.IGNORECASE)
_AS = re.compile(
    r"\s+(?:nearly |quite |even )?(?:as|so) (?:\w+ ){1,3}?(?:\w+ )?(?:in [^.;]{0,40})?\bas\b", re.IGNORECASE
)
_LESS = re.compile(r"[<≪]|\b(?:less|lower|smaller|weaker|fewer|below|behind|inferior|\w{3,}er)\b", re.IGNORECASE)
_WIDE = 5
_BACK = 6
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
    if polarity.denies(word):
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
    if found.retold and "negation" in a.kinds[max(0, i - 3) : i]:
        return
    b = found.pair.b
    denied = any(
        j in fresh and b.kinds[j] in {"negation", "condition"}
        if b.kinds[j] in places.SENSES
        else (found.pair.back[j] < 0 and _denies(found, i, j))
        for j in range(max(0, place.low - 4), min(len(b.keys), place.high + 5))
    )
    if not denied:
        found.lose("negation", i)


def _bounded(found: Findings, i: int) -> bool:
    """Whether a comparison that was denied is a bound now: not faster than 50 as at most 50."""
    a, to = found.pair.a, found.pair.to
    said = _COMPARED.match(found.original, a.ends[i])
    if said is None:
        return False
    number = next((k for k in range(i + 1, min(len(a.keys), i + 7)) if a.starts[k] >= said.end()), -1)
    if number < 0 or a.kinds[number] not in {"number", "date"} or to[number] < 0:
        return False
    return amounts.said_beside(found, i, to[number], most=not said.group(1).lower().startswith(lexicon.FEWER))


def _prefixed(found: Findings, i: int, place: places.Place) -> bool:
    """Whether two denials went together: not infinite as finite, not without risk as risky."""
    a, b = found.pair.a, found.pair.b
    for k in range(i + 1, min(len(a.keys), i + 3)):
        said = _DOUBLY.fullmatch(found.original[a.starts[k] : a.ends[k]].lower())
        if said is None or a.sentences[k] != a.sentences[i] or found.pair.to[k] >= 0:
            continue
        root = stem(said.group(1))
        for j in range(max(0, place.low - 4), min(len(b.keys), place.high + 5)):
            if found.pair.back[j] < 0 and b.keys[j] == root and root not in found.have:
                return True
    return False


def _idle(found: Findings, i: int, place: places.Place) -> bool:
    """Whether a denial adds nothing to a retelling: it is said again elsewhere, went with its word, or became a comparison or a change."""
    a, to = found.pair.a, found.pair.to
    if not found.retold:
        return False
    word = found.original[a.starts[i] : a.ends[i]].lower()
    ahead = next((k for k in range(i + 1, len(to)) if a.kinds[k] in ANCHORS or a.sentences[k] != a.sentences[i]), -1)
    if ahead < 0 or a.sentences[ahead] != a.sentences[i]:
        return _ELLIPTIC.match(found.original, a.ends[i]) is not None and any(
            a.sentences[k] == a.sentences[i] and to[k] >= 0 for k in range(max(0, i - _BACK), i)
        )
    if word == "non" and to[ahead] < 0:
        return True
    if _EVEN.match(found.original, a.ends[i]) and any(
        a.kinds[k] == "negation" and a.sentences[k] == a.sentences[i] for k in range(max(0, i - 8), i)
    ):
        return True
    if any(
        k != ahead and to[k] >= 0 and a.kinds[k - 1] == "negation" and k - 1 != i
        for k in found.have[a.keys[ahead]]
        if k
    ):
        return True
    text = places.text_at(found, place, _WIDE)
    if word in {"no longer", "nicht mehr"}:
        return _CHANGED.search(text) is not None
    return _AS.match(found.original, a.ends[i]) is not None and _LESS.search(text) is not None


def check_lost(found: Findings, i: int, place: places.Place, fresh: set[int]) -> None:
    """Blame the loss of negation `i`, unless the compressed text denies the same in another way about `place`."""
    if (
        _denied(found, i, place, fresh)
        or _guarded(found, i, place)
        or _bound(found, i)
        or _prefixed(found, i, place)
        or _bounded(found, i)
        or _paired(found, i)
        or _idle(found, i, place)
        or paraphrases.says(found, i, place)
    ):
        found.soften(i)
    else:
        found.lose("negation", i)


def _denied(found: Findings, i: int, place: places.Place, fresh: set[int]) -> bool:
    """Whether a new word about the place says "not", or a sense word that stands for nothing else does."""
    b = found.pair.b
    if places.answered(found, i, place, "no", fresh):
        return True
    inside = {b.sentences[k] for k in (place.low, place.high) if 0 <= k < len(b.keys)}
    for j in range(max(0, place.low - 4), min(len(b.keys), place.high + 5)):
        if b.sentences[j] not in inside and not found.retold:
            continue
        if b.kinds[j] == WORD and j not in found.said and b.keys[j] not in found.have and _denies(found, i, j):
            found.said.add(j)
            return True
        if j in fresh and b.kinds[j] in {"negation", "condition"} and b.keys[j] in _DENYING:
            return True
    return False


def _bound(found: Findings, i: int) -> bool:
    """Whether a denied bound is the bound that it means: not more than 5 as ≤5."""
    a = found.pair.a
    bound = next((k for k in range(i + 1, min(len(a.kinds), i + 4)) if a.kinds[k] == "bound"), -1)
    number = amounts.number_of(found, bound) if bound >= 0 else -1
    at = found.pair.to[number] if number >= 0 else -1
    return at >= 0 and amounts.said_beside(found, i, at, most=a.keys[bound][0] == ">")


def _guarded(found: Findings, i: int, place: places.Place) -> bool:
    """Whether what is denied unless something holds is now required, or open once it holds."""
    a, said = found.pair.a, places.text_at(found, place, 3)
    if not places.REQUIRED.search(said) and (not _ONCE.search(said) or _GUARD.search(said)):
        return False
    near = range(max(0, i - 8), min(len(a.keys), i + 9))
    return any(a.keys[k] in {"unless", "until", "no"} and k != i and a.sentences[k] == a.sentences[i] for k in near)


def _paired(found: Findings, i: int) -> bool:
    """Whether this is a nor or a neither beside another negation."""
    a = found.pair.a
    if found.original[a.starts[i] : a.ends[i]].lower() not in {"nor", "neither", "weder"}:
        return False
    return any(k != i and a.kinds[k] == "negation" for k in range(max(0, i - 8), min(len(a.kinds), i + 9)))
