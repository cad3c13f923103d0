"""What one word, number or date means: its kind, and the key that is equal in every notation."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache, lru_cache
from types import MappingProxyType

from semzip.local.facts import lexicon, spellings, units
from semzip.local.facts.parts import key_of

WORD = "word"
"""Kind of a content word: what is not a fact, but says something."""

CAPITAL = "name?"
"""Kind of a content word with a capital: a name, unless a capital says nothing there."""
SHORTHAND = lexicon.words("yoy qoq ytd asap eta tbd tba ok n/a http")
"""What is written in capitals, and names nobody."""

PHRASES: dict[str, tuple[str, str]] = {}
for _kind, _forms in (
    ("attribution", lexicon.ATTRIBUTIONS),
    (WORD, spellings.SAME),
    (WORD, spellings.IDIOMS),
    ("unit", units.UNITS),
    ("quantifier", lexicon.QUANTIFIERS),
    ("direction", lexicon.DIRECTIONS),
    ("bound", lexicon.BOUNDS),
    ("condition", lexicon.CONDITIONS),
    ("negation", lexicon.NEGATIONS),
):
    for _form, _meaning in _forms.items():
        PHRASES[_form] = ("name" if _meaning in spellings.PROPER and " " in _form else _kind, _meaning)
_MANY: dict[str, list[str]] = {}
"""Forms of several words by their first word, the longest first."""
for _form in sorted(PHRASES, key=lambda form: (-len(form), form)):
    if not {" ", "&"}.isdisjoint(_form[1:]) or "/" in _form.strip("/"):
        _MANY.setdefault(re.split("[ /.&]", _form)[0], []).append(_form)
HEADS = frozenset(_MANY)
AGO = MappingProxyType({"kya": 1000, "mya": 10**6, "bya": 10**9})
ERAS = MappingProxyType({"ka": 1000, "Ma": 10**6, "Ga": 10**9})
"""Ages of the earth: 62 Ma is 62 million years."""
CODES = frozenset(
    {
        "USD",
        "EUR",
        "GBP",
        "JPY",
        "CNY",
        "RMB",
        "INR",
        "CHF",
        "AUD",
        "CAD",
        "SEK",
        "NOK",
        "DKK",
        "PLN",
        "RUB",
        "KRW",
        "BTC",
    }
)
"""Currencies that stand before a number as well as after it."""
DEGREES = MappingProxyType({"C": "°c", "F": "°f", "K": "k", "Nm": "n·m", "mT": "mtesla"})
"""Units that capitals tell from others."""
EDGES = MappingProxyType({
    "over": ("bound", ">"), "above": ("bound", ">"), "beyond": ("bound", ">"), "exceeds": ("bound", ">"),
    "within": ("bound", "<="), "under": ("bound", "<"), "below": ("bound", "<"), "up": ("direction", "up"), "down": ("direction", "down"),
})  # fmt: skip
"""Words that are a bound or a direction before a number."""
DOSED = re.compile(r"q(\d\d?)(h|d)")
"""Every so many hours or days, as prescriptions say it."""
LONE = frozenset("avwnj")
"""Units that are a unit only as a capital."""
CAPITALS = frozenset("AVWNJKCFL")
"""Single capitals that are a unit a space behind their number."""
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_OPENERS = frozenset({"May", "Should"})
"""Verbs that begin a sentence as a month does, or as a condition."""
_DECIDED = frozenset({"provided", "no", "nr"})
"""Words that begin phrases, and mean something else behind or before some signs."""
_BEGINNING = frozenset({"point", "barring"})
"""Words that mean something else by what follows them: point five, barring him from."""
_PLURAL = re.compile(r"(?:ies|es|s)$")
_ENDING = re.compile(r"(?:isation|ization|ations?|ingly|edly|ings?|ments?|ied|ed|ly|i|e|y)$")
_TIES = MappingProxyType(
    {"and": "and", "und": "and", "or": "or", "oder": "or", "by": "by", "via": "by", "von": "by", "durch": "by"}
)
_LETTERS = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(
    r"([-\u2212]?(?:\d+(?:[.,]\d+)*|\.\d+))([" + "".join(lexicon.FRACTION_SIGNS) + r"])?(.*)", re.DOTALL
)
_YEAR = re.compile(r"1\d{3}|20\d{2}")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_SPANS = MappingProxyType({"y": "yr", "mo": "mo", "w": "wk", "d": "d", "h": "h", "min": "min", "m": "min", "s": "s"})
_PART = re.compile(r"(\d+)(y|mo|w|d|h|min|m|s)")
_COMPOUND = re.compile(rf"(?:{_PART.pattern}){{2,}}")
"""Spans of time in one word: 37w4d, 2h30m."""
_KELVINS = 4
"""Digits from which a K is kelvin, not thousands."""
_GROUPED = re.compile(r"-?[1-9]\d{0,2}(?:\.\d{3})+")
_POINTS = re.compile(r"-?\d{1,3}(?:\.\d{3})+(?:,\d+|(?:\.\d{3})+)")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word's form to compare by: lower case, without possessive and ending; one spelling of synonyms."""
    low = word.lower()
    if low[-2:] in {"'s", "’s"}:
        low = low[:-2]
    if len(word) > 2 and low[-1] == "s" and word[:2].isupper():
        low = low[:-2] if word[-2:] == "es" and word[:-2].isupper() else low[:-1] if word[:-1].isupper() else low
    same = spellings.SAME.get(low) or spellings.SYNONYMS.get(low)
    if same:
        return same
    for ending in (_PLURAL, _ENDING):
        cut = ending.sub("", low)
        if len(cut) >= 3:
            low = cut
    if len(low) > 3 and low[-1] == low[-2]:
        low = low[:-1]
    return spellings.SAME.get(low) or spellings.SYNONYMS.get(low) or low


@cache
def phrases(head: str) -> re.Pattern[str]:
    """Finds the forms of several words that begin with this one of HEADS; those of a unit may be joined by hyphens:
    pound-per-square-inch.
    """
    forms = [
        re.escape(form).replace(r"\ ", r"[ \n-]+" if PHRASES[form][0] == "unit" else r"[ \n]+") for form in _MANY[head]
    ]
    return re.compile(f"(?:{'|'.join(forms)})(?!\\w)", re.IGNORECASE)


def phrase(text: str) -> tuple[str, str]:
    """Kind and key of what one of `phrases` found."""
    low = " ".join(text.lower().split())
    return PHRASES.get(low) or PHRASES[" ".join(low.replace("-", " ").split())]


@lru_cache(maxsize=65536)
def meaning(word: str, german: bool) -> tuple[str, str]:
    """Kind and key of one word; an empty kind where it carries nothing."""
    low = word.lower().replace("’", "'")
    if not german and low in lexicon.HOMOGRAPHS:
        return lexicon.HOMOGRAPHS[low]
    number = lexicon.NUMBER_WORDS.get(low)
    if number is not None:
        return ("number", _ordinal(number))
    known = PHRASES.get(low)
    if known is not None and known[0] not in {"unit", WORD}:
        return known
    if low in lexicon.MONTHS:
        return ("date", "m" + lexicon.MONTHS[low]) if word[0].isupper() and len(low) > 2 else (WORD, low)
    if word.isupper() and 1 < len(word) < 6 and low in lexicon.STOP:
        return (WORD, stem(word))
    if low in lexicon.STOP or (low[-2:] == "'s" and low[:-2] in lexicon.STOP):
        return ("", _TIES.get(low, ""))
    if any(char.isdigit() or char == "_" for char in word) or (
        word[1:] != word[1:].lower() and not word.isupper() and word[0].islower()
    ):
        low = low.translate(_SUBSCRIPTS)
        return ("identifier", spellings.SAME.get(low, low))
    if word == "S":
        return (WORD, "south")
    return (WORD, stem(word))


@lru_cache(maxsize=65536)
def plain(word: str, german: bool) -> tuple[str, str] | None:
    """Kind and key of a word that means the same whatever stands around it; None if its neighbours decide."""
    return None if word.lower() in HEADS else _lone(word, german)


@lru_cache(maxsize=65536)
def bare(word: str, german: bool) -> tuple[str, str] | None:
    """The same of one of HEADS that begins no phrase."""
    return None if word.lower() in _DECIDED or _may_compare(word) else _lone(word, german)


def _lone(word: str, german: bool) -> tuple[str, str] | None:
    low = word.lower()
    if word in _OPENERS or low in lexicon.PARTS or low in _BEGINNING or "_" in word:
        return None
    if DOSED.fullmatch(low):
        return None
    if low in units.MAGNITUDES or low in units.UNITS or low in AGO or low in EDGES:
        return None
    kind, key = meaning(word, german)
    if kind == WORD and word[0].isupper() and low not in SHORTHAND:
        special = _may_compare(word) or word in DEGREES or word in ERAS or word == "US" or low in _DECIDED
        return None if special else (CAPITAL, key)
    return None if kind in {"number", "identifier"} else (kind, key)


def _may_compare(word: str) -> bool:
    """Whether a word may be a comparative, or an initial."""
    return word[-2:].lower() == "er" or (len(word) == 1 and word.isupper())


def _ordinal(number: str) -> str:
    return "#" + number.rstrip("stndrhx")


@lru_cache(maxsize=65536)
def number(
    text: str, *, german: bool = False, money: bool = False, decade: bool = False
) -> tuple[tuple[str, str], ...]:
    """Kinds and keys of a run of characters that begins with a digit: 12kg is a number and a unit, 4f9c an identifier; 5m is five
    million if `money`, 30s is the thirties if `decade`.
    """
    match = _DIGITS.match(text)
    if match is None:
        return (("number", key_of(Fraction(lexicon.FRACTION_SIGNS.get(text, 0)))),)
    value, fraction, tail = match.group(1).replace("\u2212", "-"), match.group(2), match.group(3)
    if "," in value and not german and not _THOUSANDS.fullmatch(value) and not _POINTS.fullmatch(value):
        return tuple(item for part in value.split(",") for item in number(part)) + (
            number("0" + tail)[1:] if tail else ()
        )
    if german and _GROUPED.fullmatch(value):
        value = value.replace(".", "")
    key = "#" + _plain(value)
    if fraction and key[1:].isdecimal():
        key = key_of(int(key[1:]) + Fraction(lexicon.FRACTION_SIGNS[fraction]))
    low = tail.lower()
    if low[:2] in {"st", "nd", "rd", "th"} and low[2:] in {"", "c"}:
        return (("number", key),)
    kind = "date" if _YEAR.fullmatch(value) else "number"
    if not tail:
        return ((kind, key),)
    if low == "s" and value in {"100", "1000"}:
        return ((WORD, key),)
    if low == "s":
        return (
            (("date", ("#19" if len(value) == 2 else "#") + value + "s"),)
            if len(value) == 4 or (len(value) == 2 and value[1] == "0" and decade)
            else (("number", key), ("unit", "s"))
        )
    if low in AGO or tail in ERAS:
        return (("number", scaled(key, AGO.get(low) or ERAS[tail])), ("unit", "yr"))
    if tail == "K" and not money and len(value) >= _KELVINS:
        return (("number", key), ("unit", "k"))
    if money and low in {"m", "t"}:
        return (("number", scaled(key, units.MAGNITUDES[low])),)
    if low in units.MAGNITUDES and not (low in {"m", "t"} and tail.islower()):
        return (("number", scaled(key, units.MAGNITUDES[low])),)
    if tail == "c" and value.startswith("0."):
        return (("number", key), (WORD, stem("light")))
    if tail == "D":
        return (("number", key), (WORD, stem("dimensional")))
    if low in units.UNITS and not (low in LONE and tail.islower()):
        return (("number", key), ("unit", DEGREES.get(tail) or units.UNITS[low]))
    if _COMPOUND.fullmatch(low := text.lower()):
        return tuple(
            item
            for part, unit in _PART.findall(low)
            for item in (("number", "#" + _plain(part)), ("unit", _SPANS[unit]))
        )
    if tail.isalpha() and (len(tail) <= 4 or (tail.islower() and ("," in value or money))):
        return (("number", key),) if tail in lexicon.STOP else (("number", key), (WORD, stem(tail)))
    return (("identifier", text.lower()),)


def _plain(value: str) -> str:
    """Digits with a decimal point only where one is needed."""
    if _THOUSANDS.fullmatch(value):
        value = value.replace(",", "")
    elif _POINTS.fullmatch(value):
        value = value.replace(".", "").replace(",", ".")
    elif value.count(",") == 1 and "." not in value:
        value = value.replace(",", ".")
    if value.count(".") == 1:
        value = value.rstrip("0").rstrip(".")
        if value.startswith("."):
            value = "0" + value
    return value or "0"


def clock(key: str, half: str) -> str:
    """A number before a.m. or p.m. as a time of the day: 2:30 p.m. as 14:30; as it is where that cannot be."""
    hour, _, minute = key[1:].partition(":")
    if not hour.isdecimal() or not 0 < int(hour) <= 12:
        return key
    return f"#{int(hour) % 12 + (12 if half == 'pm' else 0)}:{minute or '00'}"


@lru_cache(maxsize=4096)
def scaled(key: str, factor: int) -> str:
    """A number's key times a power of ten, exactly."""
    whole, _, part = key[1:].partition(".")
    zeros = len(str(factor)) - 1
    if not (whole + part).lstrip("-").isdigit():
        return key
    digits = whole + part.ljust(zeros, "0")[:zeros]
    rest = part[zeros:]
    sign = "-" if digits.startswith("-") else ""
    return "#" + sign + (digits.lstrip("-0") or "0") + ("." + rest if rest else "")


@lru_cache(maxsize=4096)
def date(text: str) -> tuple[str, ...]:
    """Keys of a date's parts: year, month, day."""
    low = text.lower()
    month = next((lexicon.MONTHS[word] for word in _LETTERS.findall(low) if word in lexicon.MONTHS), "")
    numbers = re.findall(r"\d+", low)
    year = next((number for number in numbers if len(number) == 4), "")
    if low.count("/") == 2 and not year:
        short = numbers.pop()
        year = ("19" if int(short) > 40 else "20") + short
    rest = [str(int(number)) for number in numbers if number != year]
    if not month and rest:
        first = 1 if "/" not in low and not low.startswith(year or "?") else 0
        if len(rest) == 2 and int(rest[first]) > 12:
            first = 1 - first
        month = rest.pop(min(first, len(rest) - 1)).zfill(2)
    parts = (["#" + year] if year else []) + (["m" + month] if month else []) + ["#" + day for day in rest]
    return tuple(parts)
