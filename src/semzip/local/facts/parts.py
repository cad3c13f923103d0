"""Parts of a whole and hours of the day in words: two thirds, 8 1/2, a quarter past three."""

from __future__ import annotations

import re
from fractions import Fraction

from semzip.local.facts import lexicon, units
from semzip.local.facts.items import Scan

_MIXED = re.compile(r"[ -]?(\d{1,2})[/⁄](\d{1,2})(?![\d/⁄])")
_SMALLEST = 64
"""The greatest number of parts that a ruler or a recipe cuts a whole into."""
_MEASURED = re.compile(
    r"\b(?:by|about|around|nearly|almost|roughly|approximately|over|than|under|some|only|just|up) a $", re.IGNORECASE
)
_OF_IT = re.compile(
    r" (?:of|less|more|fewer|lower|higher|smaller|larger|longer|shorter|faster|slower|cheaper|as)\b", re.IGNORECASE
)
_CLOSES = re.compile(r" (?:to|from|between|in|since|during|when|after|on|at)\b|[ ]*[,.;:)—–|\n]|\s*$", re.IGNORECASE)
_COUNTED = re.compile(r"\b(?:last|past|first|next|previous|other|the|consecutive)\W+$", re.IGNORECASE)
"""Before "three quarters": those of years."""
_OF_A = re.compile(r" (?:of )?an? (\w+)")
_HOUR = re.compile(
    r"(half|quarter) (past|after|to|before) (\w+)(?: o['’]clock)?( in the (?:afternoon|evening)| ?p\.?m\b)?",
    re.IGNORECASE,
)
_NOON = 12


def key_of(value: Fraction) -> str:
    """A number's key: a decimal where it ends, as 8.5, and else a fraction, as 2/3."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest > 1:
        return f"#{value}"
    digits = 0
    while (value * 10**digits).denominator > 1:
        digits += 1
    whole = str(int(abs(value) * 10**digits)).zfill(digits + 1)
    return ("#-" if value < 0 else "#") + (f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole)


def mixed(text: str, number: str, end: int) -> tuple[str, int] | None:
    """Key and end of a whole number with a fraction behind it, such as 8 1/2."""
    found = _MIXED.match(text, end)
    if found is None or (found.group()[0].isdigit() and len(found[1]) + len(found[2]) > 2):
        return None
    over, under = int(found[1]), int(found[2])
    if not 0 < over < under <= _SMALLEST or (found.group()[0].isdigit()):
        return None
    return key_of(int(number) + Fraction(over, under)), found.end()


def fraction(text: str, items: Scan, low: str, start: int, end: int) -> tuple[str, int, bool] | None:
    """What a word such as "third" says as a part of a whole.

    Args:
        text: The text that is read.
        items: What was read of it so far.
        low: The word, in lower case.
        start: Where it begins.
        end: Where it ends.

    Returns:
        The key of the number, where to read on, and whether it takes the place of the last item, as in two thirds; None
        where the word is no part of a whole.
    """
    under = int(lexicon.PARTS[low])
    if items.kinds and items.kinds[-1] == "number" and text[items.ends[-1] : start] in {" ", "-"}:
        over = items.keys[-1][1:]
        said = text[items.starts[-1] : items.ends[-1]].lower()
        counted = said.isdecimal() or lexicon.NUMBER_WORDS.get(said, "").isdecimal()
        if not counted or not 0 < int(over) < under or (over == "1") == (low[-1] == "s"):
            return None
        if low == "quarters" and (
            said != "three" or _COUNTED.search(text, max(0, items.starts[-1] - 14), items.starts[-1])
        ):
            return None
        return key_of(Fraction(int(over), under)), _unit_of(text, end), True
    if text[max(0, start - 3) : start].lower().lstrip("( \n") != "a ":
        return None
    if _OF_IT.match(text, end) or (_MEASURED.search(text, max(0, start - 16), start) and _CLOSES.match(text, end)):
        return key_of(Fraction(1, under)), _unit_of(text, end), False
    return None


def _unit_of(text: str, end: int) -> int:
    """Where to read on after a part: behind "of a" if a unit follows, so that the unit belongs to the part."""
    of_a = _OF_A.match(text, end)
    low = of_a[1].lower() if of_a else ""
    return of_a.start(1) if of_a and len(low) > 1 and (low in units.UNITS or low in units.MAGNITUDES) else end


half_of = _unit_of


def hour(text: str, start: int) -> tuple[str, int] | None:
    """Key and end of an hour of the day in words: half past three as 3:30."""
    found = _HOUR.match(text, start)
    if found is None:
        return None
    said = lexicon.NUMBER_WORDS.get(found[3].lower(), found[3])
    if not said.isdecimal() or not 0 < int(said) <= _NOON:
        return None
    at = int(said) - (found[2].lower() in {"to", "before"})
    minute = 30 if found[1].lower() == "half" else 15 if at == int(said) else 45
    at = at % _NOON + _NOON if found[4] else at or _NOON
    return f"#{at}:{minute}", found.end()
