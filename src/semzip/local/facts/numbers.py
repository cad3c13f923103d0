"""Reads numbers with their units, hours, dates and spans of days into items."""

from __future__ import annotations

import re

from semzip.local.facts import lexicon, parts, spoken, terms, units
from semzip.local.facts.items import Scan
from semzip.local.facts.terms import WORD

_INCHES = re.compile(r"[ ]*(?:[)\];:/×|]|[.,](?!\w)|$)| (?:wide|tall|long|high|deep|thick|across|x)\b|[ ]*[×x] ?\d")
_NOT_ALONE = lexicon.words("k m b t bn mn tn mil millions thousands billions")
_NOT_SPACED = lexicon.words("in x b fold") | terms.LONE
_TOUCHING = frozenset({"", " ", "-", "+ ", "\xa0", "\u202f", "‑", "–"})
"""What may stand between a number and its unit."""
_DAYS = frozenset({"–", "-", "—", " – ", " - ", " to ", " and ", " or ", "/", " bis ", " und ", " & ", " + "})
"""What may stand between two days of one month."""
_ORDINAL = frozenset({"st", "nd", "rd", "th"})
_AND_A = re.compile(r"(?:\b(an?) )?\b(\w+) and a $", re.IGNORECASE)
_UNIT_AND = 24
"""Characters that "an hour and a" takes at most."""
_LAST_DAY = 31
_LONGEST = 300
_OF_MANY = frozenset(
    {" in ", " of ", " out of ", " in every ", " out of every ", " of every ", " of the ", " out of the ", "-in-"}
)
_FARTHEST = max(map(len, _OF_MANY))
AND_HALF = re.compile(r" (?:and|&|\+) (?:a )?half\b", re.IGNORECASE)
_DECADE = re.compile(r"(?:\bthe |\bearly |\bmid |\blate |\bmid-|\bof |\bfrom |['’])$", re.IGNORECASE)


_SMALL = re.compile(r"#\d{1,3}(?:\.\d+)?")
_RANGE = re.compile(r"\s*(?:to|→|[-=]>|–|—|-|bis|(and|und))\s*[$€£¥]?\s*")
_BETWEEN = re.compile(r"\b(?:between|zwischen)\s+[$€£¥]?$", re.IGNORECASE)


class Numbers:
    """Turns what begins with a digit, or counts in words, into items: a number, its unit, a date.

    Args:
        text: The text to be read.
        german: Whether it writes thousands with points.
    """

    def __init__(self, text: str, *, german: bool) -> None:
        self.text = text
        self.german = german
        self.out = Scan([], [], [], [], [], [], [])
        self.sentence = 0
        self.link = ""
        self.opening = True

    def add(self, kind: str, key: str, start: int, end: int) -> None:
        out = self.out
        out.kinds.append(kind)
        out.keys.append(key)
        out.starts.append(start)
        out.ends.append(end)
        out.sentences.append(self.sentence)
        out.links.append(self.link)
        self.link = ""

    def number(self, text: str, start: int, end: int) -> int:
        """Add a number and what is written together with it; returns where to read on."""
        out = self.out
        money = bool(out.kinds) and out.kinds[-1] == "unit" and out.ends[-1] == start
        decade = text[-1] == "s" and _DECADE.search(self.text, max(0, start - 8), start) is not None
        items = terms.number(text, german=self.german, money=money, decade=decade)
        if items[-1][1] in {"am", "pm"}:
            items = (("number", terms.clock(items[0][1], items[-1][1])),)
        if (
            len(text) == 2
            and self.link in {"-", "–"}
            and out.kinds
            and out.kinds[-1] == "date"
            and start - out.ends[-1] == 1
        ):
            century = out.keys[-1][1:3]
            if len(out.keys[-1]) == 5 and text > out.keys[-1][3:5]:
                items = (("date", f"#{century}{text}"),)
        elif text.isdecimal() and out.kinds and out.kinds[-1] == "date" and self.same_month(text, start):
            items = (("date", out.keys[-2]), ("date", items[0][1]))
        if text.isdecimal():
            half = AND_HALF.match(self.text, end)
            if half is not None:
                self.add("number", items[0][1] + ".5", start, half.end())
                return half.end()
            mixed = parts.mixed(self.text, text, end) if len(text) < 4 else None
            if mixed is not None:
                self.add("number", mixed[0], start, mixed[1])
                return mixed[1]
        if self.text[end : end + 2] in {"'s", "’s"} and not self.text[end + 2 : end + 3].isalnum():
            if items[0][0] == "date" and text[-1] == "0" and _DECADE.search(self.text, max(0, start - 8), start):
                items = (("date", items[0][1] + "s"),)
            end += 2
        elif items[-1] == ("unit", "s") and self.text[start - 1 : start] == "-" and out.kinds[-1:] == ["bound"]:
            items = items[:1]
        if not self.link:
            self.link = self.of_many(start)
        for kind, key in items:
            self.add(kind, key, start, end)
        if len(items) == 1 and text[-1].isalpha():
            factor = units.MAGNITUDES.get(text.lstrip("0123456789.,").lower())
            if factor is not None and items[0] == ("number", terms.scaled("#" + text[:-1], factor)):
                self.spread(factor)
        return end

    def spread(self, factor: int) -> None:
        """Let the number that a range begins with share the magnitude of the one that ends it: from 52 to 47 million."""
        out, at = self.out, len(self.out.keys) - 2
        if at > 0 and out.kinds[at] == "unit" and out.starts[-1] - out.ends[at] <= 1:
            at -= 1
        if at < 0 or out.kinds[at] != "number" or not _SMALL.fullmatch(out.keys[at]):
            return
        joined = _RANGE.fullmatch(self.text, out.ends[at], out.starts[-1])
        if joined and (not joined[1] or _BETWEEN.search(self.text, max(0, out.starts[at] - 12), out.starts[at])):
            out.keys[at] = terms.scaled(out.keys[at], factor)

    def of_many(self, start: int) -> str:
        """The link of a number that says of how many the number before it is: one in five, 3 out of 4."""
        out = self.out
        if not out.kinds or out.kinds[-1] != "number" or start - out.ends[-1] > _FARTHEST:
            return ""
        return "of" if self.text[out.ends[-1] : start] in _OF_MANY else ""

    def same_month(self, text: str, start: int) -> bool:
        """Whether a number is the last day of a span that a date began: May 10–12."""
        out = self.out
        day, month = out.keys[-1][1:], out.keys[-2:-1]
        return (
            len(text) <= 2
            and bool(month)
            and month[0][:1] == "m"
            and len(day) <= 2
            and self.text[out.ends[-1] : start] in {"–", "-", "—"}
            and int(day) < int(text) <= _LAST_DAY
        )

    def date(self, text: str, start: int, end: int) -> None:
        """Add a date, and make a day of a number that begins a span of days: 10 to 12 May."""
        out = self.out
        keys = terms.date(text)
        if (
            len(keys) > 1
            and keys[-2][0] == "m"
            and text[0].isdigit()
            and out.kinds
            and out.kinds[-1] == "number"
            and out.keys[-1][1:].isdecimal()
            and 0 < int(out.keys[-1][1:]) <= _LAST_DAY
            and self.text[out.ends[-1] : start] in _DAYS
        ):
            link, self.link = self.link, ""
            day, out.kinds[-1], out.keys[-1] = out.keys[-1], "date", keys[-2]
            self.add("date", day, out.starts[-1], out.ends[-1])
            self.link = link
        for key in keys:
            self.add("date", key, start, end)
        self.opening = False

    def part(self, low: str, start: int, end: int) -> int:
        """Add a part of a whole, or an hour of the day that begins like one; returns where to read on, or 0."""
        out = self.out
        clock = parts.hour(self.text, start) if low in {"half", "quarter"} else None
        if clock is not None:
            self.add("number", clock[0], start, clock[1])
            return clock[1]
        if low == "half" and self.more_than_one(start, end):
            return end
        if low in {"half", "halb"}:
            read = parts.half_of(self.text, end)
            if read > end:
                self.add("number", "#0.5", start, read)
            return read if read > end else 0
        found = parts.fraction(self.text, out, low, start, end)
        if found is None:
            return 0
        key, read, merged = found
        if merged:
            out.keys[-1], out.ends[-1], self.link = key, read, ""
        else:
            self.add("number", key, start, read)
        self.opening = False
        return read

    def said(self, word: str, low: str, start: int, end: int) -> int:
        """Add a number that is said word by word, or a date that is one word; returns where to read on, or 0."""
        if low == "point":
            found = spoken.decimal(self.text, self.out, start, end)
            if found is None:
                return 0
            key, end, merged = found
            if merged:
                self.out.keys[-1], self.out.ends[-1], self.link = key, end, ""
            else:
                self.add("number", key, start, end)
        elif low in spoken.OPENING:
            year = spoken.year(self.text, start)
            if year is None:
                return 0
            key, end = year
            self.add("date", key, start, end)
        elif fiscal := spoken.fiscal(word):
            self.add("date", fiscal, start, end)
        elif low in spoken.QUARTERS:
            self.add("number", f"#{low[1]}", start, end)
            self.add(WORD, terms.stem("quarter"), start, end)
        elif day := spoken.day(word):
            for key in terms.date(day):
                self.add("date", key, start, end)
        else:
            return 0
        self.opening = False
        return end

    def more_than_one(self, start: int, end: int) -> bool:
        """Add the half of "a year and a half" to what stands before it."""
        out = self.out
        found = _AND_A.search(self.text, max(0, start - _UNIT_AND), start)
        unit = units.UNITS.get(found[2].lower()) if found else None
        if found is None or unit is None or not out.kinds:
            return False
        if out.kinds[-2:] == ["number", "unit"] and out.keys[-2][1:].isdecimal() and out.keys[-1] == unit:
            out.keys[-2] += ".5"
        elif found[1] and out.kinds[-1] == WORD and out.starts[-1] == found.start(2):
            out.kinds[-1], out.keys[-1] = "number", "#1.5"
            self.add("unit", unit, out.starts[-1], end)
        else:
            return False
        self.link = ""
        self.opening = False
        return True

    def after_number(self, start: int) -> bool:
        """Whether the item before is a number that ends right here."""
        out = self.out
        if not out.kinds or out.kinds[-1] not in {"number", "date"}:
            return False
        between = self.text[out.ends[-1] : start]
        return between in _TOUCHING or (between == "\n" and self.text[start : start + 3].islower())

    def measure(self, word: str, low: str, start: int, end: int) -> bool:
        """A magnitude or a unit after a number."""
        factor = units.MAGNITUDES.get(low) or terms.AGO.get(low) or terms.ERAS.get(word)
        unit = terms.DEGREES.get(word) or units.UNITS.get(low)
        if (factor is None and unit is None) or not self.after_number(start):
            if factor is not None and low not in _NOT_ALONE and len(low) > 1:
                self.add(WORD, f"#{factor}", start, end)
                return True
            return False
        out = self.out
        gap = start - out.ends[-1]
        if gap and len(word) == 1 and word.isupper() and word not in terms.CAPITALS and factor is None:
            return False
        if word == "K" and gap and out.kinds[-2:-1] != ["unit"]:
            factor = None
        if (
            factor is not None
            and (len(low) > 1 or not word.islower() or gap == 0)
            and not (unit and gap and len(low) == 1 and out.kinds[-2:-1] != ["unit"])
        ):
            out.keys[-1] = terms.scaled(out.keys[-1], factor)
            out.kinds[-1] = "number"
            out.ends[-1] = end
            self.spread(factor)
            if low in terms.AGO or word in terms.ERAS:
                self.add("unit", "yr", start, end)
            return True
        if unit is None or (gap and len(word) == 1 and word.isupper() and word not in terms.CAPITALS):
            return False
        loose = gap and low in _NOT_SPACED and not (low in terms.LONE and word.isupper())
        if loose and not (low == "in" and self.inches(end)):
            return False
        if unit in {"am", "pm"} and self.text[out.ends[-1] - 2 : out.ends[-1]].lower() in _ORDINAL:
            return False
        out.kinds[-1] = "number"
        if unit in {"am", "pm"}:
            out.keys[-1], out.ends[-1] = terms.clock(out.keys[-1], unit), end
        else:
            self.add("unit", unit, start, end)
        return True

    def inches(self, end: int) -> bool:
        """Whether an "in" a space behind a number is the unit: feet stand before it, or no more words follow."""
        return (self.out.kinds[-3:] == ["number", "unit", "number"] and self.out.keys[-2] == "ft") or (
            _INCHES.match(self.text, end) is not None
        )

    def joined(self, key: str, start: int, end: int) -> bool:
        """Twenty-one, two hundred and five: the second word of a number."""
        out = self.out
        if not out.keys or out.kinds[-1] != "number" or self.link not in {"", "-", "and"} or start - out.ends[-1] > 5:
            return False
        before, now = out.keys[-1][1:], key[1:]
        if before.isdigit() and len(before) < _LONGEST and self.text[start:end].lower() == "dozen":
            out.keys[-1], out.ends[-1], self.link = f"#{12 * int(before)}", end, ""
            return True
        if not (before.isdigit() and now.isdigit() and self.text[out.starts[-1] : out.ends[-1]][-1].isalpha()):
            return False
        low, zeros = int(now), len(before) - len(before.rstrip("0"))
        if self.link == "and" and zeros < 2:
            return False
        if (
            low
            and zeros
            and low < 10**zeros
            and len(before) < 15
            and not (self.link == "" and start - out.ends[-1] > 1)
        ):
            out.keys[-1] = f"#{int(before) + low}"
            out.ends[-1] = end
            self.link = ""
            return True
        return False
