"""What a compressed prose text lost or invented: every fact must stand where its surviving neighbours stand.

A fact is blamed only on evidence: its value is gone from the whole text, or the words around it survived and it is not
among them, or something else stands in its place.
"""

from __future__ import annotations

from collections.abc import Iterator

from semzip.local import quote_check, sense_check, value_check
from semzip.local.counterparts import ANCHORS, align
from semzip.local.facts import WORD, Scan, scan
from semzip.local.findings import Findings
from semzip.records import Loss

_DETAIL = 0.12
_GONE = 0.25
_NEW = 0.25


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
    quote_check.check(found)
    _statements(found)
    score = _score(found)
    losses = sorted(dict.fromkeys(found.losses), key=lambda loss: (loss.invented, loss.where or 0, loss.kind))
    return score, tuple(losses)


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:79] + "…"


def _statements(found: Findings) -> None:
    """Sentences of which next to nothing survives, and sentences made of what the original does not have."""
    pair = found.pair
    for first, last in _sentences(pair.a):
        size, hits = _share(pair.a, pair.to, first, last)
        hits += sum(pair.to[i] < 0 and pair.a.keys[i] in pair.spread for i in range(first, last))
        what = _shown(found.original[pair.a.starts[first] : pair.a.ends[last - 1]])
        if size >= 3 and hits < _GONE * size and not what.lower().startswith(("see ", "cf")):
            found.losses.append(Loss("statement", what, pair.a.starts[first]))
    for first, last in _sentences(pair.b):
        size, hits = _share(pair.b, pair.back, first, last)
        hits += 0.5 * sum(pair.back[j] < 0 and pair.b.keys[j] in found.have for j in range(first, last))
        if size >= 4 and hits <= _NEW * size:
            what = _shown(found.compressed[pair.b.starts[first] : pair.b.ends[last - 1]])
            found.losses.append(Loss("statement", what, pair.b.starts[first], invented=True))


def _sentences(items: Scan) -> Iterator[tuple[int, int]]:
    """First item of each sentence, and one past its last."""
    first = 0
    for at in range(1, len(items.keys) + 1):
        if at == len(items.keys) or items.sentences[at] != items.sentences[first]:
            yield first, at
            first = at


def _share(items: Scan, links: list[int], first: int, last: int) -> tuple[int, float]:
    """How many anchors a sentence has, and how many of them were matched, most of them to one region."""
    inside = [at for at in range(first, last) if items.kinds[at] in ANCHORS]
    matched = sorted(links[at] for at in inside if links[at] >= 0)
    if not matched:
        return len(inside), 0.0
    middle = matched[len(matched) // 2]
    return len(inside), float(sum(abs(place - middle) <= len(inside) + 8 for place in matched))


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
