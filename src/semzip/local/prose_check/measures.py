"""What a number amounts to with its unit, as a share or in Roman numerals, and the other ways to write an hour of the day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType

from semzip.local.facts import lexicon
from semzip.local.facts.items import Scan

_SIZES: Mapping[str, tuple[int, str]] = MappingProxyType({
    "ms": (1, "ms"), "s": (1000, "ms"), "min": (60_000, "ms"), "h": (3_600_000, "ms"), "d": (86_400_000, "ms"),
    "wk": (604_800_000, "ms"), "mo": (1, "mo"), "yr": (12, "mo"), "decade": (120, "mo"), "cent_yr": (1200, "mo"),
    "mm": (1, "mm"), "cm": (10, "mm"), "m": (1000, "mm"), "km": (10**6, "mm"), "µg": (1, "µg"), "mg": (1000, "µg"),
    "g": (10**6, "µg"), "kg": (10**9, "µg"), "t": (10**12, "µg"), "ml": (1, "ml"), "cl": (10, "ml"), "l": (1000, "ml"),
    "CENT": (1, "cent"), "USD": (100, "cent"), "EUR": (100, "cent"), "kb": (1, "kb"), "mb": (1000, "kb"), "gb": (10**6, "kb"),
    "tb": (10**9, "kb"), "in": (1, "in"), "ft": (12, "in"), "yd": (36, "in"), "oz": (1, "oz"), "lb": (16, "oz"),
    "w": (1, "w"), "kw": (1000, "w"), "mw": (10**6, "w"), "gw": (10**9, "w"), "wh": (1, "wh"), "kwh": (1000, "wh"),
    "mwh": (10**6, "wh"), "gwh": (10**9, "wh"), "hz": (1, "hz"), "khz": (1000, "hz"), "mhz": (10**6, "hz"), "ghz": (10**9, "hz"),
})  # fmt: skip
"""How many of the smallest unit of its family a unit is."""
_SHARES = MappingProxyType({"%": 100, "bp": 10_000})
_PURE = "1"
"""The family of numbers without a unit, among them shares."""
_MONEY = frozenset({"USD", "EUR"})
"""Units that stand before their number."""
_THIRDS = MappingProxyType({
    "#33": Fraction(1, 3), "#33.3": Fraction(1, 3), "#66": Fraction(2, 3), "#67": Fraction(2, 3), "#66.7": Fraction(2, 3),
})  # fmt: skip
_NUMBER = re.compile(r"#\d{1,300}(?:\.\d{1,300}|/\d{1,300})?")
_CLOCK = re.compile(r"#(\d+):(\d\d)")
_TIMED = re.compile(r"#(\d+):(\d\d):(\d\d)")
_RECENT = 3
_CLOSE = 12
"""Values and items back to which a number may be computed with another."""
_BESIDE = 5
"""Items back to which a bare number may be the rest of another."""
_PARTS = 100
"""Of more than that, "3 of 340" is a count and no share."""
_LARGE = 30
"""Of small numbers too many are the difference of two others."""
_LONGEST = 3
"""Parts of a measure: 2 h 31 min 5 s."""


def amount(items: Scan, i: int) -> tuple[Fraction, str] | None:
    """A number with its unit in the smallest unit of its family: 2 h as 7200 s, 20 % as 1/5; None for an odd number.

    The parts of a measure amount to the whole: each number of 2 h 31 min to 151 min.
    """
    kinds, keys = items.kinds, items.keys
    if kinds[i] == "date":
        return _dated(items, i)
    timed = _TIMED.fullmatch(keys[i])
    if timed is not None:
        return Fraction(1000 * (3600 * int(timed[1]) + 60 * int(timed[2]) + int(timed[3]))), "ms"
    first, size = i, _size(items, i)
    if size is None:
        return _pure(items, i)
    while i - first < 2 * _LONGEST and _follows(items, first):
        first -= 2
    total, at = Fraction(0), first
    while True:
        own = _size(items, at)
        value = _value(keys[at], own[0] if own else 1)
        if own is None or value is None:
            return None
        total += value * own[0]
        at += 2
        if at >= len(kinds) or not _follows(items, at):
            return total, size[1]


def _size(items: Scan, i: int) -> tuple[int, str] | None:
    """The size of the unit of number `i`, and its family."""
    kinds, keys = items.kinds, items.keys
    if i + 1 < len(kinds) and kinds[i + 1] == "unit":
        return _SIZES.get(keys[i + 1])
    return _SIZES.get(keys[i - 1]) if i and kinds[i - 1] == "unit" and keys[i - 1] in _MONEY else None


def _follows(items: Scan, i: int) -> bool:
    """Whether number `i` goes on a measure that the number before it began in a greater unit of the family."""
    if i < 2 or items.kinds[i - 2 : i + 1] != ["number", "unit", "number"] or items.links[i] not in {"", "and", ","}:
        return False
    one, two = _size(items, i - 2), _size(items, i)
    return (
        one is not None
        and two is not None
        and one[1] == two[1]
        and one[0] > two[0]
        and items.starts[i] - items.ends[i - 1] <= 5
    )


def _value(key: str, unit: int) -> Fraction | None:
    """A number's value; 2:31 in a unit of which the next smaller is a sixtieth."""
    if _NUMBER.fullmatch(key):
        return Fraction(key[1:])
    clock = _CLOCK.fullmatch(key)
    return int(clock[1]) + Fraction(int(clock[2]), 60) if clock and unit > 1 else None


def _pure(items: Scan, i: int) -> tuple[Fraction, str] | None:
    """A share or a bare number: 20 %, 1/5 and "one in five" as 1/5."""
    kinds, keys, links = items.kinds, items.keys, items.links
    value = _value(keys[i], 1)
    if value is None:
        return None
    if i + 1 < len(kinds) and kinds[i + 1] == "unit":
        share = _SHARES.get(keys[i + 1])
        return (_THIRDS.get(keys[i], value / share) if share else value, _PURE) if share else None
    for over in (i, i - 1):
        if over < 0 or over + 1 >= len(kinds) or links[over + 1] not in {"/", "of"}:
            continue
        one, two = _value(keys[over], 1), _value(keys[over + 1], 1)
        if one is not None and two and two <= _PARTS and kinds[over] == kinds[over + 1] == "number":
            return one / two, _PURE
    return value, _PURE


def counted(value: int) -> tuple[Fraction, str]:
    """A number without a unit, as `amounts` has it."""
    return Fraction(value), _PURE


def amounts(items: Scan) -> frozenset[tuple[Fraction, str]]:
    """What all numbers of a text amount to, and what follows from two that stand close together."""
    return frozenset((*_amounts(items), *_computed(items)))


def _amounts(items: Scan) -> Iterator[tuple[Fraction, str]]:
    for i, kind in enumerate(items.kinds):
        if kind == "number":
            own = amount(items, i)
            if own is not None:
                yield own
        elif kind == "name" and items.keys[i] in lexicon.ROMAN:
            yield counted(lexicon.ROMAN[items.keys[i]])


def _dated(items: Scan, i: int) -> tuple[Fraction, str] | None:
    """A year, or a day of a month: 5 June as 5 in the family of June."""
    key = items.keys[i]
    if not key[1:].isdecimal() or key[0] != "#":
        return None
    if len(key) == len("#2020"):
        return Fraction(int(key[1:])), "year"
    month = items.keys[i - 1] if i and items.kinds[i - 1] == "date" else ""
    return (Fraction(int(key[1:])), month) if month[:1] == "m" else None


def _computed(items: Scan) -> Iterator[tuple[Fraction, str]]:
    """The time between two dates, the date some time after or before one, and what is left of a number without another."""
    known: list[tuple[int, Fraction, str]] = []
    for i, kind in enumerate(items.kinds):
        if kind not in {"number", "date"}:
            continue
        own = amount(items, i)
        if own is None:
            continue
        value, family = own
        if family == _PURE and items.keys[i][1:].isdecimal():
            value = Fraction(int(items.keys[i][1:]))
        for at, other, was in known[-_RECENT:]:
            if i - at > _CLOSE:
                continue
            if family == was == "year" and value != other:
                yield abs(value - other) * 12, "mo"
            elif family == was and family[0] == "m" and family[1:].isdecimal() and value != other:
                yield abs(value - other) * _SIZES["d"][0], "ms"
            elif was == "year" and family == "mo":
                yield other + value / 12, "year"
                yield other - value / 12, "year"
            elif was[1:].isdecimal() and family == "ms":
                yield other + value / _SIZES["d"][0], was
                yield other - value / _SIZES["d"][0], was
            elif (
                family == was == _PURE
                and max(value, other) > _LARGE
                and i - at <= _BESIDE
                and items.sentences[at] == items.sentences[i]
            ):
                yield abs(value - other), _PURE
        known.append((i, value, family))


def clocks(key: str) -> tuple[str, ...]:
    """Other ways to write an hour of the day: 9 a.m. as 9:00, 9; 2 of "2 to 4 p.m." as 14:00."""
    hour, _, minute = key[1:].partition(":")
    if not hour.isdecimal() or len(hour) > 2 or int(hour) > 24:
        return ()
    other = int(hour) + 12 if int(hour) <= 12 else int(hour) - 12
    if minute == "00":
        return ("#" + hour, f"#{other}", f"#{other}:00")
    return (f"#{other}:{minute}",) if minute else (f"#{hour}:00", f"#{other}:00")


def hours(key: str) -> tuple[str, ...]:
    """What an original may have written for an hour of the day: 2 for 14:00."""
    return tuple(way for way in clocks(key) if ":" in key or ":" in way)
