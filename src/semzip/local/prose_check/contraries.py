"""Words that were replaced by their contrary: open by closed, accept by reject."""

from __future__ import annotations

import re
from types import MappingProxyType

from semzip.local.facts.items import Scan
from semzip.local.facts.opposites import CONTRARIES
from semzip.local.facts.terms import WORD, stem
from semzip.local.prose_check.findings import Findings

_REACH = 4
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


_OPPOSED = MappingProxyType(_opposed())


def opposed(one: str, other: str) -> bool:
    """Whether two keys say the contrary of each other."""
    return other in _OPPOSED.get(one, ())


def check(found: Findings) -> None:
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


def _denied(items: Scan, at: int) -> bool:
    """Whether a negation or an exception stands beside an item."""
    near = range(max(0, at - 3), min(len(items.kinds), at + 5))
    return any(
        (items.kinds[k] == "negation" or items.keys[k] in _EXCEPT) and items.sentences[k] == items.sentences[at]
        for k in near
    )
