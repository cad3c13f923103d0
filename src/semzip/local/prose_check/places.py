"""Where in the compressed text a word of the original should stand, and whether something there says the same."""

from __future__ import annotations

import re
from bisect import bisect_right
from types import MappingProxyType

from attrs import frozen

from semzip.local.facts import lexicon
from semzip.local.facts.terms import WORD
from semzip.local.prose_check.findings import Findings

SENSES = frozenset({"negation", "condition", "bound", "direction", "quantifier", "unit", "attribution"})
_NEAR = 3
_TAIL = re.compile(r"[^.|;\n]{0,2}")
THENS = frozenset({"→", "⇒", "=>", ":", "="})
"""What says "then", and so stands behind what was said after "if"."""
_ANSWERS = MappingProxyType({
    "no": re.compile(r"[∅⊥✗≠≤≥]|\b(?:otherwise|else)\b|\b(?:drop|remov|discontinu|cancel|ceas|former|gone)\w*|\bn/a\b|\bmax\w*|\b(?:" + "|".join(sorted(w for w in lexicon.WEAK_NEGATIONS if w.isalpha())) + r")\b", re.IGNORECASE),
    "if": re.compile(
        r"[→⇒:?∀=@≤≥<>]|=>|\bat\b|\bw/|\b(?:when|whenever|where|wherever|once|given|upon|case|while|assuming|depend\w*|should|would|whether|cond\w*"
        r"|requires?|req\w*|needs?|until|or|with|for|on|after|under|over|above|below|provided|voids?|means?|triggers?|causes?|results?)\b",
        re.IGNORECASE,
    ),
    "only": re.compile(
        r"\b(?:sole\w*|single|exclusive\w*|just|alone|limited|mere\w*|unique\w*|no other|restrict\w*|until|unless|must|requir\w*)\b|[∃!=]",
        re.IGNORECASE,
    ),
    "except": re.compile(r"\b(?:clos\w*|shut|but|exc|excl\w*|barring|beyond|sole\w*|waived?|exception\w*|besides|save|only|minus|non\w*|unless|not|no)\b|[¬(-]|n['’]t\b|\bw/o", re.IGNORECASE),
    "unless": re.compile(r"\bw/o|\b(?:exception\w*|prior|exc|barring|without|after|once|except|excl\w*|only|until|or|else)\b", re.IGNORECASE),
    "until": re.compile(r"[-–→<≤:]|\b(?:to|til|indefinite\w*|thru|through|by|before|pre\w*|up|end\w*|when|then|only)\b", re.IGNORECASE),
    "otherwise": re.compile(r"[:|/,;]|\b(?:or|else|not)\b", re.IGNORECASE),
})  # fmt: skip
LIST = frozenset({"and", "or", ",", "/", "-", "–", "×", "to", "→"})
"""What stands between the members of a list."""
REQUIRED = re.compile(r"\b(?:must|requires?|required|needs?|needed|only|mandatory|necessary)\b", re.IGNORECASE)
"""What says of a guard the other way round: only with, not without."""


@frozen
class Place:
    """Where a sense word should stand in the other text: the items from `low` to `high`."""

    low: int
    high: int


def expected(found: Findings, i: int) -> Place | None:
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
    return Place(low, high) if high - low <= 8 else Place(aims[0] - 3, aims[0])


def _span(found: Findings, place: Place, margin: int = 1) -> tuple[int, int]:
    """First character of a place in the compressed text, and one past its last."""
    b = found.pair.b
    low, high = max(0, place.low), min(len(b.keys) - 1, place.high)
    for _ in range(margin):
        low -= low > 0 and b.sentences[low - 1] == b.sentences[low]
        high += high + 1 < len(b.keys) and b.sentences[high + 1] == b.sentences[high]
    tail = _TAIL.match(found.compressed, b.ends[high])
    return max(0, b.starts[low] - 2), tail.end() if tail else b.ends[high]


def text_at(found: Findings, place: Place, margin: int = 1) -> str:
    start, end = _span(found, place, margin)
    return found.compressed[start:end]


def around(found: Findings, i: int) -> str:
    """The original text around item `i`, without it."""
    a = found.pair.a
    low, high = max(0, i - 3), min(len(a.keys) - 1, i + 3)
    return found.original[a.starts[low] : a.starts[i]] + " " + found.original[a.ends[i] : a.ends[high]]


def clause_start(found: Findings, i: int) -> int:
    """Where the first of the next few words after item `i` stands in the compressed text, or -1."""
    a, to = found.pair.a, found.pair.to
    near = range(i + 1, min(len(to), i + 5))
    return min((to[k] for k in near if to[k] >= 0 and a.sentences[k] == a.sentences[i]), default=-1)


def _limits(found: Findings, i: int, j: int) -> bool:
    """Whether the bound `j` limits a number that follows item `i`: not warmer than 40 as ≤40."""
    back = found.pair.back
    return j + 1 < len(back) and i < back[j + 1] <= i + 6


def answered(found: Findings, i: int, place: Place, key: str, fresh: set[int]) -> bool:
    """Whether the compressed text says `key` in another way, by words that say nothing else of the original."""
    answer = _ANSWERS.get(key)
    if answer is None:
        return False
    pair, b = found.pair, found.pair.b
    there = {said.lower() for said in answer.findall(around(found, i))}
    start, end = _span(found, place)
    clause = clause_start(found, i)
    after = b.starts[clause] if clause >= 0 else 0
    for said in answer.finditer(found.compressed, start, end):
        j = bisect_right(b.starts, said.start()) - 1
        if j >= 0 and b.ends[j] > said.start():
            taken = pair.back[j] >= 0 if b.kinds[j] not in SENSES else j not in fresh
            if key == "no" and b.kinds[j] == WORD:
                taken = taken or j in found.said
                found.said.add(j)
            if not taken and not (said.group() in "≤≥" and not _limits(found, i, j)):
                return True
        elif said.group().lower() not in there and not (key == "if" and said.start() < after and said.group() in THENS):
            return True
    return False
