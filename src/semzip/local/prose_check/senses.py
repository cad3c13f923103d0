"""Negations, conditions, bounds, directions, quantifiers, units and sources: each beside the words that it governs."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from types import MappingProxyType

from attrs import frozen

from semzip.local.facts import lexicon
from semzip.local.facts.terms import WORD, stem
from semzip.local.prose_check import additions, contraries
from semzip.local.prose_check.counterparts import ANCHORS, shortens
from semzip.local.prose_check.findings import Findings

_SENSES = frozenset({"negation", "condition", "bound", "direction", "quantifier", "unit", "attribution"})
_ROUNDS = (0, 2, 8)
_TIED = frozenset({"negation", WORD})
"""What belongs to words of its own sentence."""
_PROHIBITS = re.compile(
    r"(?:prohibit|forbid|forbad|refus|reject|den[iy]|disallow|unable|impossible|illegal|invalid)", re.IGNORECASE
)
_CLOSE = 5
_DENIED = MappingProxyType({">": "<=", "<": ">=", ">=": "<", "<=": ">"})
"""What a bound says under a "not"."""
_POUNDS = {"lb", "GBP"}
"""Both are pounds."""
_REQUIRED = re.compile(r"\b(?:must|requires?|required|needs?|needed|only|mandatory|necessary)\b", re.IGNORECASE)
_AGE = re.compile(r"\b(?:age[ds]?|aging|younger|older|child(?:ren)?|adults?)\b", re.IGNORECASE)
_AGED = re.compile(r"[+≥≤<>(,]|\b(?:under|over|above|below|from)\b|\bage|\d$", re.IGNORECASE)
_THENS = frozenset({"→", "⇒", "=>", ":", "="})
"""What says "then", and so stands behind what was said after "if"."""
_ALLOWED = re.compile(r"[^.;|\n]{0,60}?\b(?:may|can|allowed|permitted|authori[sz]ed|eligible|valid)\b", re.IGNORECASE)
_MOST_SAID = re.compile(r"[<≤]|\b(?:deadline|due|latest|maximum|max|limit|cap|under|below|up|most|within|by|until|before|less|fewer)\b", re.IGNORECASE)
_LEAST_SAID = re.compile(
    r"\d[\w.,]*\s?\+|[>≥]|\b(?:min|minimum|over|above|past|beyond|plus|exceed\w*|least|from|since|after|more)\b", re.IGNORECASE
)
_WITHOUT = re.compile(r"w/o|without|sans", re.IGNORECASE)
_DIFFERENT = re.compile(r"[^.;|\n]{2,40}, (?:when|where|which|who|whose)\b", re.IGNORECASE)
"""An exception of which is said how it differs: that says it is one."""
_SIGNS = re.compile(r"→|⇒|=>|:(?!\d)")
_NEAR = 3
_ELSEWHERE = -2
_MOST = 0.6
_TAIL = re.compile(r"[^.|;\n]{0,2}")
_RANGE = 4
"""Characters between two numbers of a range: -20…55, 20 to 30."""
_ADJACENT = 2
"""A direction further off than this belongs to something else."""
_CLASHES = MappingProxyType({
    "all": frozenset({"some", "few", "most", "many"}), "most": frozenset({"few", "some", "all"}),
    "few": frozenset({"many", "most", "all"}), "many": frozenset({"few", "all"}), "always": frozenset({"some", "few"}),
    "some": frozenset({"all", "always", "most"}),
})  # fmt: skip
"""Quantifiers that cannot stand for each other."""
_LIST = frozenset({"and", "or", ",", "/", "-", "–", "×", "to", "→"})
_SPARED_UNITS = frozenset({"AD", "x", "am", "CENT", "cent_yr"})
_ANSWERS = MappingProxyType({
    "no": re.compile(r"[∅⊥✗≠≤≥]|\b(?:drop|remov|discontinu|cancel|ceas|former|gone)\w*|\bn/a\b|\bmax\w*|\b(?:" + "|".join(sorted(w for w in lexicon.WEAK_NEGATIONS if w.isalpha())) + r")\b", re.IGNORECASE),
    "if": re.compile(
        r"[→⇒:?∀=@]|=>|\bat\b|\b(?:when|whenever|where|wherever|once|given|upon|case|while|assuming|depend\w*|should|would|whether|cond\w*"
        r"|requires?|req\w*|needs?|until|or|with|w/|for|on|after|under|over|above|below|voids?|means?|triggers?|causes?|results?)\b",
        re.IGNORECASE,
    ),
    "only": re.compile(
        r"\b(?:sole\w*|single|exclusive\w*|just|alone|limited|mere\w*|unique\w*|no other|restrict\w*|until|unless|must)\b|[∃!=]",
        re.IGNORECASE,
    ),
    "except": re.compile(r"\b(?:clos\w*|shut|but|excl\w*|besides|save|only|minus|non\w*|unless|not|no)\b|[¬(-]|n['’]t\b|\bw/o", re.IGNORECASE),
    "unless": re.compile(r"\b(?:exception\w*|prior|except|excl\w*|only|until|or|else)\b", re.IGNORECASE),
    "until": re.compile(r"[-–→<≤:]|\b(?:to|thru|through|by|before|pre\w*|up|end\w*|when|then|only)\b", re.IGNORECASE),
    "otherwise": re.compile(r"[:|/,;]|\b(?:or|else|not)\b", re.IGNORECASE),
})  # fmt: skip
_DENYING = frozenset({"no", "unless", "except", "only", "only if"})
_LIMITING = re.compile(
    r"\s+(?:[^\W\d]+(?:ed|en|s|le|id|ing)\s+)?(?:if|when|after|before|for|by|with|on|in|inside|outside|between|within|once|until|upon|from|at|during"
    r"|through|under|where|those|while)\b",
    re.IGNORECASE,
)


@frozen
class _Place:
    """Where a sense word should stand in the other text: the items from `low` to `high`."""

    low: int
    high: int


def check(found: Findings) -> None:
    """Report every sense word that was lost, turned round or added."""
    a, b = found.pair.a, found.pair.b
    places: dict[tuple[str, str], list[int]] = {}
    fresh = {j for j, kind in enumerate(b.kinds) if kind in _SENSES}
    for j in sorted(fresh):
        places.setdefault((b.kinds[j], b.keys[j]), []).append(j)
    waiting = [i for i, kind in enumerate(a.kinds) if kind in _SENSES or (kind == WORD and _is_weak(found, i))]
    for reach in _ROUNDS:
        rest: list[int] = []
        for i in waiting:
            if reach > _ADJACENT and a.kinds[i] == "direction":
                rest.append(i)
                continue
            if a.kinds[i] == "bound":
                j = _beside_number(found, i, places.get(("bound", a.keys[i]), []), fresh)
                if j != _ELSEWHERE:
                    if j >= 0:
                        fresh.discard(j)
                    else:
                        rest.append(i)
                    continue
            sense = ("negation", "no") if a.kinds[i] == WORD else (a.kinds[i], a.keys[i])
            j = _nearest(found, places.get(sense, []), i, reach, fresh)
            if j < 0:
                rest.append(i)
            else:
                fresh.discard(j)
        waiting = rest
    for i in waiting:
        if a.kinds[i] == WORD:
            _weak_lost(found, i, fresh)
    waiting = [i for i in waiting if a.kinds[i] != WORD]
    for i in waiting:
        _lost(found, i, fresh, places)
    missed = {i for i in waiting if i in found.lost or i in found.soft}
    additions.check(found, sorted(fresh), missed)


def _is_weak(found: Findings, i: int) -> bool:
    """Whether a word that says "not" in its own way is gone; a "no" of the compressed text may stand for it."""
    pair = found.pair
    if pair.to[i] >= 0 or pair.a.keys[i] in pair.spread:
        return False
    word = found.original[pair.a.starts[i] : pair.a.ends[i]].lower()
    return word in lexicon.WEAK_NEGATIONS or additions.DENIES.fullmatch(word) is not None


def _nearest(found: Findings, places: list[int], i: int, reach: int, fresh: set[int]) -> int:
    """The free place for sense word `i` closest to the words beside it, if within `reach` of touching them."""
    if not places:
        return -1
    a, b, to, left, right = found.pair.a, found.pair.b, found.pair.to, found.left[i], found.right[i]
    count = len(b.keys)
    if left < 0 and right < 0:
        at = bisect_left(places, i * count // len(to))
        return next((j for j in places[max(0, at - 2) : at + 2] if j in fresh), -1)
    low = to[left] if left >= 0 else -1
    high = to[right] if right >= 0 else count
    best, distance = -1, reach + 1
    inside = {b.sentences[to[c]] for c in (left, right) if c >= 0} if a.kinds[i] in _TIED else None
    for aim in (low, high):
        at = bisect_left(places, aim)
        for j in places[max(0, at - 2) : at + 2]:
            if j not in fresh or (inside is not None and b.sentences[j] not in inside):
                continue
            if low < j < high and high - low <= 6:
                off = 0
            else:
                off = min(abs(j - low - 1) if left >= 0 else 99, abs(high - 1 - j) if right >= 0 else 99)
                off += (left >= 0 and j < low) or (right >= 0 and j > high)
            if off < distance:
                best, distance = j, off
    return best


def _number(found: Findings, i: int) -> int:
    """The number that bound `i` limits, or -1."""
    kinds = found.pair.a.kinds
    return next((k for k in (i + 1, i + 2, i - 1, i - 2) if 0 <= k < len(kinds) and kinds[k] in {"number", "date"}), -1)


def _beside_number(found: Findings, i: int, places: list[int], fresh: set[int]) -> int:
    """The free place for bound `i` beside its number; -1 if there is none, _ELSEWHERE if the number is not found."""
    number = _number(found, i)
    at = found.pair.to[number] if number >= 0 else -1
    if at < 0:
        return _ELSEWHERE
    near = [j for j in places if j in fresh and abs(j - at) <= _ADJACENT]
    return min(near, key=lambda j: abs(j - at), default=-1)


def _place(found: Findings, i: int) -> _Place | None:
    """Where item `i` should be, if a word right beside it survived."""
    pair = found.pair
    left, right = found.left[i], found.right[i]
    mine = pair.a.sentences[i]
    aims = [
        pair.to[c]
        for c, off in ((right, right - i), (left, i - left))
        if c >= 0 and off <= _NEAR and pair.a.sentences[c] == mine
    ]
    if not aims:
        return None
    low, high = min(aims), max(aims)
    return _Place(low, high) if high - low <= 8 else _Place(aims[0] - 3, aims[0])


def _span(found: Findings, place: _Place, margin: int = 1) -> tuple[int, int]:
    """First character of a place in the compressed text, and one past its last."""
    b = found.pair.b
    low, high = max(0, place.low), min(len(b.keys) - 1, place.high)
    for _ in range(margin):
        low -= low > 0 and b.sentences[low - 1] == b.sentences[low]
        high += high + 1 < len(b.keys) and b.sentences[high + 1] == b.sentences[high]
    tail = _TAIL.match(found.compressed, b.ends[high])
    return max(0, b.starts[low] - 2), tail.end() if tail else b.ends[high]


def _text(found: Findings, place: _Place, margin: int = 1) -> str:
    start, end = _span(found, place, margin)
    return found.compressed[start:end]


def _around(found: Findings, i: int) -> str:
    """The original text around item `i`, without it."""
    a = found.pair.a
    low, high = max(0, i - 3), min(len(a.keys) - 1, i + 3)
    return found.original[a.starts[low] : a.starts[i]] + " " + found.original[a.ends[i] : a.ends[high]]


def _lost(found: Findings, i: int, fresh: set[int], places: dict[tuple[str, str], list[int]]) -> None:
    """Blame the loss of sense word `i`, unless its surroundings are gone too or something else says the same."""
    a, b = found.pair.a, found.pair.b
    kind, key = a.kinds[i], a.keys[i]
    place = _place(found, i)
    if place is None:
        if kind == "condition" and _clause_gone(found, i):
            found.lose(kind, i)
        else:
            found.soften(i)
        return
    rivals = [
        j for j in range(max(0, place.low - 2), min(len(b.keys), place.high + 3)) if j in fresh and b.kinds[j] == kind
    ]
    if kind == "unit":
        _unit(found, i, fresh, places)
    elif kind == "bound":
        _bound(found, i, [b.keys[j] for j in rivals])
    elif kind == "negation":
        _negation(found, i, place, fresh)
    elif kind == "condition":
        _condition(found, i, place, [b.keys[j] for j in rivals], fresh)
    elif key == "all" and i and a.kinds[i - 1] == "negation":
        found.soften(i)
    elif any(b.keys[j] == lexicon.OPPOSITE.get(key) or b.keys[j] in _CLASHES.get(key, ()) for j in rivals):
        found.lose(kind, i)
    else:
        found.soften(i)


def _limits(found: Findings, i: int, j: int) -> bool:
    """Whether the bound `j` limits a number that follows item `i`: not warmer than 40 as ≤40."""
    back = found.pair.back
    return j + 1 < len(back) and i < back[j + 1] <= i + 6


def _clause_gone(found: Findings, i: int) -> bool:
    """Whether what a condition was said of survives, and nothing of the condition does."""
    a, to = found.pair.a, found.pair.to
    clause: list[int] = []
    rest: list[int] = []
    inside = True
    for k in range(i + 1, len(a.keys)):
        if a.sentences[k] != a.sentences[i]:
            break
        inside = inside and a.links[k] != ","
        if a.kinds[k] in ANCHORS:
            (clause if inside else rest).append(k)
    for k in range(i - 1, -1, -1):
        if a.sentences[k] != a.sentences[i]:
            break
        if a.kinds[k] in ANCHORS:
            rest.append(k)
    kept = sum(to[k] >= 0 for k in rest)
    gone = sum(
        to[k] < 0 and a.keys[k] not in found.pair.spread and not found.near(a.keys[k], k, _CLOSE) for k in clause
    )
    told = any(to[k] >= 0 and a.kinds[k] != WORD and len(found.have[a.keys[k]]) == 1 for k in clause)
    return gone > 0 and not told and gone >= _MOST * len(clause) and kept >= 2 and kept >= _MOST * len(rest)


def _answered(found: Findings, i: int, place: _Place, key: str, fresh: set[int]) -> bool:
    """Whether the compressed text says `key` in another way, by words that say nothing else of the original."""
    answer = _ANSWERS.get(key)
    if answer is None:
        return False
    pair, b = found.pair, found.pair.b
    there = {said.lower() for said in answer.findall(_around(found, i))}
    start, end = _span(found, place)
    clause = _clause(found, i)
    after = b.starts[clause] if clause >= 0 else 0
    for said in answer.finditer(found.compressed, start, end):
        j = bisect_right(b.starts, said.start()) - 1
        if j >= 0 and b.ends[j] > said.start():
            taken = pair.back[j] >= 0 if b.kinds[j] not in _SENSES else j not in fresh
            if not taken and not (said.group() in "≤≥" and not _limits(found, i, j)):
                return True
        elif said.group().lower() not in there and not (key == "if" and said.start() < after and said.group() in _THENS):
            return True
    return False


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


def _weak_lost(found: Findings, i: int, fresh: set[int]) -> None:
    """Blame the loss of a word such as "prohibited" where what it denies survives around its place."""
    a, to = found.pair.a, found.pair.to
    place = _place(found, i)
    if place is None or not _PROHIBITS.match(found.original, a.starts[i]):
        return
    if any(0 <= k < len(to) and to[k] < 0 and a.kinds[k] in ANCHORS for k in (i - 1, i + 1)):
        return
    b = found.pair.b
    denied = any(
        j in fresh if b.kinds[j] in _SENSES else (found.pair.back[j] < 0 and _denies(found, i, j))
        for j in range(max(0, place.low - 4), min(len(b.keys), place.high + 5))
    )
    if not denied:
        found.lose("negation", i)


def _negation(found: Findings, i: int, place: _Place, fresh: set[int]) -> None:
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
    number = _number(found, bound) if bound >= 0 else -1
    if number >= 0 and found.pair.to[number] >= 0 and _said(found, i, found.pair.to[number], most=a.keys[bound][0] == ">"):
        found.soften(i)
        return
    if _REQUIRED.search(_text(found, place, 3)) and any(
        a.keys[k] in {"unless", "until", "no"} and k != i and a.sentences[k] == a.sentences[i]
        for k in range(max(0, i - 8), min(len(a.keys), i + 9))
    ):
        found.soften(i)
        return
    paired = found.original[a.starts[i] : a.ends[i]].lower() in {"nor", "neither", "weder"}
    others = [k for k in range(max(0, i - 8), min(len(a.kinds), i + 9)) if k != i and a.kinds[k] == "negation"]
    if _answered(found, i, place, "no", fresh) or (paired and others):
        found.soften(i)
    else:
        found.lose("negation", i)


def _condition(found: Findings, i: int, place: _Place, rivals: list[str], fresh: set[int]) -> None:
    a, b = found.pair.a, found.pair.b
    key = a.keys[i]
    if _clause_gone(found, i):
        found.lose("condition", i)
        return
    if key == "when":
        found.soften(i)
        return
    span = range(max(0, place.low - 2), min(len(b.keys), place.high + 4))
    if key == "unless" and any(j in fresh and _WITHOUT.match(found.compressed, b.starts[j]) for j in span):
        found.soften(i)
        return
    if key == "except" and _DIFFERENT.match(found.original, a.ends[i]):
        found.soften(i)
        return
    denied = any(
        a.kinds[k] == "negation" and found.pair.a.sentences[k] == a.sentences[i] for k in range(max(0, i - 8), i)
    )
    if key == "unless" and denied and _REQUIRED.search(_text(found, place, 3)):
        found.soften(i)
        return
    if rivals:
        denied = any(j in fresh and b.kinds[j] == "negation" for j in span)
        positive = any(a.kinds[k] == "negation" for k in range(i, min(len(a.keys), i + 4)))
        if (
            (key == "unless" and rivals == ["if"] and denied)
            or (key == "if" and rivals == ["unless"] and positive)
            or key in rivals
            or {key, *rivals} <= {"except", "unless", "only"}
            or (key.startswith("only") and rivals[0].startswith("only"))
        ):
            found.soften(i)
        else:
            found.lose("condition", i)
        return
    shared = a.links[i] in _LIST and any(
        a.keys[k] == key and a.sentences[k] == a.sentences[i] for k in range(max(0, i - 12), i)
    )
    if (
        shared
        or (key == "only" and not _limiting(found, i))
        or key == "otherwise"
        or _answered(found, i, place, key, fresh)
        or _arrow(found, i, place)
    ):
        found.soften(i)
    else:
        found.lose("condition", i)


def _clause(found: Findings, i: int) -> int:
    """Where the first of the next few words after item `i` stands in the compressed text, or -1."""
    a, to = found.pair.a, found.pair.to
    near = range(i + 1, min(len(to), i + 5))
    return min((to[k] for k in near if to[k] >= 0 and a.sentences[k] == a.sentences[i]), default=-1)


def _limiting(found: Findings, i: int) -> bool:
    """Whether an "only" limits who may do something, or when and where."""
    start, end = found.pair.a.starts[i], found.pair.a.ends[i]
    text = found.original
    return bool(
        _LIMITING.match(text, end) or _ALLOWED.match(text, end) or text[max(0, start - 4) : start].lower() == "use "
    )


def _arrow(found: Findings, i: int, place: _Place) -> bool:
    """Whether an arrow after the condition says "then"."""
    if found.pair.a.keys[i] != "if":
        return False
    b = found.pair.b
    clause = _clause(found, i)
    start = clause if clause >= 0 else max(0, place.high)
    end = start
    while end + 1 < len(b.keys) and end < start + 10 and b.sentences[end + 1] == b.sentences[start]:
        end += 1
    text = found.compressed[b.starts[start] : b.ends[end] + 4] if start < len(b.keys) else ""
    return not _THENS.isdisjoint(_SIGNS.findall(text))


def _said(found: Findings, i: int, at: int, *, most: bool) -> bool:
    """Whether a word beside number `at` of the compressed text says "at most", or "at least", as bound `i` does."""
    b = found.pair.b
    beside = at > 0 and b.sentences[at - 1] == b.sentences[at]
    start = max(0, b.starts[at] - (30 if beside else 6))
    start = max(start, max(found.compressed.rfind(mark, start, b.starts[at]) for mark in "|;\n") + 1)
    answer = _MOST_SAID if most else _LEAST_SAID
    there = {said.lower() for said in answer.findall(_around(found, i))}
    text = found.compressed[start : b.ends[at] + 14]
    return any(said.lower() not in there for said in answer.findall(text))


def _bound(found: Findings, i: int, rivals: list[str]) -> None:
    a, b, to = found.pair.a, found.pair.b, found.pair.to
    key = a.keys[i]
    number = _number(found, i)
    inside = found.original[a.starts[i] : a.ends[i]].lower() == "within"
    if rivals:
        denied = any(found.pair.a.kinds[k] == "negation" for k in range(max(0, i - 4), i))
        if (denied and _DENIED.get(key) in rivals) or inside or key in rivals or key == "~" or "~" in rivals:
            found.soften(i)
        else:
            found.lose("bound", i)
    elif key == "~" or number < 0 or to[number] < 0 or inside:
        found.soften(i)
    else:
        at = to[number]
        denied = any(a.kinds[k] == "negation" for k in range(max(0, i - 3), i))
        if _said(found, i, at, most=(key[0] == "<") != denied):
            found.soften(i)
        else:
            found.lose("bound", i)


def _unit(found: Findings, i: int, fresh: set[int], places: dict[tuple[str, str], list[int]]) -> None:
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
    if ordinal and before and lexicon.UNITS.get(before[-1].lower()) == a.keys[i]:
        found.soften(i)
        return
    if any(k in fresh and {a.keys[i], b.keys[k]} == _POUNDS for k in beside):
        found.soften(i)
        return
    same = places.get(("unit", a.keys[i]), [])
    if not any(k in fresh for k in beside):
        if any(k in fresh and abs(k - j) <= 8 for k in same):
            found.soften(i)
            return
        at = j
        while (
            at + 1 < len(b.keys)
            and at < j + 12
            and (
                b.links[at + 1] in _LIST
                or b.kinds[at + 1] in {"unit", "date"}
                or (b.kinds[at + 1] == "number" and b.starts[at + 1] - b.ends[at] <= _RANGE)
            )
        ):
            at += 1
            if at in same:
                found.soften(i)
                return
    found.lose("unit", i)
