"""What a compressed prose text lost or invented: every fact must stand where its surviving neighbours stand.

A fact is blamed only on evidence: its value is gone from the whole text, or the words around it survived and it is not
among them, or something else stands in its place.
"""

from __future__ import annotations

from semzip.local import sense_check, value_check
from semzip.local.counterparts import ANCHORS, align
from semzip.local.facts import WORD, scan
from semzip.local.findings import Findings
from semzip.records import Loss

_DETAIL = 0.12
_GONE = 0.25


def compare(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]]:
    """Compare two prose texts.

    Args:
        original: The text as it was.
        compressed: The text to be checked.

    Returns:
        The weighted share of facts and content words that survive, in [0, 1], and what was lost or invented, in the
        order of the original.
    """
    if not compressed.strip():
        return (0.0, (Loss("statement", _shown(original), 0),)) if original.strip() else (1.0, ())
    found = Findings(original, compressed, align(scan(original), scan(compressed)))
    value_check.check(found)
    sense_check.check(found)
    _statements(found)
    score = _score(found)
    losses = sorted(dict.fromkeys(found.losses), key=lambda loss: (loss.invented, loss.where or 0, loss.kind))
    return score, tuple(losses)


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:79] + "…"


def _statements(found: Findings) -> None:
    """Sentences of which next to nothing survives."""
    a, to, spread = found.pair.a, found.pair.to, found.pair.spread
    first, count = 0, len(a.keys)
    while first < count:
        last, number, size, hits = first, a.sentences[first], 0, 0.0
        while last < count and a.sentences[last] == number:
            if a.kinds[last] in ANCHORS:
                size += 1
                if to[last] >= 0 or a.keys[last] in spread:
                    hits += 1
                elif found.near(a.keys[last], last, 10):
                    hits += 0.5
            last += 1
        what = _shown(found.original[a.starts[first] : a.ends[last - 1]])
        if size >= 3 and hits < _GONE * size and not what.lower().startswith(("see ", "cf")):
            found.losses.append(Loss("statement", what, a.starts[first]))
        first = last


def _score(found: Findings) -> float:
    """The weighted share of what survives; adds the lost details to the losses."""
    a, to, places, spread = found.pair.a, found.pair.to, found.pair.places, found.pair.spread
    total = kept = 0.0
    for i, kind in enumerate(a.kinds):
        weight = _DETAIL if kind == WORD else 1.0
        total += weight
        key = a.keys[i]
        if i in found.soft or (kind == WORD and to[i] < 0 and key not in places and key not in spread):
            found.losses.append(Loss("detail", found.original[a.starts[i] : a.ends[i]], a.starts[i]))
            kept += weight - _DETAIL
        elif i not in found.lost:
            kept += weight
    return kept / total if total else 1.0
