"""Steps from one thing to another that run backwards: from 4 to 9 as 9 → 4, from peat to wood as wood → peat."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import pairwise

from semzip.local.facts.terms import WORD
from semzip.local.prose_check.counterparts import ANCHORS
from semzip.local.prose_check.findings import Findings

_BESIDE = 3
_FAR = 40
"""Characters that the two ends of a step may be apart."""
TO = re.compile(r"\b(?:to|into|bis|nach|auf)\b|→|[-=]>|[–—]", re.IGNORECASE)
_FROM = re.compile(
    r"\b(?:from|after|against|vs|than|compared|instead of|rather than|not|was|were|previously|formerly|earlier)\b",
    re.IGNORECASE,
)
_STEP = re.compile(
    rf"\b(?:from|von)\s+(?:the |an? )?(?=([^.;:\n]{{1,{_FAR}}}?)\s(?:in)?to\s+(?:the |an? )?())", re.IGNORECASE
)


def check(found: Findings, classes: Mapping[str, str]) -> None:
    """Report every step between two values or two words of which the ends have changed places.

    Args:
        found: The comparison so far.
        classes: For each kind of value the class in which values can stand for each other.
    """
    for one, two in _pairs(found, classes):
        if {one, two}.isdisjoint(found.lost):
            found.lose("direction", one)
            if found.pair.a.kinds[one] != WORD:
                found.lose("attribution", one)
                found.lose(found.pair.a.kinds[one], one)
                found.lose(found.pair.a.kinds[two], two)


def _pairs(found: Findings, classes: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    a, to = found.pair.a, found.pair.to
    values = [i for i, kind in enumerate(a.kinds) if kind in classes and to[i] >= 0]
    for one, two in pairwise(values):
        if (
            classes[a.kinds[one]] == classes[a.kinds[two]]
            and 0 < to[one] - to[two] <= _BESIDE
            and all(kind in {"unit", WORD} for kind in a.kinds[one + 1 : two])
            and two - one <= _BESIDE
            and TO.search(found.original[a.ends[one] : a.starts[two]])
            and _steps_back(found, one, two)
        ):
            yield one, two
    for step in _STEP.finditer(found.original):
        one = bisect_left(a.starts, step.end())
        two = bisect_left(a.starts, step.end(2))
        if (
            two < len(to)
            and one < two
            and a.kinds[one] in ANCHORS
            and a.kinds[two] in ANCHORS
            and (a.kinds[one] == WORD) == (a.kinds[two] == WORD)
            and 0 <= to[two] < to[one]
            and _steps_back(found, one, two)
        ):
            yield one, two


def _steps_back(found: Findings, one: int, two: int) -> bool:
    """Whether the compressed text goes from the second to the first."""
    b, to = found.pair.b, found.pair.to
    between = found.compressed[b.ends[to[two]] : b.starts[to[one]]]
    return len(between) <= _FAR and TO.search(between) is not None


def inverted(found: Findings, one: int, other: int) -> bool:
    """Whether "to 43 from 39" became "39 → 43"."""
    a, b, to = found.pair.a, found.pair.b, found.pair.to
    low, high = sorted((to[one], to[other]))
    return (
        to[other] < to[one]
        and other - one <= _BESIDE
        and high - low <= _BESIDE
        and _FROM.search(found.original[a.ends[one] : a.starts[other]]) is not None
        and TO.search(found.compressed[b.ends[low] : b.starts[high]]) is not None
    )
