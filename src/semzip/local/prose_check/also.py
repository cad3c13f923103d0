"""What else a loss is: some facts are of two kinds, and whoever asks for either finds them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from semzip.local.facts import lexicon
from semzip.local.prose_check.counterparts import ANCHORS
from semzip.local.prose_check.findings import Findings
from semzip.records import Loss

_WEEKDAY = re.compile(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
_VERSION = re.compile(r"\d+(?:\.\d+){2,}")
_IN_CLAUSES = frozenset({"statement", "number", "date", "name"})
_ONLY = re.compile(r"only|solely|exclusively", re.IGNORECASE)
_CALENDAR = re.compile(r"(?:day|week|month|quarter|year|decade|centur|annual)\w*", re.IGNORECASE)
_MOST = 0.6
_FIGURES = re.compile(r"\D?([\d.,]*\d)")
_LIMITS = re.compile(
    r"(?:max|min|at least|at most|more|less|over|under|exceed|above|below|limit|first|last|earl|late|often|usual|rare|seldom|always|never|sometimes|frequent|most|main)",
    re.IGNORECASE,
)
_SOURCE = 6
"""Items behind "according to" that may be the source."""
_SAYS = lexicon.words(
    "said says say argued argues claimed claims believed believes stated states wrote writes suggested suggests noted notes proposed"
    " reported reports told tells announced announces concluded described added explained warned asked asks thought thinks found"
)


def check(found: Findings) -> None:
    """List each loss that is of a second kind under that kind too."""
    lost = [loss for loss in found.losses if not loss.invented]
    if not lost:
        return
    at = {start: i for i, start in enumerate(found.pair.a.starts)}
    figures = {match[1] for loss in found.losses if loss.invented and (match := _FIGURES.match(loss.what))}
    for loss in lost:
        if loss.where is not None:
            for kind in _kinds(found, loss, at.get(loss.where, -1), figures):
                found.losses.append(Loss(kind, loss.what, loss.where))


def _kinds(found: Findings, loss: Loss, i: int, figures: set[str]) -> Iterator[str]:
    if i >= 0 and loss.kind in _IN_CLAUSES and _conditional(found, i):
        yield "condition"
    limits = {"direction": _LIMITS.match, "condition": _ONLY.fullmatch}.get(loss.kind)
    if loss.kind == "quantifier" or (limits is not None and limits(loss.what)):
        yield "bound"
    elif loss.kind == "unit" and _CALENDAR.fullmatch(loss.what):
        yield "date"
    elif loss.kind == "number":
        said = _FIGURES.match(loss.what)
        if said is not None and said[1] in figures:
            yield "unit"
        if _VERSION.fullmatch(loss.what):
            yield "identifier"
    elif loss.kind == "name":
        if _WEEKDAY.match(loss.what):
            yield "date"
        if i >= 0 and _told(found, i):
            yield "attribution"


def _conditional(found: Findings, i: int) -> bool:
    """Whether a loss stands in a clause that a condition begins, and most of which is gone with it."""
    a, k = found.pair.a, i
    while k and a.kinds[k] != "condition" and a.links[k] != "," and a.sentences[k - 1] == a.sentences[i]:
        k -= 1
    if a.kinds[k] != "condition" or k not in found.soft:
        return False
    clause: list[bool] = []
    for at in range(k + 1, len(a.keys)):
        if a.sentences[at] != a.sentences[i] or (at > i and a.links[at] == ","):
            break
        if a.kinds[at] in ANCHORS:
            clause.append(found.pair.to[at] < 0)
    return sum(clause) > _MOST * len(clause)


def _told(found: Findings, i: int) -> bool:
    """Whether a name is that of whom something is said to be by, or who said it."""
    a = found.pair.a
    first = last = i
    while first and a.kinds[first - 1] == "name" and not a.links[first]:
        first -= 1
    while last + 1 < len(a.keys) and a.kinds[last + 1] == "name" and not a.links[last + 1]:
        last += 1
    if a.links[first] == "by":
        return True
    for k in range(first - 1, max(-1, first - _SOURCE), -1):
        if a.kinds[k] == "attribution":
            return True
        if a.links[k + 1] in {",", "|"}:
            break
    behind = found.original[a.ends[last] : a.ends[last] + 24].split()
    return bool(behind) and behind[0].strip(",.") in _SAYS
