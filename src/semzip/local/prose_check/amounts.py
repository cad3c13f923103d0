"""Lost bounds and units: beside the number that they belong to."""

from __future__ import annotations

import re
from types import MappingProxyType

from semzip.local.facts import lexicon, units
from semzip.local.facts.terms import WORD
from semzip.local.prose_check import measures, places
from semzip.local.prose_check.findings import Findings

_DENIED = MappingProxyType({">": "<=", "<": ">=", ">=": "<", "<=": ">"})
"""What a bound says under a "not"."""
_POUNDS = {"lb", "GBP"}
"""Both are pounds."""
_AGE = re.compile(r"\b(?:age[ds]?|aging|younger|older|child(?:ren)?|adults?)\b", re.IGNORECASE)
_AGED = re.compile(r"[+≥≤<>(,]|\b(?:under|over|above|below|from)\b|\bage|\d$", re.IGNORECASE)
_MOST_SAID = re.compile(
    r"[<≤]|\b(?:deadline|due|latest|maximum|max|limit|cap|capacity|ceiling|quota|under|below|up|most|within|by|until|before|pre|less|fewer)\b",
    re.IGNORECASE,
)
_LEAST_SAID = re.compile(
    r"\d[\w.,]*\s?\+|[>≥]|\b(?:min|minimum|over|above|past|beyond|plus|exceed\w*|least|from|since|after|more|earliest|onwards?)\b",
    re.IGNORECASE,
)
ADJACENT = 2
_AGAIN = 10
"""A direction, or the bound of a number, further off than this belongs to something else."""
ELSEWHERE = -2
_SPAN = re.compile(r"\d[^\d.;|]{0,6}?\s?(?:to|–|-|…)\s?[$€£]?$")
_SPANS = re.compile(r"[^\d.;|]{0,6}?\s?(?:to|–|-|…)\s?[$€£]?\d")
_LEADING = re.compile(r"\b(?:lead\w*|led|runn?\w*|ran|buil\w*)\s+$", re.IGNORECASE)
"""What goes "up to" something without a limit."""
_RANGE = 4
"""Characters between two numbers of a range: -20…55, 20 to 30."""
_WORDS = re.compile(r"[^\W\d_]+|[\d,;.|\n]")
_STOPS = frozenset("0123456789,;.|\n") | {"and", "or"}
_BEHIND = 24
"""Characters behind a number in which its unit may stand: 3 claim-free yr."""
_SPANNED = frozenset({"→", "–", "-", "/", "(", "⇒", ">", "<", "±"})
_PARALLEL = 16
_COMPARED = re.compile(
    r"\b(?:against|versus|vs\.?|compared (?:to|with)|than|rather than|instead of) (?:(?:about|approximately|around|only|just|some|nearly) )?[~≈]?$"
)
"""Before a number that shares the unit of the one that it is compared with."""
_AND, _IN = re.compile(r"\b(?:and|or|but|then) $|, $"), re.compile(r" (?:in|for|during|on|by|from) ")
_LISTED = 8
"""Items before a number among which the unit that it shares may stand."""
_NEAR = 4
"""Items on either side of a bound among which a "not" is about it."""
_DENIERS = lexicon.words(
    "prohibit prohibits prohibited forbid forbids forbidden ban bans banned bar barred refuse refuses refused unlikely prevent prevents prevented unable"
)
_EXCEEDED = re.compile(
    r"\b(?:exceed\w*|beyond|(?:above|over|past|after|more than) (?:that|this|it|which))\b", re.IGNORECASE
)
_NEXT_CLAUSE = 90
"""Characters behind a limit in which it may be said what happens beyond it."""
_AGES = ("older", "younger")
"""What is older than a year is from before it."""
_ABSENT = frozenset({"no", "without", "none", "w/o"})
"""Negations of what they stand before: wine but no meat."""
PRIMES = MappingProxyType({
    "'": {"ft", "min"}, "’": {"ft", "min"}, "′": {"ft", "min"}, '"': {"in", "s"}, "”": {"in", "s"}, "″": {"in", "s"},
})  # fmt: skip
"""Units that a sign behind a number may stand for: 5'3", 12°30′."""
_SPARED_UNITS = frozenset({"AD", "x", "am", "CENT", "cent_yr"})


def number_of(found: Findings, i: int) -> int:
    """The number that bound `i` limits, or -1."""
    kinds = found.pair.a.kinds
    return next((k for k in (i + 1, i + 2, i - 1, i - 2) if 0 <= k < len(kinds) and kinds[k] in {"number", "date"}), -1)


def beside_number(found: Findings, i: int, spots: list[int], fresh: set[int]) -> int:
    """The free place for bound `i` beside its number; -1 if there is none, ELSEWHERE if the number is not found."""
    number = number_of(found, i)
    at = found.pair.to[number] if number >= 0 else -1
    if at < 0:
        return ELSEWHERE
    near = [j for j in spots if j in fresh and abs(j - at) <= ADJACENT]
    return min(near, key=lambda j: abs(j - at), default=-1)


def said_beside(found: Findings, i: int, at: int, *, most: bool) -> bool:
    """Whether a word beside number `at` of the compressed text says "at most", or "at least", as bound `i` does."""
    b = found.pair.b
    beside = at > 0 and b.sentences[at - 1] == b.sentences[at]
    start = max(0, b.starts[at] - (30 if beside else 6))
    start = max(start, max(found.compressed.rfind(mark, start, b.starts[at]) for mark in "|;\n") + 1)
    answer = _MOST_SAID if most else _LEAST_SAID
    there = {said.lower() for said in answer.findall(places.around(found, i))}
    text = (
        found.compressed[start : b.ends[at]]
        + re.split(r"[;|\n]|\. ", found.compressed[b.ends[at] : b.ends[at] + 26])[0]
    )
    return any(said.lower() not in there for said in answer.findall(text))


def check_bound(found: Findings, i: int, rivals: list[str]) -> None:
    a, to = found.pair.a, found.pair.to
    key = a.keys[i]
    number = number_of(found, i)
    inside = found.original[a.starts[i] : a.ends[i]].lower() == "within"
    if key == "<=" and _LEADING.search(found.original, max(0, a.starts[i] - 14), a.starts[i]):
        found.soften(i)
        return
    denied = _denied(found, i)
    if rivals:
        turned = _DENIED.get(key) in rivals and (
            denied or _EXCEEDED.search(found.original, a.ends[i], a.ends[i] + _NEXT_CLAUSE) is not None
        )
        if turned or inside or key in rivals or key == "~" or "~" in rivals:
            found.soften(i)
        else:
            found.lose("bound", i)
    elif key == "~" or number < 0 or to[number] < 0 or inside or _in_range(found, i, to[number]):
        found.soften(i)
    else:
        at = to[number]
        dated = a.kinds[number] == "date" or "cent_yr" in a.keys[number : number + 2]
        denied ^= dated and found.original[a.starts[i] : a.ends[i]].lower().removeprefix("no ").startswith(_AGES)
        if said_beside(found, i, at, most=(key[0] == "<") != denied):
            found.soften(i)
        else:
            found.lose("bound", i)


def _denied(found: Findings, i: int) -> bool:
    """Whether the clause of bound `i` denies, near it: must not carry more than; what is over 40 t may not pass, if the
    compressed text no longer says that "not".
    """
    a = found.pair.a
    for step in (-1, 1):
        for k in range(i + step, i + step * (_NEAR + 1), step):
            if not 0 <= k < len(a.keys) or a.sentences[k] != a.sentences[i]:
                break
            if "," in found.original[a.ends[min(k, k - step)] : a.starts[max(k, k - step)]]:
                break
            if step < 0 and a.kinds[k] == "negation":
                return True
            word = found.original[a.starts[k] : a.ends[k]].lower()
            if (a.kinds[k] == "negation" and word not in _ABSENT) or (a.kinds[k] == WORD and word in _DENIERS):
                return not _still_denied(found, i, word)
    return False


def _still_denied(found: Findings, i: int, word: str) -> bool:
    """Whether the compressed text denies, by a "not" or by this word, in the sentence that the number of bound `i` stands in."""
    number = number_of(found, i)
    at = found.pair.to[number] if number >= 0 else -1
    b = found.pair.b
    if at < 0:
        return True
    near = range(max(0, at - 2 * _NEAR), min(len(b.keys), at + 2 * _NEAR + 1))
    return any(
        b.sentences[k] == b.sentences[at]
        and (b.kinds[k] == "negation" or found.compressed[b.starts[k] : b.ends[k]].lower() == word)
        for k in near
    )


def _in_range(found: Findings, i: int, at: int) -> bool:
    """Whether number `at` ends a range on the side that bound `i` limits: at least 45 and at most 60 as 45 to 60."""
    a, b = found.pair.a, found.pair.b
    other = {">", ">="} if a.keys[i][0] == "<" else {"<", "<="}
    near = range(max(0, i - 6), min(len(a.keys), i + 7))
    partner = next((k for k in near if a.kinds[k] == "bound" and a.keys[k] in other), -1)
    if partner < 0:
        return False
    most = (a.keys[i][0] == "<") != (_denied(found, i) or _denied(found, partner))
    if most:
        return _SPAN.search(found.compressed, max(0, b.starts[at] - 16), b.starts[at]) is not None
    return _SPANS.match(found.compressed, b.ends[at]) is not None


def _unit_behind(found: Findings, j: int, key: str) -> bool:
    """Whether a word behind number `j`, with nothing but words between, is its unit: 3 claim-free yr."""
    end = found.pair.b.ends[j]
    for word in _WORDS.findall(found.compressed, end, end + _BEHIND):
        if word in _STOPS:
            return False
        if units.UNITS.get(word.lower()) == key:
            return True
    return False


def _shared(found: Findings, j: int, same: list[int]) -> bool:
    """Whether a number before number `j`, of the same span, has one of the units `same`: €80–88M, 38 mg (limit 50)."""
    b = found.pair.b
    for at in range(j, max(0, j - _LISTED), -1):
        if at - 1 in same:
            return any(b.links[k] in _SPANNED for k in range(at, j + 1))
        if b.kinds[at - 1] == "unit" or b.sentences[at - 1] != b.sentences[j]:
            return False
    return False


def _parallel(found: Findings, i: int, j: int, same: list[int]) -> bool:
    """Whether a sentence that gave its unit twice compares by it now: 129 million pounds, against 107 million."""
    a, b = found.pair.a, found.pair.b
    start, end = max(0, b.starts[j] - 40), b.ends[j]
    listed = _AND.search(found.compressed, start, b.starts[j]) and _IN.match(found.compressed, end)
    if not listed and _COMPARED.search(found.compressed, start, b.starts[j]) is None:
        return False
    twice = any(
        k != i and a.keys[k] == a.keys[i] and a.kinds[k] == "unit" and a.sentences[k] == a.sentences[i]
        for k in range(max(0, i - _PARALLEL), min(len(a.keys), i + _PARALLEL))
    )
    return twice and any(b.sentences[k] == b.sentences[j] and k < j and j - k <= _PARALLEL for k in same)


def check_unit(found: Findings, i: int, fresh: set[int], spots: dict[tuple[str, str], list[int]]) -> None:
    """A unit is lost where its number survived with another unit, or with none."""
    pair, a, b = found.pair, found.pair.a, found.pair.b
    leads = i + 1 < len(a.kinds) and a.starts[i + 1] == a.ends[i]
    around = (i + 1, i - 1) if leads else (i - 1, i + 1)
    number = next((k for k in around if 0 <= k < len(a.kinds) and a.kinds[k] == "number" and pair.to[k] >= 0), -1)
    aged = a.keys[i] == "yr" and found.original[a.ends[i] :].startswith((" old", "-old", " of age"))
    aged = aged or (
        a.keys[i] == "yr" and _AGE.search(found.original, max(0, a.starts[i] - 60), a.starts[i]) is not None
    )
    if number < 0 or a.keys[i] in _SPARED_UNITS:
        found.soften(i)
        return
    j = pair.to[number]
    said = found.compressed[max(0, b.starts[j] - 12) : b.ends[j] + 4]
    if aged and not any(b.kinds[k] == "unit" for k in range(j, min(j + 2, len(b.kinds)))) and _AGED.search(said):
        found.soften(i)
        return
    if a.keys[i] in PRIMES.get(found.compressed[b.ends[j] : b.ends[j] + 1], ()):
        found.soften(i)
        return
    beside = [k for k in (j - 1, j + 1) if 0 <= k < len(b.kinds) and b.kinds[k] == "unit"]
    before = found.compressed[max(0, b.starts[j] - 12) : b.starts[j]].split()
    ordinal = found.original[a.starts[number] : a.ends[number]].lower().endswith(("st", "nd", "rd", "th", "second"))
    if ordinal and a.keys[i] == "d":
        found.soften(i)
        return
    if ordinal and any(
        a.keys[k] == a.keys[i] and a.kinds[k] == "unit" and pair.to[k - 1] >= 0 for k in range(max(1, i - _AGAIN), i)
    ):
        found.soften(i)
        return
    whole = measures.amount(a, number)
    if whole and any(":" in key and measures.amount(b, k) == whole for k, key in enumerate(b.keys)):
        found.soften(i)
        return
    if ordinal and before and units.UNITS.get(before[-1].lower()) == a.keys[i]:
        found.soften(i)
        return
    if any(k in fresh and {a.keys[i], b.keys[k]} == _POUNDS for k in beside):
        found.soften(i)
        return
    if not beside and _unit_behind(found, j, a.keys[i]):
        found.soften(i)
        return
    same = spots.get(("unit", a.keys[i]), [])
    if not any(k in fresh for k in beside):
        if any(k in fresh and abs(k - j) <= 8 for k in same):
            found.soften(i)
            return
        if _shared(found, j, same) or _parallel(found, i, j, same):
            found.soften(i)
            return
        at = j
        while (
            at + 1 < len(b.keys)
            and at < j + 12
            and (
                b.links[at + 1] in places.LIST
                or b.kinds[at + 1] in {"unit", "date"}
                or (b.kinds[at + 1] == "number" and b.starts[at + 1] - b.ends[at] <= _RANGE)
            )
        ):
            at += 1
            if at in same:
                found.soften(i)
                return
    found.lose("unit", i)
