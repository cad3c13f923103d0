"""Words that were replaced by their contrary: open by closed, accept by reject."""

from __future__ import annotations

import re
from itertools import permutations
from types import MappingProxyType

from semzip.local.facts.items import Scan
from semzip.local.facts.opposites import COMPARED, CONTRARIES, TIMES
from semzip.local.facts.terms import WORD, stem
from semzip.local.prose_check.findings import Findings

_REACH = 4
_WIDE = 8
_DENIALS = re.compile(
    r"\b(?:too|un(?!der|it|ion|iv|til)\w+|fail\w*|cease\w*|stop\w*|lack\w*|los[ets]\w*|den[iy]\w*|refus\w*|prevent\w*|remov\w*|hardly|barely|"
    r"rarely|few|little|rather|instead|differ\w*|than)\b",
    re.IGNORECASE,
)
_LONE = 2
"""Items next to a word that has a known neighbour on one side only."""
_SAYING = frozenset({WORD, "direction", "quantifier", "bound", "name", "number", "unit", "condition"})
_TIMED = frozenset(word for side in TIMES for word in side)
_EXCEPT = frozenset({"except", "unless"})
_PREFIX = re.compile(r"(?:un|in|im|ir|il|dis)(?=\w{4})")
_REFUSES = re.compile(r"refus|reject|den[iy]|forb|prohib|disallow|absent|fail|un|in|dis|il", re.IGNORECASE)


def _opposed() -> dict[str, set[str]]:
    out: dict[str, set[str]] = {}
    for sides in CONTRARIES:
        one, other = ({stem(word) for word in side} for side in sides)
        for key in one - other:
            out.setdefault(key, set()).update(other - one)
        for key in other - one:
            out.setdefault(key, set()).update(one - other)
    return out


def _contrary() -> dict[str, frozenset[str]]:
    out: dict[str, set[str]] = {}
    for sides in (*CONTRARIES, *COMPARED, TIMES):
        for one, other in permutations(sides, 2):
            for word in one - other:
                out.setdefault(word, set()).update(other - one)
    return {word: frozenset(others) for word, others in out.items()}


_CONTRARY = MappingProxyType(_contrary())
_OPPOSED = MappingProxyType(_opposed())


def opposed(one: str, other: str) -> bool:
    """Whether two keys say the contrary of each other."""
    return other in _OPPOSED.get(one, ())


def check(found: Findings) -> None:
    """Report every word that was replaced by its contrary."""
    _replaced(found)
    _fenced(found)


def _replaced(found: Findings) -> None:
    """Report every word in whose place its contrary stands, unless one of the two is denied."""
    pair, a, b = found.pair, found.pair.a, found.pair.b
    for i, key in enumerate(a.keys):
        if a.kinds[i] != WORD or pair.to[i] >= 0 or key in pair.spread:
            continue
        prefix = _PREFIX.match(key)
        if prefix is not None and any(
            pair.back[j] < 0 and b.keys[j] == key[prefix.end() :] and b.keys[j] not in found.have
            for j in found.slot(i, _REACH)
        ):
            if not _denied(a, i):
                found.lose("negation", i)
            continue
        if key not in _OPPOSED:
            continue
        for j in found.slot(i, _REACH):
            if pair.back[j] < 0 and opposed(key, b.keys[j]) and _denied(a, i) == _denied(b, j):
                found.lose("direction", i)
                if _REFUSES.match(found.original, a.starts[i]) or _REFUSES.match(found.compressed, b.starts[j]):
                    found.lose("negation", i)
                break


def _fenced(found: Findings) -> None:
    """Report a contrary between two words that survive side by side around the word itself, of whatever kind the two are."""
    pair, a, b = found.pair, found.pair.a, found.pair.b
    for j in range(len(b.keys)):
        if pair.back[j] >= 0 or b.kinds[j] not in _SAYING:
            continue
        said = found.compressed[b.starts[j] : b.ends[j]].lower()
        contrary = _CONTRARY.get(said) or _CONTRARY.get(said.split()[0]) or frozenset()
        before, after = found.left_b[j], found.right_b[j]
        near = [before >= 0 and j - before <= _REACH, after >= 0 and after - j <= _REACH]
        first = pair.back[before] if near[0] and (b.sentences[before] == b.sentences[j] or not near[1]) else -1
        last = pair.back[after] if near[1] and (b.sentences[after] == b.sentences[j] or first < 0) else -1
        if first < 0 and last < 0:
            continue
        first = first if first >= 0 else last - _LONE
        last = last if last >= 0 else first + _LONE
        if not 1 < last - first <= _REACH + 1:
            continue
        there = range(max(0, first + 1), min(len(a.keys), last))
        words = {k: found.original[a.starts[k] : a.ends[k]].lower() for k in there}
        if said in words.values():
            continue
        beside = {
            found.compressed[b.starts[k] : b.ends[k]].lower()
            for k in range(max(0, j - _LONE), j + _LONE + 1)
            if k < len(b.keys)
        }
        for i, word in words.items():
            if word in beside or a.kinds[i] not in _SAYING or i in found.lost:
                continue
            if word in _TIMED and "unit" in {a.kinds[i], b.kinds[j]}:
                continue
            prefixed = _prefixed(word, said) or (_prefixed(said, word) and not _denying(found, i))
            if (word in contrary or word.split()[0] in contrary or prefixed) and _denied(a, i) == _denied(b, j):
                found.lose("negation" if prefixed else "unit" if word in _TIMED else "direction", i)
                break


def _prefixed(word: str, said: str) -> bool:
    """Whether the compressed text says a word without the prefix that says "not"."""
    prefix = _PREFIX.match(word)
    return prefix is not None and word[prefix.end() :] == said


def _denying(found: Findings, i: int) -> bool:
    """Whether anything in the sentence of item `i` says "not" about it."""
    a = found.pair.a
    inside = [k for k in range(max(0, i - _WIDE), min(len(a.keys), i + _WIDE)) if a.sentences[k] == a.sentences[i]]
    text = found.original[a.starts[inside[0]] : a.ends[inside[-1]]]
    return any(a.kinds[k] == "negation" for k in inside) or _DENIALS.search(text) is not None


def _denied(items: Scan, at: int) -> bool:
    """Whether a negation or an exception stands beside an item."""
    near = range(max(0, at - 3), min(len(items.kinds), at + 5))
    return any(
        (items.kinds[k] == "negation" or items.keys[k] in _EXCEPT) and items.sentences[k] == items.sentences[at]
        for k in near
    )
