"""Values that the compressed text has and the original has not, however it may have said them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from semzip.local.facts import lexicon
from semzip.local.facts.terms import stem
from semzip.local.prose_check import measures
from semzip.local.prose_check.findings import Findings

_LABEL = re.compile(r"[a-z]{1,4}(\d+)")
_REPHRASED = MappingProxyType(
    {
        "#10": r"\bdecade|tenfold",
        "#100": r"\bcentury|hundred",
        "#6": r"half a year|half-year",
        "#1000": r"millenni|thousand|magnitude",
        "#2100": r"century",
        "#4": r"quarters|fourth",
        "#25": r"quarter",
        "#75": r"three[- ]quarters",
        "#33": r"third",
        "#15": r"quarter of an hour|quarter-hour",
        "#24": r"\bday",
        "#12": r"noon|midday|midnight|dozen",
        "#50": r"half",
        "#0.5": r"half",
        "#1": r"\b(?:an?|another|only|single|sole|first|each|per|earliest|initial\w*|once|beg[aiu]n\w*|start\w*|inverse\w*|decrease\w*|origin\w*)\b",
        "#2": r"\b(?:both|twice|doubl\w*|pair|couple|dual|bi(?:annual|centen|cycl|fold|gam|later|lingu|nar|partit|partisan|ped|plane|pol|sect|weekl|month)\w*|second|twin\w*|another|either)\b",
        "#3": r"\b(?:tri(?:ad|angl|cycl|later|ling|log|nit|o|partit|ple|plic|pod|umvir|annu|centen)\w*|thrice|third)\b",
        "#0": r"\b(?:no|none|never|without|nothing|nobody|vanish\w*|zero)\b",
    }
)
"""What in the original may be said by a number."""


def check(found: Findings, classes: Mapping[str, str]) -> None:
    """Report every value of these classes that nothing in the original accounts for."""
    pair, b = found.pair, found.pair.b
    for j, kind in enumerate(b.kinds):
        if kind not in classes or pair.back[j] >= 0 or b.keys[j] in pair.spread:
            continue
        key = b.keys[j]
        if key in found.have or (key.startswith("#-") and "#" + key[2:] in found.have):
            continue
        if kind == "name" and (_opens(found, j) or found.derived(key, j)):
            continue
        if kind == "identifier" and (
            len(key) <= 3 or (_LABEL.fullmatch(key) and "#" + _LABEL.sub(r"\1", key) in found.have)
        ):
            continue
        if kind == "identifier" and all(
            part in lexicon.STOP or stem(part) in found.have for part in re.split(r"[-_]+", key) if part
        ):
            continue
        if classes[kind] == "value" and (_counts(found, j) or not found.have.keys().isdisjoint(measures.hours(key))):
            continue
        if measures.amount(b, j) in found.measured[0]:
            continue
        if b.links[j] == "-" and "m" + key[1:] in found.have and b.kinds[j - 1] == "date":
            continue
        found.invent(kind, j)


def _opens(found: Findings, j: int) -> bool:
    """Whether a word may have its capital from where it stands, at the beginning of a sentence or a field."""
    b = found.pair.b
    if b.links[j] == "|" or j == 0:
        return lexicon.WEEKDAY.match(found.compressed, b.starts[j]) is None
    return b.links[j] == ":" and not found.compressed[b.starts[j] : b.ends[j]].isupper()


def _counts(found: Findings, j: int) -> bool:
    """Whether a new number numbers a list, or says a number of the original in another way."""
    b = found.pair.b
    after = found.compressed[b.ends[j] : b.ends[j] + 1]
    before = found.compressed[max(0, b.starts[j] - 1) : b.starts[j]]
    if after in {".", ")"} and (b.links[j] in {"|", "("} or before in {"", "\n"}):
        return True
    if after in {".", ")"} and b.keys[j][1:].isdecimal() and len(b.keys[j]) < 4:
        earlier = f"{int(b.keys[j][1:]) - 1}{after} "
        if found.compressed.find(earlier, max(0, b.starts[j] - 2000), b.starts[j]) >= 0:
            return True
    if b.links[j] == "#":
        return True
    key = b.keys[j]
    if key not in found.rephrased:
        pattern = _REPHRASED.get(key)
        found.rephrased[key] = pattern is not None and re.search(pattern, found.original, re.IGNORECASE) is not None
    return found.rephrased[key]
