"""Lost bounds and units: beside the number that they belong to."""

from __future__ import annotations

import re
from types import MappingProxyType

from semzip.local.facts import units
from semzip.local.prose_check import places
from semzip.local.prose_check.findings import Findings

_DENIED = MappingProxyType({">": "<=", "<": ">=", ">=": "<", "<=": ">"})
"""What a bound says under a "not"."""
_POUNDS = {"lb", "GBP"}
"""Both are pounds."""
_AGE = re.compile(r"\b(?:age[ds]?|aging|younger|older|child(?:ren)?|adults?)\b", re.IGNORECASE)
_AGED = re.compile(r"[+≥≤<>(,]|\b(?:under|over|above|below|from)\b|\bage|\d$", re.IGNORECASE)
_MOST_SAID = re.compile(
    r"[<≤]|\b(?:deadline|due|latest|maximum|max|limit|cap|capacity|ceiling|quota|under|below|up|most|within|by|until|before|less|fewer)\b",
    re.IGNORECASE,
)
_LEAST_SAID = re.compile(
    r"\d[\w.,]*\s?\+|[>≥]|\b(?:min|minimum|over|above|past|beyond|plus|exceed\w*|least|from|since|after|more)\b",
    re.IGNORECASE,
)
ADJACENT = 2
"""A direction, or the bound of a number, further off than this belongs to something else."""
ELSEWHERE = -2
_SPAN = re.compile(r"\d[^\d.;|]{0,6}?\s?(?:to|–|-|…)\s?[$€£]?$")
_SPANS = re.compile(r"[^\d.;|]{0,6}?\s?(?:to|–|-|…)\s?[$€£]?\d")
_LEADING = re.compile(r"\b(?:lead\w*|led|runn?\w*|ran|buil\w*)\s+$", re.IGNORECASE)
"""What goes "up to" something without a limit."""
_RANGE = 4
"""Characters between two numbers of a range: -20…55, 20 to 30."""
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
    text = found.compressed[start : b.ends[at] + 14]
    return any(said.lower() not in there for said in answer.findall(text))


def check_bound(found: Findings, i: int, rivals: list[str]) -> None:
    a, to = found.pair.a, found.pair.to
    key = a.keys[i]
    number = number_of(found, i)
    inside = found.original[a.starts[i] : a.ends[i]].lower() == "within"
    if key == "<=" and _LEADING.search(found.original, max(0, a.starts[i] - 14), a.starts[i]):
        found.soften(i)
        return
    if rivals:
        denied = any(found.pair.a.kinds[k] == "negation" for k in range(max(0, i - 4), i))
        if (denied and _DENIED.get(key) in rivals) or inside or key in rivals or key == "~" or "~" in rivals:
            found.soften(i)
        else:
            found.lose("bound", i)
    elif key == "~" or number < 0 or to[number] < 0 or inside or _in_range(found, i, to[number]):
        found.soften(i)
    else:
        at = to[number]
        denied = any(a.kinds[k] == "negation" for k in range(max(0, i - 3), i))
        if said_beside(found, i, at, most=(key[0] == "<") != denied):
            found.soften(i)
        else:
            found.lose("bound", i)


def _in_range(found: Findings, i: int, at: int) -> bool:
    """Whether number `at` ends a range on the side that bound `i` limits: at least 45 and at most 60 as 45 to 60."""
    a, b = found.pair.a, found.pair.b
    most = a.keys[i][0] == "<"
    other = {">", ">="} if most else {"<", "<="}
    if not any(a.kinds[k] == "bound" and a.keys[k] in other for k in range(max(0, i - 6), min(len(a.keys), i + 7))):
        return False
    if most:
        return _SPAN.search(found.compressed, max(0, b.starts[at] - 16), b.starts[at]) is not None
    return _SPANS.match(found.compressed, b.ends[at]) is not None


def check_unit(found: Findings, i: int, fresh: set[int], spots: dict[tuple[str, str], list[int]]) -> None:
    """A unit is lost where its number survived with another unit, or with none."""
    pair, a, b = found.pair, found.pair.a, found.pair.b
    number = next(
        (k for k in (i - 1, i + 1) if 0 <= k < len(a.kinds) and a.kinds[k] == "number" and pair.to[k] >= 0), -1
    )
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
    beside = [k for k in (j - 1, j + 1) if 0 <= k < len(b.kinds) and b.kinds[k] == "unit"]
    before = found.compressed[max(0, b.starts[j] - 12) : b.starts[j]].split()
    ordinal = found.original[a.starts[number] : a.ends[number]].lower().endswith(("st", "nd", "rd", "th", "second"))
    if ordinal and a.keys[i] == "d":
        found.soften(i)
        return
    if ordinal and before and units.UNITS.get(before[-1].lower()) == a.keys[i]:
        found.soften(i)
        return
    if any(k in fresh and {a.keys[i], b.keys[k]} == _POUNDS for k in beside):
        found.soften(i)
        return
    same = spots.get(("unit", a.keys[i]), [])
    if not any(k in fresh for k in beside):
        if any(k in fresh and abs(k - j) <= 8 for k in same):
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
