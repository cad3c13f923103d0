"""Negations and conditions that another word says, if the sentence that loses them is about the right thing.

A pair of patterns says what the original has around the lost word, and what the compressed text may have for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from attrs import frozen

from semzip.local.prose_check.findings import Findings
from semzip.local.prose_check.places import Place

_WIDTH = 10
"""Items on either side in which the sentence of the compressed text is searched."""
_NOT = r"(?:\b(?:not|no|never|cannot|no longer|nobody|no one|nothing|none|neither|without)\b|n['’]t\b)"


@frozen
class _Pair:
    """What the original says, the lost word included, and what may be said for it."""

    original: re.Pattern[str]
    answer: re.Pattern[str]
    instead: re.Pattern[str] | None = None
    """What the compressed text must not say still: "not until" is no longer "until" where it is "from"."""


_Rows = tuple[tuple[str, ...], ...]


_LATER = (
    r"\b(?:otherwise|else|from|after|only|once|as of|starting|starts?|begins?|opens?|earliest|when|requires?|first)\b|→"
)
_EARLIER = r"\b(?:until|till|before|earlier|pre)\b"
_NEGATION: _Rows = (
    (rf"{_NOT}[^.;]{{0,70}}?\b(?:until|till|before|earlier than)\b", _LATER, _EARLIER),
    (
        rf"{_NOT}[^.;]{{0,70}}?\b(?:after|beyond|past)\b",
        r"[≤]|\b(?:up to|max\w*|until|through|only|within|by)\b",
        r"\b(?:after|beyond|past)\b",
    ),
    (rf"{_NOT}[^.;]{{0,60}}?\bsince\b", r"\blast\b"),
    (rf"{_NOT}[^.;]{{0,70}}?\bunless\b", r"\b(?:iff|only|requir\w*|must)\b", r"\bunless\b"),
    (
        rf"{_NOT}(?: \w+)? (?:work|run|function|operat)\w*\b",
        r"\b(?:broken|down|out of (?:order|service)|defective|faulty|defunct|dead|unserviceable)\b",
    ),
    (
        rf"{_NOT}(?: \w+)? (?:appl(?:y|ies|icable)|valid|available|cover(?:ed|s)?|entitled|count\w*)\b",
        r"\bn/a\b|\b(?:exempt\w*|exclu\w*|except\w*|ineligible)\b",
    ),
    (rf"{_NOT}(?: \w+)? (?:chang|var|alter|mov|differ)\w*\b", r"\b(?:same|constant|stable|flat|steady|identical|fixed)\b"),
    (rf"{_NOT}(?: \w+)? (?:includ|contain|part)\w*\b", r"\b(?:separate\w*|extra|excl\w*|sold apart|own cost)\b"),
    (
        rf"{_NOT}(?: \w+){{0,3}}? (?:have to|need\w*|requir\w*|necess\w*|mandat\w*|oblig\w*)\b|\b(?:can|may)\b[^.;]{{0,25}} without\b",
        r"\b(?:optional\w*|voluntar\w*|if wanted|if desired)\b",
    ),
    (
        rf"{_NOT}[^.;]{{0,30}}?\b(?:yet|receiv\w*|arriv\w*|paid|finish\w*|complet\w*|deliver\w*|sign\w*|answer\w*)\b",
        r"\b(?:pending|outstanding|await\w*|overdue|missing|ongoing|in progress|tbd|still due)\b",
    ),
    (r"\b(?:no|nobody|none|no one|nothing|not a|not any)\b", r"(?<![\d.,])0(?![\d.,]*\d)|\bzero\b|∅"),
    (
        rf"\b(?:pay|costs?|charged?|paid)\b[^.;]{{0,12}}{_NOT}|{_NOT}(?: \w+){{0,2}}? (?:charge[ds]?|costs?|fees?|pay\w*)\b",
        r"\b(?:free|gratis|complimentary|waived)\b",
    ),
    (rf"{_NOT}(?: \w+)? (?:enabled?|active|activated|on)\b", r"\b(?:off|disabled?|inactive|opt-in)\b"),
    (r"\b(?:nobody|no one|none|nothing|no other \w+|no \w+)\b[^.;]{0,30}?\b(?:more \w+|better|\w{3,}er)\b[^.;]{0,40}?\bthan\b", r"\b(?:most|best|\w{3,}iest|(?:high|larg|great|long|fast|strong|old|young)est)\b"),
    (r"\bwithout (?:constant|much|regular|frequent|any real|great)\b", r"\b(?:minimal|little|rare\w*|hardly)\b"),
    (
        rf"{_NOT}(?: \w+)? (?:remov|delet|discard|leave|left|chang|drop)\w*\b",
        r"\b(?:kept|keep\w*|retain\w*|remain\w*|stay\w*|intact|undisturbed)\b",
    ),
    (rf"{_NOT}(?: \w+)? (?:remember|recall)\w*\b", r"\b(?:forg[eo]t\w*|escaped)\b"),
    (rf"{_NOT}(?: \w+)? open\w*\b", r"\b(?:clos\w*|shut)\b"),
    (rf"{_NOT}(?: \w+)? (?:clos|shut)\w*\b", r"\b(?:open\w*|24/7)\b"),
    (
        rf"{_NOT}(?: (?:being|be|quite|nearly))? (?:(?:as|so) \w[^.;]{{1,40}}? as|to the same extent)\b",
        r"\b(?:less(?:er)?|fewer|lower|smaller|weaker|worse|short of)\b",
    ),
    (
        rf"{_NOT}(?: \w+)? (?:equal|reach|meet|met|attain|match|achiev|satisf)\w*\b",
        r"\b(?:short of|below|under|less than|missed|unmet|fail\w*)\b|<",
    ),
    (rf"{_NOT}(?: \w+)? (?:win|won|winning)\b", r"\b(?:los[et]\w*|winless|drew|defeat\w*)\b"),
    (rf"{_NOT}(?: \w+)? (?:attend|come|came|appear|present|show up|turn up|participat)\w*\b", r"\b(?:absent|missed|away|no-shows?)\b"),
    (rf"{_NOT}(?: \w+)? (?:allow|permit|let|access)\w*\b|\b(?:may|must|can|shall) not\b|\bcannot\b", r"\b(?:off[- ]limits|taboo|closed to|barred|out of bounds)\b"),
    (rf"{_NOT}(?: \w+)? (?:know|known|knew|clear|decid|certain)\w*\b", r"\b(?:unknown|unclear|undecided|tbd|tba)\b"),
)  # fmt: skip
_CONDITIONS: Mapping[str, _Rows] = MappingProxyType({
    "only": ((r"\bonly\b[^.;]{0,40}?\bif\b", r"\b(?:requir\w*|must|needs?|needed|mandatory|necessary|prerequisite)\b"),),
    "only if": ((r"\bonly\b", r"\b(?:requir\w*|must|needs?|needed|mandatory|necessary|prerequisite|iff|else|otherwise)\b"),),
    "until": ((rf"{_NOT}[^.;]{{0,70}}?\b(?:until|till)\b", _LATER, _EARLIER),),
    "unless": ((r"\bunless (?:otherwise|agreed|stated|specified|noted|told)\b", r"\b(?:default|normally|usually|otherwise)\b"),),
    "otherwise": ((r"\bunless otherwise\b", r"\b(?:default|normally|usually|unless)\b"),),
    "except": ((r"\w", r"\b(?:exclu\w*|except\w*|exempt\w*|unaffected)\b"),),
    "if": (
        (r"\bonly\b[^.;]{0,40}?\bif\b", r"\b(?:requir\w*|must|needs?|needed|mandatory|necessary|prerequisite)\b"),
        (
            r"\bif\b[^.;,]{0,50}\b(?:exceed\w*|under|over|above|below|younger|older|more|less|fewer|greater|higher|lower)\b",
            r"\b(?:under|over|above|below|beyond)[- ]?(?=[$€£]?\d)",
        ),
    ),
})  # fmt: skip
"""By the key of the lost condition."""


@cache
def _pairs(key: str) -> tuple[_Pair, ...]:
    """The pairs for a lost condition of this key, or for a lost "no"; compiled when first asked for."""
    rows = _NEGATION if key == "no" else _CONDITIONS.get(key, ())
    return tuple(_Pair(*(re.compile(pattern, re.IGNORECASE) for pattern in row)) for row in rows)


def says(found: Findings, i: int, place: Place) -> bool:
    """Whether another word in the sentence where item `i` should stand says what it says.

    Args:
        found: The comparison so far.
        i: A negation or condition of the original that was not found.
        place: Where it should be.
    """
    a = found.pair.a
    pairs = _pairs("no" if a.kinds[i] == "negation" else a.keys[i])
    first = last = i
    while first and a.sentences[first - 1] == a.sentences[i]:
        first -= 1
    while last + 1 < len(a.keys) and a.sentences[last + 1] == a.sentences[i]:
        last += 1
    start = a.starts[first]
    sentence = found.original[start : a.ends[last] + 2]
    text = _sentence_at(found, place)
    at = a.starts[i] - start
    for pair in pairs:
        if not any(said.start() <= at < said.end() for said in pair.original.finditer(sentence)):
            continue
        if pair.instead is not None and pair.instead.search(text):
            continue
        there = {said.lower() for said in pair.answer.findall(sentence)}
        if any(said.lower() not in there for said in pair.answer.findall(text)):
            return True
    return False


def _sentence_at(found: Findings, place: Place) -> str:
    """The sentence of the compressed text that a place is in, as far as it is near."""
    b = found.pair.b
    low, high = max(0, place.low), min(len(b.keys) - 1, place.high)
    first, last = low, high
    while first and low - first < _WIDTH and b.sentences[first - 1] == b.sentences[low]:
        first -= 1
    while last + 1 < len(b.keys) and last - high < _WIDTH and b.sentences[last + 1] == b.sentences[high]:
        last += 1
    return found.compressed[max(0, b.starts[first] - 8) : b.ends[last] + 6]
