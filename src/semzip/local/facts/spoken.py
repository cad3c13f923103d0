"""Numbers as they are said, and what transcripts and reports write by its parts: one point five, V_C_R_, FY19."""

from __future__ import annotations

import re
from itertools import count

from semzip.local.facts import lexicon
from semzip.local.facts.items import Scan

_ONES = ["zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TIES = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {
    word: value
    for words, first, step in ((["zero"], 0, 1), (_ONES[2:], 1, 1), (_TENS, 10, 1), (_TIES, 20, 10))
    for word, value in zip(words, count(first, step), strict=False)
}
_ONE = "(?:" + "|".join(_ONES[2:]) + ")"
_CENTURIES = (*_TENS[3:], "twenty")
OPENING = frozenset({*_CENTURIES, "point"})
"""Words that may begin a number which is said, besides those that are one by themselves."""
QUARTERS = frozenset({"q1", "q2", "q3", "q4"})
_YEAR = re.compile(
    rf"({'|'.join(_CENTURIES)})[ -](?:oh[ -]({_ONE})|({'|'.join(_TENS)})|({'|'.join(_TIES)})(?:[ -]({_ONE}))?)\b(?![ -](?:percent|per|%|{'|'.join(_ONES)}))",
    re.IGNORECASE,
)
_DECIMALS = re.compile(rf"(?: (?:{'|'.join(_ONES)})\b)+", re.IGNORECASE)
_COUNTED = re.compile(
    r"\b(?:the|this|that|a|at|an|one|some|any|my|your|our|their|every|each|next|last|bullet)\s+$", re.IGNORECASE
)
_SPELLED = re.compile(r"(?:[A-Za-z]_)+[A-Za-z]?(?:['’]?s)?_?")
_FISCAL = re.compile(r"FY['’]?((?:19|20)?\d\d)", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"({'|'.join(sorted(lexicon.MONTHS, key=len, reverse=True))})(\d\d?)", re.IGNORECASE)


def year(text: str, start: int) -> tuple[str, int] | None:
    """Key and end of a year in words: nineteen eighty-eight, twenty oh five."""
    found = _YEAR.match(text, start)
    if found is None:
        return None
    century, oh, teen, ten, one = (_VALUES[word.lower()] if word else 0 for word in found.groups())
    return f"#{100 * century + oh + teen + ten + one}", found.end()


def decimal(text: str, items: Scan, start: int, end: int) -> tuple[str, int, bool] | None:
    """What "point" and the digits after it make, where to read on, and whether the number before it belongs to it."""
    found = _DECIMALS.match(text, end)
    if found is None:
        return None
    digits = "".join(str(_VALUES.get(word, 0)) for word in found.group().lower().split())
    whole = items.keys[-1][1:] if items.kinds and items.kinds[-1] == "number" and items.ends[-1] == start - 1 else ""
    if not whole.isdecimal() and _COUNTED.search(text, max(0, start - 8), start):
        return None
    return f"#{whole if whole.isdecimal() else 0}.{digits}".rstrip("0").rstrip("."), found.end(), whole.isdecimal()


def fiscal(word: str) -> str:
    """The key of a fiscal year's year, as FY19 has it; "" for another word."""
    found = _FISCAL.fullmatch(word)
    if found is None:
        return ""
    return "#" + (found[1] if len(found[1]) == len("2019") else ("19" if found[1] > "60" else "20") + found[1])


def letters(word: str) -> str:
    """An initialism without what sets its letters apart: V_C_R_ as VCR; "" for another word."""
    return word.replace("_", "") if _SPELLED.fullmatch(word) else ""


def day(word: str) -> str:
    """A month and the day written right behind it as a date: March25 as March 25; "" for another word."""
    found = _MONTH_DAY.fullmatch(word)
    return f"{found[1]} {found[2]}" if found and word[0].isupper() else ""
