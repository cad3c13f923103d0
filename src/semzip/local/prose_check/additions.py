"""Negations, conditions, bounds and units that the compressed text has and the original does not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import MappingProxyType

from semzip.local.facts import polarity, spellings, units
from semzip.local.facts.terms import WORD
from semzip.local.prose_check import amounts
from semzip.local.prose_check.counterparts import ANCHORS
from semzip.local.prose_check.findings import Findings

DENIES = re.compile(
    r"un(?!it|iq|ion|iv|ti|der|cle)\w{3,}|non-?\w{3,}|\w{3,}(?:less|free)|im(?:possib|proper|perfect|matur|mun)\w*"
    r"|in(?:suffic|adequa|valid|accura|correct|complet|activ|visib|sensitiv|frequent|effectiv|elig|able|abil|accessib)\w*"
    r"|il(?:legal|legib|logic)\w*|ir(?:regular|relevan|revers|respons)\w*|dis(?:allow|approv|abl|agree|regard|continu)\w*",
    re.IGNORECASE,
)
"""Words that say "not" by their beginning or end."""
PREFIXED = re.compile(r"(?:in|im|ir|il|dis|mis|anti|de)-?(\w{3,})", re.IGNORECASE)
"""Words that may, if what remains of them was said."""
_IDIOMS = frozenset(spellings.IDIOMS.values())
_COUNTS = frozenset({"number", "date"})
_GROUNDS = MappingProxyType({
    "negation": re.compile(
        r"\b(?:rather than|instead of|unlike|differ\w*|disagree\w*|correct\w*|contrast|contrary|against"
        r"|too \w+ (?:\w+ ){0,4}to)\b",
        re.IGNORECASE,
    ),
    "bound": re.compile(
        r"\b(?:more|less|over|under|above|below|least|most|up|max\w*|min\w*|exceed\w*|fewer|greater|limit\w*|beyond|within"
        r"|before|after|prior|earlier|later|newer|older|younger|as (?:much|many|long|high|low)|within|about|nearly|almost|roughly|approx\w*|than|past|plus|or|over|cap(?:ped|s)?|ceiling|restrict\w*|allow\w*|upwards?|onwards?)\b|[<>≥≤~≈+]",
        re.IGNORECASE,
    ),
    "if": re.compile(
        r"\b(?:if|when\w*|where\w*|once|case|provid\w*|depend\w*|should|would|could|whether|unless|as long|assum\w*|given"
        r"|even|until|requir\w*|falls|wenn|sobald|were|may|any|who|whose)\b|\?",
        re.IGNORECASE,
    ),
    "only": re.compile(
        r"\b(?:only|just|sole\w*|single|exclusive\w*|alone|limit\w*|mere\w*|must|unless|until|except\w*|no|not|none|unique\w*"
        r"|one|restrict\w*|nur|bloß)\b|n['’]t\b",
        re.IGNORECASE,
    ),
    "unless": re.compile(
        r"\b(?:unless|except\w*|exclu\w*|absent|but|other|apart|aside|save|without|if|besides|only|not|no|außer)\b", re.IGNORECASE
    ),
    "until": re.compile(r"\b(?:until|to|through\w*|up|till|before|by|end\w*|as of|last\w*|bis)\b|[–—-]", re.IGNORECASE),
})  # fmt: skip
"""What in the original a rewrite may have turned into such a word."""
_DISPUTED = re.compile(r"\b(?:disagree\w*|disput\w*|refut\w*|den(?:y|ie[ds]|ying)|contradict\w*)\b", re.IGNORECASE)
"""Verbs that deny all that is said in their sentence."""
_LEAST = re.compile(
    r"\b(?:more|over|above|least|min\w*|exceed\w*|greater|beyond|upwards?|onwards?|larger|longer|higher|older|later|from|plus|past|after|since)\b|[>≥+]",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"\b(?:less|under|below|most|up to|max\w*|fewer|within|limit\w*|cap(?:ped|s)?|ceiling|smaller|shorter|lower|younger|earlier|before|until|till|by|to)\b|[<≤]",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not?|never|cannot|without|unless|neither|nor|except\w*|exempt\w*|otherwise)\b|n['’]t\b", re.IGNORECASE
)
_EARLIEST = re.compile(r"\b(?:earliest|only)\b", re.IGNORECASE)
_ELSE = re.compile(r"\b(?:otherwise|else)[,:]?\s*$", re.IGNORECASE)
_BEFORE_THEN = re.compile(r"[^.;|\n]{0,50}?\b(until|before|unless|without|earlier than|later than)\b", re.IGNORECASE)
"""What follows a "not" that says "at the earliest", "only" or "required" the other way round."""
_ENDS = re.compile(r"(?:void|null|cancel|clos|lapse|expire|declin|refus|den[iy]|avoid|safe)", re.IGNORECASE)
"""Words that a rewrite may say by "not"."""
_DENIED_MORE = re.compile(
    r"(?:\b(?:not|no|never|cannot)\b|n['’]t\b)[^.;]{0,30}?\b(?:(?!few|less|low|ear|short|small|old)\w{3,}er|more) than\s*(?:about\s*)?[$€£]?$",
    re.IGNORECASE,
)
_SAID_BY = MappingProxyType({"only if": "only", "except": "unless"})
_AGED = re.compile(
    r"\b(?:age[ds]?|children|child|adults?|guests?|pupils?|old|older|younger|kids?|boys|girls)\b", re.IGNORECASE
)
_COINS = MappingProxyType({"s": ["shilling"], "d": ["pence", "penny"], "a": ["anna"]})
"""What a letter behind a number may be short for besides its unit."""
_PEOPLE = re.compile(r"\b(?:under|over)-?\d+$", re.IGNORECASE)
"""Before the s of "under-18s", which is no second."""
_AFTERWARDS = re.compile(
    r"[^\d.;|\n]{0,24}\b(?:(?:and|or) (?:under|over|above|below|less|more|fewer|older|younger|later|earlier|up)|upwards?|onwards?"
    r"|minimum|maximum|at (?:the )?(?:most|least|latest|earliest))\b",
    re.IGNORECASE,
)
"""A bound that stands behind its number."""
_DATED = MappingProxyType({
    "<=": re.compile(r"\b(?:by|until|till|due|deadline|latest|to)\W+(?:(?:the|on|is|of) )*$", re.IGNORECASE),
    ">=": re.compile(r"\b(?:from|since|starting|begin\w*|earliest)\W+(?:(?:the|on|is|of) )*$", re.IGNORECASE),
})  # fmt: skip
"""Before a date."""
_BEFORE, _BEHIND = 26, 12
"""Characters around a number in which a bound of it is said."""
_KINDS = frozenset({"negation", "condition", "bound"})


def check(found: Findings, fresh: Iterable[int], missed: set[int]) -> None:
    """Report the unmatched sense words `fresh` that nothing in the original accounts for.

    Args:
        found: The comparison so far.
        fresh: Items of the compressed text that were matched with none of the original, in their order.
        missed: Sense words of the original that were not found; one of them may have become another.
    """
    for j in fresh:
        kind = found.pair.b.kinds[j]
        if kind == "unit":
            _unit(found, j)
        elif kind in _KINDS:
            _word(found, j, missed)


def _word(found: Findings, j: int, missed: set[int]) -> None:
    pair, a, b = found.pair, found.pair.a, found.pair.b
    kind, key, said = b.kinds[j], b.keys[j], found.compressed[b.starts[j] : b.ends[j]].lower()
    if (
        said in {"≠", "non"}
        or key in {"~", "otherwise", "only", "when"}
        or (kind == "bound" and not _before_number(found, j))
    ):
        return
    near = [
        c
        for c in (found.left_b[j], found.right_b[j])
        if c >= 0 and abs(c - j) <= 2 and b.sentences[c] == b.sentences[j]
    ]
    aims = [pair.back[c] for c in near]
    if not aims:
        return
    if kind == "bound" and key[0] == ">" and _denied_more(found, j):
        found.invent(kind, j)
        return
    low, high = max(0, min(aims) - 3), min(len(a.keys) - 1, max(aims) + 3)
    if high - low > 16:
        low, high = max(0, aims[-1] - 4), min(len(a.keys) - 1, aims[-1] + 3)
    for i in range(low, high + 1):
        if a.kinds[i] == WORD and a.keys[i] in _IDIOMS:
            return
        if (i in missed and (a.kinds[i] in _GROUNDS or a.keys[i] in {"except", "unless", "only"})) or (
            kind != "negation" and a.kinds[i] == kind and a.keys[i] == b.keys[j]
        ):
            return
        if kind == "negation" and (a.kinds[i] in ANCHORS or a.kinds[i] == "direction") and pair.to[i] < 0:
            word = found.original[a.starts[i] : a.ends[i]]
            if polarity.denies(word) or DENIES.fullmatch(word) or _ENDS.match(word):
                return
    if kind != "negation":
        low, high = max(0, min(aims) - 1), min(len(a.keys) - 1, max(aims) + 1)
    ground = _GROUNDS[_SAID_BY.get(key, key) if kind == "condition" else kind]
    start, end = max(0, a.starts[low] - 8), a.ends[high] + 8
    if kind == "bound":
        number = next(
            pair.back[k] for k in (j + 1, j + 2) if k < len(b.kinds) and b.kinds[k] in _COUNTS and pair.back[k] >= 0
        )
        start, end = max(0, a.starts[number] - _BEFORE), a.ends[number] + _BEHIND
        if _turned(found.original[start : end + _BEHIND], key):
            found.invent(kind, j)
            return
        dated = _DATED.get(key)
        if dated and a.kinds[number] == "date" and dated.search(found.original, start, a.starts[number]):
            return
        if _AFTERWARDS.match(found.original, a.ends[number]):
            return
    if kind == "negation" and _turned_round(found, j, low, high):
        return
    if not ground.search(found.original, start, end):
        found.invent(kind, j)


def _turned(around: str, key: str) -> bool:
    """Whether what stands around a number limits it on the other side only: 25 or more, for a new "at most"."""
    own, other = (_MOST, _LEAST) if key[0] == "<" else (_LEAST, _MOST)
    return other.search(around) is not None and not own.search(around) and not _DENIED.search(around)


def _denied_more(found: Findings, j: int) -> bool:
    """Whether the original denies of the number behind bound `j` that there is more: not faster than 50."""
    a, b, back = found.pair.a, found.pair.b, found.pair.back
    number = next(back[k] for k in (j + 1, j + 2) if k < len(back) and b.kinds[k] in _COUNTS and back[k] >= 0)
    return _DENIED_MORE.search(found.original, max(0, a.starts[number] - 46), a.starts[number]) is not None


def _turned_round(found: Findings, j: int, low: int, high: int) -> bool:
    """Whether the original denies by a verb about items `low`..`high`, or says "only" where the new "not" says "not before"."""
    a, b = found.pair.a, found.pair.b
    first, last = low, high
    while first and a.sentences[first - 1] == a.sentences[low]:
        first -= 1
    while last + 1 < len(a.keys) and a.sentences[last + 1] == a.sentences[high]:
        last += 1
    start, end = a.starts[first], a.ends[last] + 14
    if _ELSE.search(found.compressed, max(0, b.starts[j] - 14), b.starts[j]):
        return _EARLIEST.search(found.original, start, end) is not None
    then = _BEFORE_THEN.match(found.compressed, b.ends[j])
    if then and then.group(1).lower() not in found.original[start:end].lower():
        return _EARLIEST.search(found.original, start, end) is not None
    return _DISPUTED.search(found.original, start, a.starts[high]) is not None


def _before_number(found: Findings, j: int) -> bool:
    """Whether a bound stands right before a number that the original has."""
    b, back = found.pair.b, found.pair.back
    return any(k < len(back) and b.kinds[k] in _COUNTS and back[k] >= 0 for k in (j + 1, j + 2))


def _unit(found: Findings, j: int) -> None:
    """A number that had no unit has one now."""
    pair, a, b = found.pair, found.pair.a, found.pair.b
    number = next(
        (k for k in (j - 1, j + 1) if 0 <= k < len(b.kinds) and b.kinds[k] == "number" and pair.back[k] >= 0), -1
    )
    plural = b.keys[j] == "s" and _PEOPLE.search(found.compressed, max(0, b.starts[j] - 12), b.starts[j])
    if number < 0 or b.keys[j] in {"x", "bp"} or b.keys[j] in found.have or plural:
        return
    i = pair.back[number]
    if b.keys[j] in amounts.PRIMES.get(found.original[a.ends[i] : a.ends[i] + 1], ()):
        return
    if any(a.kinds[k] == "unit" for k in (i - 1, i + 1) if 0 <= k < len(a.kinds)):
        return
    forms = [form for form, unit in units.UNITS.items() if unit == b.keys[j]]
    if b.keys[j] == "yr" and _AGED.search(found.original, max(0, a.starts[i] - 40), a.ends[i] + 30):
        return
    forms += _COINS.get(b.keys[j], [])
    forms += ["pound"] if b.keys[j] == "GBP" else []
    text = found.original[max(0, a.starts[i] - 60) : a.ends[i] + 60].lower()
    if not any(form in text for form in forms if len(form) > 2 or not form.isalpha()):
        found.invent("unit", j)
