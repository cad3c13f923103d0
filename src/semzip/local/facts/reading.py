"""Reads a text once into items: joins phrases, dates, and numbers with their units."""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType

from semzip.local.facts import lexicon, openers, spellings, spoken, terms, units
from semzip.local.facts.items import Scan, tokens
from semzip.local.facts.numbers import AND_HALF, Numbers
from semzip.local.facts.terms import WORD

_COMPARED = lexicon.COMPARING | lexicon.words("no not")
_ABBREVIATED = lexicon.words(
    "dr mr mrs ms st prof vs etc fig no vol al approx ca inc ltd jr sr gen col lt sgt rev maj capt exc excl incl dept inst est ave hwy fwy"
)
_EDGE = re.compile(r"(?:\s+|-)(?:by )?(?:the )?(?:age )?(?:of )?(?=[$€£]?\d)")
_EDGE_WORD = re.compile(
    r" (?=(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|one hundred)\b)"
)
_EDGE_ROUND = re.compile(r" (?=(?:half|(?:an?|one) (?:hundred|thousand|million|billion|dozen))\b)")
_LIMITS = frozenset({"beyond", "below", "above", "under", "exceeds"})
_THAN = re.compile(r"\s+(than)\b")
_MODAL = re.compile(r" (?!(?:and|or|to|was|is|has|had|saw|will|through|until|of|in|at|after|the|a)\b)[a-z]")
"""After a "May" that is no month."""
_ASKED = re.compile(r"[^.!?\n]*\?")
_HALF = re.compile(r"half(?: an|-)?[ -]?hour\b", re.IGNORECASE)
_NEXT = re.compile(r"\s+(?:(?:an?|the|about|some|age|ages|US) )*[$€£~]?(\w+)")
_NUMBERED = re.compile(r"\.:?\s?(?:#?\d|of\b|[A-Z]{2})")
_CODE = re.compile(r" ?\d")
_GIVEN = re.compile(r"(?:[A-Z]\.){2,3}")
_TIMES = re.compile(r"(?:half|twice|thrice|times|double|triple|fold|\dx) $", re.IGNORECASE)
_TO_WHERE = re.compile(
    r" (?:high|low|medium|full|speed|date|now|here|there|him|her|them|me|us|you|standard|scratch)\b", re.IGNORECASE
)
"""After an "up to" that limits nothing."""
_BARRED = re.compile(r" [^.,;]{1,60}? from\b", re.IGNORECASE)
_COUNTABLE = frozenset({"number", "unit", "date"})
_GAP = 2
"""Characters at most between a bound and what it stands behind."""
_LINKS = MappingProxyType({"&": "and", "+": "and", "，": ",", "、": "and", "：": ":", "⁄": "/"})
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


class _Reader(Numbers):
    """Turns tokens into items: joins phrases, dates and numbers with their units, and tells names from openers."""

    def __init__(self, text: str, *, german: bool) -> None:
        super().__init__(text, german=german)
        self.doubtful: list[int] = []
        self.names: set[str] = set()

    def read(self) -> Scan:
        text = self.text
        out = self.out
        skip = 0
        quote = -1
        plain = terms.plain
        german = self.german
        for match in tokens(text).finditer(text):
            start, end = match.span()
            if start < skip:
                continue
            group = match.lastgroup
            if group in {"common", "word"}:
                form = text[start:end]
                known = plain(form, german)
                if known is None:
                    skip = self.word(form, start, end)
                    continue
                self.say(known, start, end)
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
                self.date(match.group(), start, end)
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

    def say(self, known: tuple[str, str], start: int, end: int) -> None:
        """Add a word of this kind and key, or what it links."""
        kind, key = known
        if kind == terms.CAPITAL:
            if (self.opening or self.german) and not lexicon.WEEKDAY.match(self.text, start):
                self.doubtful.append(len(self.out.keys))
                kind = WORD
            else:
                self.names.add(key)
                kind = "name"
        if kind:
            self.add(kind, key, start, end)
        elif key:
            self.link = key
        self.opening = False

    def word(self, word: str, start: int, end: int) -> int:
        """Add a word, or the phrase, unit or number that it belongs to; returns where to read on."""
        low = word.lower()
        if low in terms.HEADS:
            phrase = terms.phrases(low).match(self.text, start)
            if phrase is not None:
                kind, key = terms.phrase(phrase.group())
                counted = low == "as" and _CODE.match(self.text, phrase.end()) is not None
                if counted and key == "if":
                    kind, key = "bound", "<="
                than = kind == "bound" and phrase.group()[-4:].lower() == "than" and not self.counted(phrase.end())
                if than:
                    kind, key = "direction", "more" if key == ">" else "less"
                if (
                    low == "as"
                    and kind == "bound"
                    and (not counted or _TIMES.search(self.text, max(0, start - 8), start))
                ):
                    self.opening = False
                    return phrase.end()
                if kind == "bound" and low == "up" and _TO_WHERE.match(self.text, phrase.end()):
                    return phrase.end()
                if (
                    (kind != "unit" or self.after_number(start))
                    and not (than and low not in _COMPARED)
                    and not (kind == "bound" and low in {"or", "and"} and not self.follows_number(start, phrase.end()))
                ):
                    self.add(kind, key, start, phrase.end())
                    self.opening = False
                    return phrase.end()
            known = terms.bare(word, self.german)
            if known is not None:
                self.say(known, start, end)
                return end
        if low in spoken.OPENING or not word.isalpha():
            read = self.said(word, low, start, end)
            if read:
                return read
            word = spoken.letters(word) or word
            low = word.lower()
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
        if low in lexicon.PARTS or low in {"half", "halb"}:
            read = self.part(low, start, end)
            if read:
                return read
        if self.measure(word, low, start, end):
            return end
        edge = terms.EDGES.get(low)
        if edge is not None and not (low == "over" and self.after_number(start)):
            number = _EDGE.match(self.text, end) or (
                _EDGE_WORD.match(self.text, end) if low in _LIMITS else _EDGE_ROUND.match(self.text, end)
            )
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
        if word in {"May", "Should"} and self.opening and _MODAL.match(self.text, end):
            if word == "Should" and not _ASKED.match(self.text, end):
                self.add("condition", "if", start, end)
            self.opening = False
            return end
        kind, key = terms.meaning(word, self.german)
        if low == "barring" and _BARRED.match(self.text, end):
            kind, key = WORD, terms.stem("bar")
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
            self.add(WORD, "number", start, end)
            self.opening = False
            return end
        if len(word) == 1 and word.isupper() and self.text[end : end + 1] == ".":
            key = low
        if not kind:
            self.say((kind, key), start, end)
            return end
        if kind == "number" and self.joined(key, start, end):
            return end
        if kind == "number" and not self.link:
            self.link = self.of_many(start)
        if kind == "number" and key[1:].isdecimal():
            half = AND_HALF.match(self.text, end)
            if half is not None:
                self.add(kind, key + ".5", start, half.end())
                self.opening = False
                return half.end()
        if kind == WORD and word[0].isupper() and low not in terms.SHORTHAND:
            kind = terms.CAPITAL
        self.say((kind, key), start, end)
        behind = _THAN.match(self.text, end) if low[-2:] == "er" else None
        if behind is not None and self.counted(behind.end()):
            self.add("bound", "<" if low.startswith(lexicon.FEWER) else ">", behind.start(1), behind.end())
            return behind.end()
        return end

    def follows_number(self, start: int, end: int) -> bool:
        """Whether a bound such as "or more" stands behind a number or its unit, and before none."""
        out = self.out
        said = out.kinds[-1:] if out.kinds[-1:] != ["word"] else out.kinds[-2:-1]
        behind = bool(said) and said[0] in _COUNTABLE and start - out.ends[-1] <= _GAP
        return behind and not self.counted(end)

    def counted(self, end: int) -> bool:
        """Whether a number follows, in digits or as a word."""
        following = _NEXT.match(self.text, end)
        return following is not None and (following[1][0].isdigit() or following[1].lower() in lexicon.NUMBER_WORDS)

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
            self.link = _LINKS.get(text, text)
        if text in _OPENING:
            self.opening = True

    def compares(self, end: int) -> bool:
        """Whether a number follows a < or >."""
        rest = self.text[end : end + 3].lstrip(" $€£")
        return bool(rest) and rest[0].isdigit()
