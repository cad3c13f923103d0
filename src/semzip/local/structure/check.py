"""What re-encoded data lost or invented.

Encodings of semzip are decoded first. JSON is then compared value by value, with the path of each loss; lines are compared with
lines, changed ones by their facts; and a summary of data by the values that are found in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from semzip.local.prose_check import check as prose_check
from semzip.local.structure import engine as structure
from semzip.local.structure import forms
from semzip.local.structure.cells import Json, Number, compact
from semzip.records import Loss

_MOST_LOSSES = 500
_LONG = 2_000
_LEAST_ALIKE = 0.2
"""With a smaller share of equal lines a text is no copy of the other, but says the same in its own words."""
_OMITTED = re.compile(r"\n?… \d+ of \d+ omitted\Z")
_NUMERAL = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"\w+|[%$€£¥°]")


def compare(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]]:
    """Share of the values that survive, in [0, 1], and what was lost or invented.

    `what` of a loss in JSON is its path and value.
    """
    if not compressed.strip():
        return (0.0, (Loss("statement", original),)) if original.strip() else (1.0, ())
    plain = structure.expand(_OMITTED.sub("", compressed))
    if structure.equal(original, plain):
        return 1.0, ()
    form = forms.read(original)
    both = None if form is None else forms.beside(form, plain)
    if both is not None:
        losses = list(_changes(*both, ""))
        total = sum(1 for _ in _leaves(both[0], ""))
        lost = sum(not loss.invented for loss in losses)
        return max(0.0, 1 - lost / max(1, total)), tuple(losses[:_MOST_LOSSES])
    one, two = original.rstrip("\n").split("\n"), plain.rstrip("\n").split("\n")
    alike = len(one) > 1 and len(set(one) & set(two)) >= _LEAST_ALIKE * min(len(one), len(two))
    if form is not None and (form.typed or not alike):
        return _in_words(form.value, plain)
    return _by_lines(one, two) if alike else prose_check.compare(original, plain)


def _leaves(value: Json, path: str) -> Iterator[tuple[str, Json]]:
    """Path and value of everything that is not a container, and of containers that are empty."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for i, item in enumerate(value):
            yield from _leaves(item, f"{path}[{i}]")
    else:
        yield path, value


def _losses(value: Json, path: str, *, invented: bool = False) -> Iterator[Loss]:
    for place, leaf in _leaves(value, path):
        yield Loss(_kind(leaf), f"{place}={compact(leaf)}", invented=invented)


def _changes(one: Json, other: Json, path: str) -> Iterator[Loss]:
    """What differs between two values; members of lists of different lengths are matched before they are compared."""
    if one == other:
        return
    if isinstance(one, dict) and isinstance(other, dict):
        for key, item in one.items():
            place = f"{path}.{key}" if path else key
            yield from _changes(item, other[key], place) if key in other else _losses(item, place)
        for key in other:
            if key not in one:
                yield from _losses(other[key], f"{path}.{key}" if path else key, invented=True)
    elif isinstance(one, list) and isinstance(other, list):
        for i, a, b in _matched(one, other):
            if b is None:
                yield from _losses(a[0], f"{path}[{i}]")
            elif not a:
                yield from _losses(b[0], f"{path}[{i}]", invented=True)
            else:
                yield from _changes(a[0], b[0], f"{path}[{i}]")
    else:
        yield from _losses(one, path)
        yield from _losses(other, path, invented=True)


def _matched(one: Sequence[Json], other: Sequence[Json]) -> Iterator[tuple[int, list[Json], list[Json] | None]]:
    """Members of two lists, side by side: one of each, or one that stands alone."""
    if len(one) == len(other):
        yield from ((i, [a], [b]) for i, (a, b) in enumerate(zip(one, other, strict=True)))
        return
    for _, a, b, c, d in _opcodes([compact(v) for v in one], [compact(v) for v in other]):
        both = min(b - a, d - c)
        yield from ((a + i, [one[a + i]], [other[c + i]]) for i in range(both))
        yield from ((i, [one[i]], None) for i in range(a + both, b))
        yield from ((i, [], [other[i]]) for i in range(c + both, d))


def _opcodes(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """How to turn one sequence into the other. Where items were only left out, that is what is said.

    In long sequences, items that are very common do not tie the two together.
    """
    gaps: list[tuple[str, int, int, int, int]] = []
    at = 0
    for i, item in enumerate(one):
        if at < len(other) and item == other[at]:
            at += 1
        else:
            gaps.append(("delete", i, i + 1, at, at))
    if at == len(other):
        yield from gaps
        return
    matcher = SequenceMatcher(None, one, other, autojunk=max(len(one), len(other)) > _LONG)
    yield from (opcode for opcode in matcher.get_opcodes() if opcode[0] != "equal")


def _in_words(value: Json, text: str) -> tuple[float, tuple[Loss, ...]]:
    """Which values of the data are said in a text, and which numbers of the text are not in the data."""
    numerals = {_plain(found) for found in _NUMERAL.findall(text)}
    words = set(_WORD.findall(text.lower()))
    losses: list[Loss] = []
    known: set[str] = set()
    total = 0
    for path, leaf in _leaves(value, ""):
        written = leaf.text if isinstance(leaf, Number) else leaf if isinstance(leaf, str) else ""
        known |= {_plain(found) for found in _NUMERAL.findall(f"{path} {written}")}
        if not written:
            continue
        total += 1
        said = (
            {_plain(found) for found in _NUMERAL.findall(written)} <= numerals
            if isinstance(leaf, Number)
            else set(_WORD.findall(written.lower())) - numerals <= words
        )
        if not said:
            losses.append(Loss(_kind(leaf), f"{path}={compact(leaf)}"))
    score = 1 - len(losses) / max(1, total)
    invented = [Loss("number", found, invented=True) for found in sorted(numerals - known)]
    return score, (*losses[:_MOST_LOSSES], *invented[:_MOST_LOSSES])


def _plain(numeral: str) -> str:
    return numeral.replace(",", "").rstrip(".")


def _by_lines(one: Sequence[str], two: Sequence[str]) -> tuple[float, tuple[Loss, ...]]:
    starts = [0]
    for line in one:
        starts.append(starts[-1] + len(line) + 1)
    losses: list[Loss] = []
    gone = 0.0
    for _, a, b, c, d in _opcodes(one, two):
        both = min(b - a, d - c)
        for i in range(both):
            score, found = prose_check.compare(one[a + i], two[c + i])
            gone += 1 - score
            losses += [
                Loss(
                    loss.kind,
                    loss.what,
                    loss.where if loss.invented else starts[a + i] + (loss.where or 0),
                    loss.invented,
                )
                for loss in found
            ] or [Loss("statement", one[a + i], starts[a + i])]
        gone += b - a - both
        losses += [Loss("statement", one[i], starts[i]) for i in range(a + both, b) if one[i].strip()]
        losses += [Loss("statement", two[i], invented=True) for i in range(c + both, d) if two[i].strip()]
    return max(0.0, 1 - gone / len(one)), tuple(losses[:_MOST_LOSSES])


def _kind(value: Json) -> str:
    if isinstance(value, Number):
        return "number"
    return "string" if isinstance(value, str) else "statement" if isinstance(value, dict | list) else "constant"


__all__ = ["compare"]
