"""Numbers, dates, names, identifiers and URLs: gone, replaced, exchanged, or added."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from attrs import frozen

from semzip.local.facts import lexicon
from semzip.local.facts.items import Scan
from semzip.local.prose_check import clauses, inventions, measures, steps
from semzip.local.prose_check.counterparts import Alignment
from semzip.local.prose_check.findings import Findings

_CLASS = {"number": "value", "date": "value", "name": "name", "identifier": "code", "url": "code"}
_EQUAL_LINKS = frozenset({"and", "or", ",", "/", "(", "with", "-"})
_VAGUE = frozenset(
    {
        "one",
        "first",
        "once",
        "half",
        "second",
        "double",
        "eins",
        "erste",
        "ersten",
        "zero",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
    }
)
_BESIDE = 3
_REACH = 4
_LIKE = 0.9
"""How alike, in a retelling, the words must be around each of two values and around the other's new place."""
_TITLED = re.compile(
    r",\s+(?:who (?:is|was) )?(?:the |an? |its |their |his |her |then |former |current )*[^,.;]{2,50}?"
    r"\b(?:of|at|for|from|in|with)(?: the)?\s*$|'s [^,.;]{2,50},?\s*$"
)
_GENERIC = lexicon.words("""
state city county republic kingdom province town village river lake mount district region island planet month year
university college school institute institution academy society association company corporation department ministry
office council committee court agreement contract act treaty sea ocean gulf bay fort castle palace church cathedral
abbey temple museum gallery library hospital airport station bridge avenue road street square park tower valley desert
peninsula empire duchy parish dynasty battle siege war festival party federation bureau agency authority commission bank
trust foundation group club team league mr mrs ms miss dr sir professor chair chairman chairwoman project program
programme report policy section article clause appendix figure table chapter client supplier contractor employer employee
sun moon earth internet
""")
"""Words that only say of what kind a thing is, alone or before its name."""
_NEGATIVE = re.compile(
    r"\b(?:loss\w*|lost|deficit|minus|below|negative|lower|less|fell|down|decline\w*|debt|behind|shorter|smaller|fewer|slower|cheaper|reduc\w*|drop\w*|discount|cuts?|owes?)\b",
    re.IGNORECASE,
)
_THAT = re.compile(r"\b(?:that|the same|this) (?:date|day|time|month|year|week|period)\b|\bthen\b", re.IGNORECASE)
_WIDE = 24
"""Characters before the place of a date in which it may be referred to."""


@frozen
class _Group:
    """A run of items that are one fact: the words of a name, the parts of a date."""

    first: int
    last: int


def groups(pair: Alignment) -> Iterator[_Group]:
    """The value facts of the original."""
    a = pair.a
    count = len(a.keys)
    at = 0
    while at < count:
        kind = a.kinds[at]
        if kind not in _CLASS:
            at += 1
            continue
        first = at
        at += 1
        if kind in {"name", "date"}:
            while at < count and a.kinds[at] == kind and not a.links[at] and a.starts[at] - a.ends[at - 1] <= 1:
                at += 1
        yield _Group(first, at - 1)


def check(found: Findings) -> None:
    """Report every value that was lost, replaced, exchanged or invented."""
    moved: list[_Group] = []
    pair, a, to = found.pair, found.pair.a, found.pair.to
    for group in groups(pair):
        kept = [i for i in range(group.first, group.last + 1) if to[i] >= 0]
        if not kept:
            _absent(found, group)
            continue
        if len(kept) <= group.last - group.first:
            rival = -1
            if a.kinds[group.first] == "name" and not any(found.in_place(i, i) for i in kept):
                rival = found.occupant(group.first, group.last, _CLASS)
            if rival >= 0 and pair.b.keys[rival] not in _keys(a, group):
                _replaced(found, group.first, rival)
                continue
            _partly(found, group)
        moved += [run for run in _runs(found, kept) if not found.in_place(run.first, run.last)]
    _exchanged(found, moved)
    steps.check(found, _CLASS)
    inventions.check(found, _CLASS)


def _absent(found: Findings, group: _Group) -> None:
    """No part of this value was matched."""
    pair, a = found.pair, found.pair.a
    i = group.first
    kind = a.kinds[i]
    if kind == "date" and group.last > i:
        if _referred(found, group):
            for k in range(i, group.last + 1):
                found.soften(k)
            return
        for k in range(i, group.last + 1):
            if not found.near(a.keys[k], k, 8) and not _numeral_month(found, k):
                found.lose(kind, k)
        return
    keys = [a.keys[k] for k in range(i, group.last + 1)]
    if any(key in pair.spread for key in keys):
        return
    word = found.original[a.starts[i] : a.ends[i]].lower()
    if not any(key in pair.places for key in keys):
        rival = found.occupant(i, group.last, _CLASS)
        if (
            (word in _VAGUE and not _counted_anew(found, i, rival))
            or len(keys[0]) < 2
            or (kind == "name" and group.first == group.last and word in _GENERIC)
            or (rival < 0 and word in lexicon.NUMBER_WORDS and (not found.gap(i, i) or _all_of_them(found, i)))
            or (kind in {"number", "date"} and _respelled(found, keys[0], i))
        ):
            found.soften(i)
        elif kind == "name" and 2 * sum(found.covered(key, i) for key in keys) >= len(keys):
            return
        elif rival >= 0:
            _replaced(found, i, rival)
        elif kind == "identifier" and _in_parts(found, keys[0], i):
            return
        else:
            found.lose(kind, i)
            _usurped(found, i)
        return
    if kind in {"number", "date"} and _mentioned(found, i):
        found.soften(i)
        return
    close = any(found.near(key, i, 10) for key in keys)
    rival = found.occupant(i, group.last, _CLASS, both=close)
    if rival >= 0:
        _replaced(found, i, rival)
    elif (kind == "name" and clauses.name_cut_out(found, group.first, group.last)) or (
        kind in {"number", "date"}
        and word not in _VAGUE
        and not _all_of_them(found, i)
        and (not close or found.gap(i, i))
    ):
        found.lose(kind, i)


def _repeated(found: Findings, group: _Group) -> bool:
    """Whether a date of several parts was said before, and that survives whole."""
    a, to = found.pair.a, found.pair.to
    keys = _keys(a, group)
    size = len(keys)
    return any(
        a.keys[k : k + size] == keys and all(to[at] >= 0 for at in range(k, k + size))
        for k in found.have[keys[0]]
        if k < group.first
    )


def _referred(found: Findings, group: _Group) -> bool:
    """Whether a date that was said before is only referred to: "at that date", "then"."""
    b, slot = found.pair.b, found.slot(group.first, _REACH)
    if not slot or not _repeated(found, group):
        return False
    return _THAT.search(found.compressed, max(0, b.starts[slot[0]] - _WIDE), b.starts[slot[-1]]) is not None


def _counted_anew(found: Findings, i: int, rival: int) -> bool:
    """Whether another number stands right before what number word `i` counts: the second quarter for the third."""
    a, b, to = found.pair.a, found.pair.b, found.pair.to
    if rival < 0 or b.kinds[rival] != "number" or i + 1 == len(to) or to[i + 1] != rival + 1:
        return False
    said = found.compressed[b.starts[rival] : b.ends[rival]].lower()
    return said != found.original[a.starts[i] : a.ends[i]].lower()


def _numeral_month(found: Findings, i: int) -> bool:
    """Whether a month stands behind its year as two figures: April 2019 as 2019-04."""
    a = found.pair.a
    month, year = a.keys[i][1:], a.keys[i + 1 : i + 2] + a.keys[max(0, i - 1) : i]
    return a.keys[i].startswith("m") and any(f"{one[1:]}-{month}" in found.compressed for one in year)


def _all_of_them(found: Findings, i: int) -> bool:
    """Whether a number word only counts again what is known: the two, all three."""
    start = found.pair.a.starts[i]
    return found.original[max(0, start - 8) : start].lower().endswith((" the ", "these ", "those ", "all "))


def _mentioned(found: Findings, i: int) -> bool:
    """Whether the original says this value of the same thing elsewhere too, and that survives: lot 7."""
    a, to = found.pair.a, found.pair.to
    return i > 0 and any(
        k != i and k > 0 and to[k] >= 0 and to[k - 1] >= 0 and a.keys[k - 1] == a.keys[i - 1]
        for k in found.have[a.keys[i]]
    )


def _respelled(found: Findings, key: str, i: int) -> bool:
    """Whether a number survives inside a sign or a code: reduced by 30 as -30, page 475 as p475."""
    a = found.pair.a
    if "#-" + key[1:] in found.pair.places:
        around = found.original[max(0, a.starts[i] - 40) : a.ends[i] + 20]
        return _NEGATIVE.search(around) is not None or any(
            a.keys[k] == "down" for k in range(max(0, i - 6), min(len(a.keys), i + 3))
        )
    if any(found.near(other, i, 10) for other in measures.clocks(key)):
        return True
    if measures.amount(a, i) in found.measured[1]:
        return True
    return found.spelled(key[1:], i)


def _in_parts(found: Findings, key: str, i: int) -> bool:
    """Whether an identifier survives as its parts: CRS-1 as CRS 1."""
    parts = [part for part in re.split(r"[-_]", key) if part]
    return len(parts) > 1 and all(found.near("#" + part if part.isdigit() else part, i, 12) for part in parts)


def _partly(found: Findings, group: _Group) -> None:
    """Some words of this name, or parts of this date, were matched and others not."""
    pair, a = found.pair, found.pair.a
    for i in range(group.first, group.last + 1):
        key = a.keys[i]
        if pair.to[i] >= 0 or key in pair.spread:
            continue
        if a.kinds[i] == "date":
            if _repeated(found, group) and pair.to[group.last] >= 0:
                found.soften(i)
            elif not found.near(key, i, 8) and not _numeral_month(found, i):
                found.lose("date", i)
            continue
        rival = found.occupant(i, i, _CLASS, both=found.near(key, i, 10))
        if rival >= 0:
            _replaced(found, i, rival)
        elif i == group.last > group.first and key not in pair.places and not found.covered(key, i) and len(key) > 2:
            found.lose("name", i)


def _runs(found: Findings, kept: list[int]) -> Iterator[_Group]:
    """The items of a group in runs that still follow each other."""
    ranks, to = found.ranks, found.pair.to
    first = kept[0]
    for one, two in pairwise([*kept, kept[-1]]):
        if ranks[to[two]] - ranks[to[one]] != 1:
            yield _Group(first, one)
            first = two


def _usurped(found: Findings, i: int) -> None:
    """Blame the attribution too where another name of the original stands about the place of a lost one, once too often."""
    a, b, back = found.pair.a, found.pair.b, found.pair.back
    if a.kinds[i] == "name" and any(
        b.kinds[j] == "name" and b.keys[j] in found.have and (back[j] < 0 or a.sentences[back[j]] != a.sentences[i])
        for j in found.slot(i, _REACH)
    ):
        found.lose("attribution", i)


def _replaced(found: Findings, i: int, rival: int) -> None:
    """Another value stands in the place of item `i`; a name, or what the original has elsewhere, is said something wrong of."""
    kind = found.pair.a.kinds[i]
    found.lose(kind, i)
    if kind == "name" or found.pair.b.keys[rival] in found.have:
        found.lose("attribution", i)


def _exchanged(found: Findings, moved: list[_Group]) -> None:
    """Two values of a kind, each in the other's place."""
    a, to = found.pair.a, found.pair.to
    loose = {i for run in moved for i in range(run.first, run.last + 1)}
    for at, run in enumerate(moved):
        one, kind = run.first, _CLASS[a.kinds[run.first]]
        for other in moved[at + 1 : at + 9]:
            two = other.first
            if _CLASS[a.kinds[two]] != kind or set(_keys(a, run)) & set(_keys(a, other)):
                continue
            if _interchangeable(found, run, other) or found.turned(one, two):
                continue
            same = found.strain(one, to[one], loose) + found.strain(two, to[two], loose)
            crossed = found.strain(one, to[two], loose) + found.strain(two, to[one], loose)
            alike = a.kinds[one] == a.kinds[two]
            if not alike and "m" in {a.keys[one][0], a.keys[two][0]}:
                continue
            if (
                crossed + (0.5 if alike else 0.75) < same
                and crossed < (0.6 if alike else 0.5) * same
                and _crosswise(found, run, other)
            ):
                if steps.TO.search(found.original[a.ends[run.last] : a.starts[two]]):
                    found.lose("direction", one)
                found.lose("attribution", one)
                found.lose(a.kinds[one], one)
                found.lose(a.kinds[two], two)
        rival = found.occupant(one, run.last, _CLASS)
        close = kind == "name" and found.near(a.keys[one], one, _BESIDE)
        if rival >= 0 and found.pair.back[rival] < 0 and not close and not found.beside(one, run.last):
            _replaced(found, one, rival)
        elif kind == "value" and found.gap(one, run.last) and _fewer(found, a.keys[one]):
            found.lose(a.kinds[one], one)


def _crosswise(found: Findings, run: _Group, other: _Group) -> bool:
    """Whether the words around each of the two now surround the other one."""
    to, keys = found.pair.to, {*_keys(found.pair.a, run), *_keys(found.pair.a, other)}
    one, two = run.first, other.first
    same = found.likeness(one, to[one], keys) + found.likeness(two, to[two], keys)
    crossed = (found.likeness(one, to[two], keys), found.likeness(two, to[one], keys))
    if not found.retold:
        return sum(crossed) > same
    return min(crossed) >= _LIKE and sum(crossed) > 2 * same


def _keys(a: Scan, group: _Group) -> list[str]:
    return a.keys[group.first : group.last + 1]


def _fewer(found: Findings, key: str) -> bool:
    """Whether the compressed text has a value less often than the original."""
    return len(found.pair.places.get(key, [])) < len(found.have[key])


def _interchangeable(found: Findings, one: _Group, other: _Group) -> bool:
    """Whether the two stand side by side in a list, where order says nothing."""
    a = found.pair.a
    if steps.inverted(found, one.last, other.first):
        return True
    if _TITLED.match(found.original[a.ends[one.last] : a.starts[other.first]]):
        return True
    return all(
        a.links[i] in _EQUAL_LINKS or a.kinds[i] == "unit" or a.kinds[i] == a.kinds[i - 1] == "name"
        for i in range(one.last + 1, other.first + 1)
    )
