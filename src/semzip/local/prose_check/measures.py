"""What a number amounts to with its unit, and the other ways to write an hour of the day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from semzip.local.facts.items import Scan

_SIZES: Mapping[str, tuple[int, str]] = MappingProxyType({
    "s": (1, "s"), "min": (60, "s"), "h": (3600, "s"), "d": (86400, "s"), "wk": (604800, "s"), "mo": (1, "mo"),
    "yr": (12, "mo"), "mm": (1, "mm"), "cm": (10, "mm"), "m": (1000, "mm"), "km": (10**6, "mm"), "mg": (1, "mg"),
    "g": (1000, "mg"), "kg": (10**6, "mg"), "t": (10**9, "mg"), "ml": (1, "ml"), "cl": (10, "ml"), "l": (1000, "ml"),
    "CENT": (1, "cent"), "USD": (100, "cent"), "EUR": (100, "cent"), "kb": (1, "kb"), "mb": (1000, "kb"), "gb": (10**6, "kb"),
})  # fmt: skip
"""How many of the smallest unit of its family a unit is."""
_DECIMAL = re.compile(r"#\d+(?:\.\d+)?")


def amount(items: Scan, i: int) -> tuple[Fraction, str] | None:
    """A number with its unit in the smallest unit of its family: 2 h as 7200 s; None where there is no such unit."""
    unit = next((items.keys[k] for k in (i + 1, i - 1) if 0 <= k < len(items.kinds) and items.kinds[k] == "unit"), "")
    size = _SIZES.get(unit)
    if size is None or not _DECIMAL.fullmatch(items.keys[i]):
        return None
    return Fraction(items.keys[i][1:]) * size[0], size[1]


def amounts(items: Scan) -> frozenset[tuple[Fraction, str]]:
    """What all numbers of a text amount to."""
    found = (amount(items, i) for i, kind in enumerate(items.kinds) if kind == "number")
    return frozenset(one for one in found if one is not None)


def clocks(key: str) -> tuple[str, ...]:
    """Other ways to write an hour of the day: 9 a.m. as 9:00, 9; 2 of "2 to 4 p.m." as 14:00."""
    hour, _, minute = key[1:].partition(":")
    if not hour.isdecimal() or len(hour) > 2 or int(hour) > 24:
        return ()
    if minute == "00":
        return ("#" + hour,)
    return () if minute else (f"#{hour}:00", f"#{int(hour) + 12}:00")


def hours(key: str) -> tuple[str, ...]:
    """What an original may have written for an hour of the day: 2 for 14:00."""
    hour, _, minute = key[1:].partition(":")
    return ("#" + hour, f"#{int(hour) - 12}") if minute == "00" and hour.isdecimal() else ()
