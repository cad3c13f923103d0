"""Reads a text once into items: joins phrases, dates, and numbers with their units."""

from __future__ import annotations

import re
from functools import lru_cache

from semzip.local.facts import lexicon, openers, spellings, terms, units
from semzip.local.facts.items import PLAIN, RICH, Scan
from semzip.local.facts.terms import WORD

_NOT_ALONE = lexicon.words("k m b t bn mn tn mil millions thousands billions")
_NOT_SPACED = lexicon.words("in x b fold") | terms.LONE
_ABBREVIATED = lexicon.words("dr mr mrs ms st prof vs etc fig no vol al approx ca inc ltd jr sr gen col lt sgt rev")
_EDGE = re.compile(r"\s+(?:by )?(?:the )?(?:age )?(?:of )?(?=[$€£]?\d)")
_HALF = re.compile(r"half(?: an|-)?[ -]?hour\b", re.IGNORECASE)
_AND_HALF = re.compile(r" (?:and|&|\+) (?:a )?half\b", re.IGNORECASE)
_DECADE = re.compile(r"(?:\bthe |\bearly |\bmid |\blate |\bmid-|\bof |\bfrom |['’])$", re.IGNORECASE)
_NEXT = re.compile(r"\s+(?:(?:an?|the|about|some|age|ages|US) )*[$€£~]?(\w+)")
_NUMBERED = re.compile(r"\.\s?(?:#?\d|of\b|[A-Z]{2})")
_CODE = re.compile(r" ?\d")
_GIVEN = re.compile(r"(?:[A-Z]\.){2,3}")
_SHORTHAND = lexicon.words("yoy qoq ytd asap eta tbd tba ok n/a")
"""What is written in capitals, and names nobody."""
_OPENING = frozenset(":：=#*•[—-–")


_REMEMBERED = 20_000
"""Characters up to which the last texts read are remembered: what shortened a text and what checks it both read it."""


def scan(text: str, *, german: bool | None = None) -> Scan:
    """The facts and content words of a text, in one pass; not to be changed, since others may be given the same.

    Args:
        text: Any text.
        german: Whether it writes nouns with capitals and thousands with points; found out by default.
    """
    if german is None:
        german = openers.is_german(text[:1500])
    return _remembered(text, german=german) if len(text) <= _REMEMBERED else _Reader(text, german=german).read()


@lru_cache(maxsize=8)
def _remembered(text: str, *, german: bool) -> Scan:
    return _Reader(text, german=german).read()


class _Reader:
    """Turns tokens into items: joins phrases, dates and numbers with their units, and tells names from openers."""

    def __init__(self, text: str, *, german: bool) -> None:
        self.text = text
        self.german = german
        self.out = Scan([], [], [], [], [], [], [])
        self.sentence = 0
        self.link = ""
        self.opening = True
        self.doubtful: list[int] = []
        self.names: set[str] = set()

    def read(self) -> Scan:
        text = self.text
        out = self.out
        skip = 0
        quote = -1
        pattern = RICH if "/" in text or "@" in text or "\\" in text or "www." in text else PLAIN
        for match in pattern.finditer(text):
            start = match.start()
            if start < skip:
                continue
            group = match.lastgroup
            end = match.end()
            if group in {"common", "word"}:
                form = text[start:end]
                known = terms.plain(form)
                if known is None:
                    skip = self.word(form, start, end)
                    continue
                if known[0]:
                    self.add(known[0], known[1], start, end)
                elif known[1]:
                    self.link = known[1]
                self.opening = False
            elif group == "end":
                self.close(match.group(), start)
            elif group == "number":
                skip = self.number(match.group(), start, end)
                self.opening = False
            elif group in {"sign", "short"}:
                self.sign(match.group(), start, end)
            elif group == "han":
                self.han(match.group(), start, end)
            elif group == "quote":
                before, after = text[start - 1 : start], text[end : end + 1]
                opens = match.group() in "“„«「『" or (
                    match.group() in '"`' and not before.strip(" (\n[|:—-") and bool(after.strip())
                )
                if opens and match.group() not in "»”":
                    quote = start
                    self.opening = True
                elif quote >= 0 and start - quote < 600:
                    out.quotes.append((quote, end))
                    quote = -1
            elif group == "date":
                for key in terms.date(match.group()):
                    self.add("date", key, start, end)
                self.opening = False
            elif group == "time":
                self.add(
                    "number",
                    "#" + (match.group().lstrip("0") if match.group()[:2] != "00" else match.group()[1:]),
                    start,
                    end,
                )
            elif group == "code":
                code = match.group()
                self.add("identifier" if code[0].isupper() or code[0] == "_" else WORD, code.lower(), start, end)
                self.opening = False
            elif group == "dotted":
                self.dotted(match.group(), start, end)
            else:
                self.add("url", match.group().lower(), start, end)
                self.opening = False
        openers.settle(text, out, self.doubtful, self.names, german=self.german)
        return out

    def add(self, kind: str, key: str, start: int, end: int) -> None:
        out = self.out
        out.kinds.append(kind)
        out.keys.append(key)
        out.starts.append(start)
        out.ends.append(end)
        out.sentences.append(self.sentence)
        out.links.append(self.link)
        self.link = ""

    def close(self, mark: str, start: int) -> None:
        """End of a sentence, unless the mark ends an abbreviation."""
        if mark == ".":
            head = start
            while head > 0 and start - head < 6 and self.text[head - 1].isalpha():
                head -= 1
            word = self.text[head:start]
            if (
                len(word) == 1 and word.isupper() and self.text[head - 1 : head] != "°"
            ) or word.lower() in _ABBREVIATED:
                return
        self.sentence += 1
        self.link = "|"
        self.opening = True

    def word(self, word: str, start: int, end: int) -> int:
        """Add a word, or the phrase, unit or number that it belongs to; returns where to read on."""
        low = word.lower()
        if low in terms.HEADS:
            phrase = terms.PHRASE.match(self.text, start)
            if phrase is not None:
                kind, key = terms.PHRASES[" ".join(phrase.group().lower().split())]
                counted = low == "as" and _CODE.match(self.text, phrase.end()) is not None
                if counted and key == "if":
                    kind, key = "bound", "<="
                if kind == "bound" and phrase.group()[-4:].lower() == "than" and not self.counted(phrase.end()):
                    kind, key = "direction", "more" if key == ">" else "less"
                if low == "as" and kind == "bound" and not counted:
                    self.opening = False
                    return phrase.end()
                if kind != "unit" or self.after_number(start):
                    self.add(kind, key, start, phrase.end())
                    self.opening = False
                    return phrase.end()
        dosed = terms.DOSED.fullmatch(low)
        if dosed is not None:
            self.add("number", "#" + dosed[1], start, end)
            self.add("unit", dosed[2], start, end)
            return end
        half = _HALF.match(self.text, start) if low in {"half", "halb"} else None
        if half is not None:
            self.add("number", "#30", start, half.end())
            self.add("unit", "min", start, half.end())
            return half.end()
        if self.measure(word, low, start, end):
            return end
        edge = terms.EDGES.get(low)
        if edge is not None and not (low == "over" and self.after_number(start)):
            number = _EDGE.match(self.text, end)
            if number is not None:
                self.add(edge[0], edge[1], start, end)
                self.opening = False
                return number.end()
        if word in terms.CODES and _CODE.match(self.text, end):
            self.add("unit", units.UNITS[low], start, end)
            self.opening = False
            return end
        if word == "US" and self.text[end : end + 1] == "$":
            return end
        kind, key = terms.meaning(word)
        if low == "provided" and self.text[max(0, start - 2) : start].strip(" ")[-1:] not in {
            ",",
            "(",
            ";",
            "|",
            "\n",
            "",
        }:
            kind, key = WORD, "give"
        if low in {"no", "nr"} and _NUMBERED.match(self.text, end):
            kind, key = WORD, "number"
        if len(word) == 1 and word.isupper() and self.text[end : end + 1] == ".":
            key = low
        if not kind:
            if key:
                self.link = key
            self.opening = False
            return end
        if kind == "number" and self.joined(key, start, end):
            return end
        if kind == "number" and key[1:].isdecimal():
            half = _AND_HALF.match(self.text, end)
            if half is not None:
                self.add(kind, key + ".5", start, half.end())
                self.opening = False
                return half.end()
        if kind == WORD and word[0].isupper() and low not in _SHORTHAND:
            if self.opening or self.german:
                self.doubtful.append(len(self.out.keys))
            else:
                kind = "name"
                self.names.add(key)
        self.add(kind, key, start, end)
        self.opening = False
        return end

    def counted(self, end: int) -> bool:
        """Whether a number follows, in digits or as a word."""
        following = _NEXT.match(self.text, end)
        return following is not None and (following[1][0].isdigit() or following[1].lower() in lexicon.NUMBER_WORDS)

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
        half = _AND_HALF.match(self.text, end) if text.isdecimal() else None
        if half is not None:
            self.add("number", items[0][1] + ".5", start, half.end())
            return half.end()
        for kind, key in items:
            self.add(kind, key, start, end)
        return end

    def after_number(self, start: int) -> bool:
        """Whether the item before is a number that ends right here."""
        out = self.out
        return (
            bool(out.kinds)
            and out.kinds[-1] in {"number", "date"}
            and (start - out.ends[-1] <= 1 or self.text[out.ends[-1] : start] == "+ ")
        )

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
        if word == "K" and gap and out.kinds[-2:-1] != ["unit"]:
            factor = None
        if (
            factor is not None
            and (len(low) > 1 or not word.islower() or gap == 0)
            and not (unit and gap and len(low) == 1)
        ):
            out.keys[-1] = terms.scaled(out.keys[-1], factor)
            out.kinds[-1] = "number"
            out.ends[-1] = end
            if low in terms.AGO or word in terms.ERAS:
                self.add("unit", "yr", start, end)
            return True
        if unit is None or (gap and low in _NOT_SPACED and not (low in terms.LONE and word.isupper())):
            return False
        out.kinds[-1] = "number"
        if unit in {"am", "pm"}:
            out.keys[-1], out.ends[-1] = terms.clock(out.keys[-1], unit), end
        else:
            self.add("unit", unit, start, end)
        return True

    def joined(self, key: str, start: int, end: int) -> bool:
        """Twenty-one, two hundred and five: the second word of a number."""
        out = self.out
        if not out.keys or out.kinds[-1] != "number" or self.link not in {"", "-", "and"} or start - out.ends[-1] > 5:
            return False
        before, now = out.keys[-1][1:], key[1:]
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

    def dotted(self, text: str, start: int, end: int) -> None:
        low = text.lower()
        unit = units.UNITS.get(low)
        if unit in {"am", "pm"} and self.after_number(start):
            self.measure(text, low, start, end)
            return
        if unit is not None:
            self.add("unit", unit, start, end)
            return
        if low in {"i.e.", "e.g.", "z.b.", "d.h.", "u.a.", "a.k.a."}:
            return
        if _GIVEN.fullmatch(text) and low not in spellings.SAME and self.text[end : end + 2].strip()[:1].isupper():
            for at in range(0, len(text), 2):
                self.add("name", low[at], start + at, start + at + 1)
            self.opening = False
            return
        key = spellings.SAME.get(low) or low.replace(".", "")
        self.add("name" if text[0].isupper() and len(text) > 2 else WORD, key, start, end)
        self.opening = False

    def han(self, text: str, start: int, end: int) -> None:
        known = terms.PHRASES.get(text)
        if known is not None and known[0] not in {"unit", WORD}:
            self.add(known[0], known[1], start, end)
        elif self.measure(text, text, start, end):
            return
        elif text not in lexicon.STOP_ZH:
            number = "一二三四五六七八九十".find(text)
            self.add("number" if number >= 0 else WORD, f"#{number + 1}" if number >= 0 else text, start, end)
        self.opening = False

    def sign(self, text: str, start: int, end: int) -> None:
        if text in {"v", "V"}:
            return
        known = terms.PHRASES.get(text.lower())
        if text[0] in units.SYMBOL_UNITS:
            self.add("unit", units.UNITS[text.lower()], start, end)
        elif known is not None and known[0] != WORD and not (text in "<>" and not self.compares(end)):
            self.add(known[0], known[1], start, end)
        else:
            self.link = {"&": "and", "+": "and", "，": ",", "、": "and", "：": ":"}.get(text, text)
        if text in _OPENING:
            self.opening = True

    def compares(self, end: int) -> bool:
        """Whether a number follows a < or >."""
        rest = self.text[end : end + 3].lstrip(" $€£")
        return bool(rest) and rest[0].isdigit()
