"""Lost conditions: the word is gone, or the clause that it began."""

from __future__ import annotations

import re

from semzip.local.facts.terms import WORD
from semzip.local.prose_check import paraphrases, places
from semzip.local.prose_check.counterparts import ANCHORS
from semzip.local.prose_check.findings import Findings

_CLOSE = 5
_GUARDS = frozenset({"only", "only if", "when"})
"""What may stand for "until" where it was denied."""
_NO_CONDITION = re.compile(
    r", while\b|[^,;(]\s+provided\s+(?!that\b|the\b|th(?:is|ey|ese)\b|it\b|you\b|he\b|she\b|we\b|no)", re.IGNORECASE
)
"""A contrast, and the verb that gives."""
_MOST = 0.6
_ALLOWED = re.compile(r"[^.;|\n]{0,90}?\b(?:may|can|allowed|permitted|authori[sz]ed|eligible|valid)\b", re.IGNORECASE)
_WITHOUT = re.compile(r"w/o|without|sans", re.IGNORECASE)
_DIFFERENT = re.compile(r"[^.;|\n]{2,40}, (?:when|where|which|who|whose)\b", re.IGNORECASE)
"""An exception of which is said how it differs: that says it is one."""
_WITH = re.compile(r"\bw/\s*(?:an? )?$", re.IGNORECASE)
_IFF = re.compile(r"iff\b|only\b", re.IGNORECASE)
_SIGNS = re.compile(r"→|⇒|=>|:(?!\d)")
_LIMITING = re.compile(
    r"\s+(?:[^\W\d]+(?:ed|en|s|le|id|ing)\s+)?(?:if|when|after|before|for|by|with|on|in|inside|outside|between|within|to|once|until|upon|from|at|during"
    r"|through|under|where|those|while)\b",
    re.IGNORECASE,
)


def clause_gone(found: Findings, i: int) -> bool:
    """Whether what a condition was said of survives, and nothing of the condition does."""
    a, to = found.pair.a, found.pair.to
    if _NO_CONDITION.match(found.original, max(0, a.starts[i] - 2)) or (found.retold and a.keys[i] == "when"):
        return False
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
    return (
        gone > 0
        and not told
        and gone >= _MOST * len(clause)
        and kept >= (2 if found.retold else 1)
        and kept >= _MOST * len(rest)
    )


def check_lost(found: Findings, i: int, place: places.Place, rivals: list[str], fresh: set[int]) -> None:
    a, b = found.pair.a, found.pair.b
    key = a.keys[i]
    if (not rivals or (key == "until" and set(rivals) <= _GUARDS)) and paraphrases.says(found, i, place):
        found.soften(i)
        return
    if clause_gone(found, i):
        found.lose("condition", i)
        return
    if key == "when" or _NO_CONDITION.match(found.original, max(0, a.starts[i] - 2)):
        found.soften(i)
        return
    span = range(max(0, place.low - 2), min(len(b.keys), place.high + 4))
    if key == "unless" and any(j in fresh and _WITHOUT.match(found.compressed, b.starts[j]) for j in span):
        found.soften(i)
        return
    if key == "except" and _DIFFERENT.match(found.original, a.ends[i]):
        found.soften(i)
        return
    if key == "unless" and _refused(found, i, fresh):
        found.soften(i)
        return
    denied = any(
        a.kinds[k] == "negation" and found.pair.a.sentences[k] == a.sentences[i] for k in range(max(0, i - 8), i)
    )
    if key == "unless" and denied and places.REQUIRED.search(places.text_at(found, place, 3)):
        found.soften(i)
        return
    if key == "unless" and denied and any(_IFF.match(found.compressed, b.starts[j]) for j in span if j in fresh):
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
            or {key, *rivals} == {"if", "when"}
            or (key.startswith("only") and rivals[0].startswith("only"))
        ):
            found.soften(i)
        else:
            found.lose("condition", i)
        return
    shared = a.links[i] in places.LIST and any(
        a.keys[k] == key and a.sentences[k] == a.sentences[i] for k in range(max(0, i - 12), i)
    )
    if (
        shared
        or (key == "only" and not _limiting(found, i) and (found.retold or a.kinds[i + 1 : i + 2] == ["number"]))
        or key == "otherwise"
        or places.answered(found, i, place, key, fresh)
        or _arrow(found, i, place)
    ):
        found.soften(i)
    else:
        found.lose("condition", i)


def _refused(found: Findings, i: int, fresh: set[int]) -> bool:
    """Whether a new "no" before the clause and an arrow behind it say "unless"."""
    b = found.pair.b
    clause = places.clause_start(found, i)
    if clause < 0 or not any(j in fresh and b.kinds[j] == "negation" for j in range(max(0, clause - 2), clause)):
        return False
    end = clause
    while end + 1 < len(b.keys) and end < clause + 8 and b.sentences[end + 1] == b.sentences[clause]:
        end += 1
    return not places.THENS.isdisjoint(_SIGNS.findall(found.compressed[b.starts[clause] : b.ends[end]]))


def _limiting(found: Findings, i: int) -> bool:
    """Whether an "only" limits who may do something, or when and where."""
    start, end = found.pair.a.starts[i], found.pair.a.ends[i]
    text = found.original
    return bool(
        _LIMITING.match(text, end) or _ALLOWED.match(text, end) or text[max(0, start - 4) : start].lower() == "use "
    )


def _arrow(found: Findings, i: int, place: places.Place) -> bool:
    """Whether an arrow after the condition says "then", or "w/" before it "if"."""
    if found.pair.a.keys[i] != "if":
        return False
    b = found.pair.b
    clause = places.clause_start(found, i)
    start = clause if clause >= 0 else max(0, place.high)
    end = start
    while end + 1 < len(b.keys) and end < start + 10 and b.sentences[end + 1] == b.sentences[start]:
        end += 1
    if clause >= 0 and _WITH.search(found.compressed, max(0, b.starts[clause] - 14), b.starts[clause]):
        a = found.pair.a
        return "with" not in found.original[a.ends[i] : a.starts[max(i, found.pair.back[clause])]]
    text = found.compressed[b.starts[start] : b.ends[end] + 4] if start < len(b.keys) else ""
    return not places.THENS.isdisjoint(_SIGNS.findall(text))
