"""Which spans of a text are facts: what a shorter text must keep, each with a value that is the same in every notation.

`scan` reads a text once into items: facts and content words, without the words that carry nothing. `find` gives the facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from types import MappingProxyType

from attrs import define, frozen

from semzip.local import lexicon

KINDS = (
    "number", "unit", "date", "name", "identifier", "url", "quote", "negation", "condition", "bound", "direction",
    "quantifier", "attribution",
)  # fmt: skip
WORD = "word"


@frozen
class Fact:
    """A span of a text that says something checkable.

    Args:
        kind: One of KINDS.
        start: First character.
        end: One past the last character.
        value: What it says, in one notation: "1000" for "1,000", "2020-01-05" for "January 5, 2020".
    """

    kind: str
    start: int
    end: int
    value: str


@define
class Scan:
    """A text as parallel lists, one entry an item, in the order of the text.

    Args:
        kinds: A fact's kind, or WORD.
        keys: What two texts are compared by; equal in every notation.
        starts: First character of each item.
        ends: One past the last.
        sentences: Number of the sentence or clause that holds the item.
        links: What stands between the item and the one before it: "," "and" "by" ":" "→", or nothing.
        quotes: Spans of quoted text.
    """

    kinds: list[str]
    keys: list[str]
    starts: list[int]
    ends: list[int]
    sentences: list[int]
    links: list[str]
    quotes: list[tuple[int, int]]


_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTER = rf"[^\W\d_{_HAN}]"
_WORD_CHAR = rf"[^\W{_HAN}]"
_MONTH = "|".join(sorted(lexicon.MONTHS, key=lambda form: (-len(form), form)))
_URL = (
    r"https?://[^\s<>\"'|)\]]*[^\s<>\"'|)\].,;:!?]|www\.[^\s<>\"'|)\]]*[^\s<>\"'|)\].,;:!?]"
    r"|(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w/.])(?:[A-Za-z]:\\|~/|\.{1,2}/|/)(?=[\w.])[\w.~-]+(?:[/\\][\w.~-]+)+"
    r"|(?<![\w/.])[\w.-]+(?:/[\w.-]+)+\.[A-Za-z]{1,5}\b"
)
_HAN_FORMS = "|".join(
    sorted(
        {
            re.escape(form)
            for table in (
                lexicon.NEGATIONS,
                lexicon.CONDITIONS,
                lexicon.BOUNDS,
                lexicon.DIRECTIONS,
                lexicon.QUANTIFIERS,
            )
            for form in table
            if re.fullmatch(rf"[{_HAN}]+", form)
        },
        key=lambda form: (-len(form), form),
    )
)
_TOKENS = rf"""
  (?P<date>\d{{4}}-\d\d?-\d\d?(?!\d) | \d\d?/\d\d?/(?:\d{{4}}|\d\d)(?![\d/]) | \d\d?\.\d\d?\.\d{{4}}(?!\d)
    | \d{{4}}[ ]?年(?:[ ]?\d\d?[ ]?月(?:[ ]?\d\d?[ ]?日)?)?
    | \d\d?(?:st|nd|rd|th|\.)?[ ](?:of[ ])?(?:{_MONTH})\b\.?(?:,?[ ]\d{{4}})?(?!\d)
    | (?<!\w)(?:{_MONTH})\b\.?[ ]\d\d?(?:st|nd|rd|th)?(?![\w%]|[.,]\d)(?:,?[ ]\d{{4}}(?!\d))?
    | (?<!\w)(?:{_MONTH})\b\.?,?[ ](?:of[ ])?\d{{4}}(?!\d))
| (?P<short>(?<!\w)w/o(?!\w))
| (?P<time>(?<![\w:])\d\d?:\d\d(?::\d\d)?(?![\d:]))
| (?P<number>(?:(?<![\w)\]%\d])[-\u2212])?(?:\d+(?:[.,]\d+)*|(?<!\w)\.\d+)(?:[½¼¾⅓⅔])?{_WORD_CHAR}*|[½¼¾⅓⅔])
| (?P<code>(?-i:(?<![\w-])(?!BCE?-|CE-|AD-)[A-Z]{{1,5}}-\d[\w-]*\b | (?<!\w)__\w+__))
| (?P<dotted>(?<!\w)(?:{_LETTER}\.){{2,}})
| (?P<word>{_LETTER}{_WORD_CHAR}*(?:['’]{_LETTER}+)*)
| (?P<han>{_HAN_FORMS}|[{_HAN}])
| (?P<end>[.!?…]+(?=[\s"'”’)\]]|$)|[\n\r]+|[。！？；;|])
| (?P<sign>[=<>!]=|[=-]>|<[=-]|[<>=≥≤≠≈~→⇒←↑↓∀∵∴¬∄✗✘❌+&%％$€£¥₹¢°℃℉,，、/:：()×^#∝⩾⩽@∉▲▼*•\[–—-])
| (?P<quote>["“”„«»「」『』`])
"""
_PLAIN = re.compile(_TOKENS, re.VERBOSE | re.IGNORECASE)
_RICH = re.compile(rf"(?P<url>{_URL})" + "|" + _TOKENS.replace("\n", "\n "), re.VERBOSE | re.IGNORECASE)
_PHRASES: dict[str, tuple[str, str]] = {}
for _kind, _forms in (
    ("attribution", lexicon.ATTRIBUTIONS),
    (WORD, lexicon.SAME),
    (WORD, lexicon.IDIOMS),
    ("unit", lexicon.UNITS),
    ("quantifier", lexicon.QUANTIFIERS),
    ("direction", lexicon.DIRECTIONS),
    ("bound", lexicon.BOUNDS),
    ("condition", lexicon.CONDITIONS),
    ("negation", lexicon.NEGATIONS),
):
    for _form, _meaning in _forms.items():
        _PHRASES[_form] = (_kind, _meaning)
_MANY = sorted((form for form in _PHRASES if " " in form), key=lambda form: (-len(form), form))
_HEADS = frozenset(form.split()[0] for form in _MANY)
_PHRASE = re.compile(
    "(?:" + "|".join(re.escape(form).replace(r"\ ", r"[ \n]+") for form in _MANY) + r")\b", re.IGNORECASE
)
_NOT_ALONE = frozenset("k m b t bn mn tn mil millions thousands billions".split())
_NOT_SPACED = frozenset("a in x d n j s t v w k m b fold mi".split())
_COMMON_END = re.compile(r"(?:ly|ing|tion|sion|ment|ness|ity|ed|ers|ors|ies|ous|ful|ive|able|ible|ents|ants)$|[^s]s$")
_AGO = MappingProxyType({"kya": 1000, "mya": 10**6, "bya": 10**9})
_DEGREES = MappingProxyType({"C": "°c", "F": "°f"})
_OWNER = re.compile(r"['’]s$")
_ABBREVIATED = frozenset("dr mr mrs ms st prof vs etc fig no vol al approx ca inc ltd jr sr gen col lt sgt rev".split())
_ENDING = re.compile(r"(?:isation|ization|ations?|ingly|edly|ings?|ments?|ed|ly|ies|es|s|e|y)$")
_EDGES = MappingProxyType({
    "over": ("bound", ">"), "above": ("bound", ">"), "beyond": ("bound", ">"), "exceeds": ("bound", ">"),
    "under": ("bound", "<"), "below": ("bound", "<"), "up": ("direction", "up"), "down": ("direction", "down"),
})  # fmt: skip
_EDGE = re.compile(r"\s+(?:by )?(?:the )?(?:age )?(?:of )?(?=[$€£]?\d)")
_OPENING = frozenset(":：=#*•[—-–")
_TIES = MappingProxyType(
    {"and": "and", "und": "and", "or": "or", "oder": "or", "by": "by", "via": "by", "von": "by", "durch": "by"}
)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word's form to compare by: lower case, without possessive and ending; one spelling of synonyms."""
    low = word.lower()
    if low[-2:] in {"'s", "’s"}:
        low = low[:-2]
    same = lexicon.SAME.get(low) or lexicon.SYNONYMS.get(low)
    if same:
        return same
    for _ in range(2):
        cut = _ENDING.sub("", low)
        if len(cut) < 3 or cut == low:
            break
        low = cut
    if len(low) > 3 and low[-1] == low[-2]:
        low = low[:-1]
    return lexicon.SAME.get(low) or lexicon.SYNONYMS.get(low) or low


@lru_cache(maxsize=65536)
def _word(word: str) -> tuple[str, str]:
    """Kind and key of one word; an empty kind where it carries nothing."""
    low = word.lower().replace("’", "'")
    number = lexicon.NUMBER_WORDS.get(low)
    if number is not None:
        return ("number", _ordinal(number))
    known = _PHRASES.get(low)
    if known is not None and known[0] not in {"unit", WORD}:
        return known
    if low in lexicon.MONTHS:
        return ("date", "m" + lexicon.MONTHS[low]) if word[0].isupper() and len(low) > 2 else (WORD, low)
    if low in lexicon.STOP or (low[-2:] == "'s" and low[:-2] in lexicon.STOP):
        return ("", _TIES.get(low, ""))
    if any(char.isdigit() or char == "_" for char in word) or (
        word[1:] != word[1:].lower() and not word.isupper() and word[0].islower()
    ):
        return ("identifier", low)
    return (WORD, stem(word))


def _ordinal(number: str) -> str:
    return "#" + number.rstrip("stndrhx")


@lru_cache(maxsize=65536)
def _number(text: str, german: bool = False) -> tuple[tuple[str, str], ...]:
    """Kinds and keys of a run of characters that begins with a digit: 12kg is a number and a unit, 4f9c an identifier."""
    match = _DIGITS.match(text)
    if match is None:
        return (("number", "#" + _FRACTIONS.get(text, text)),)
    value, fraction, tail = match.group(1).replace("\u2212", "-"), match.group(2), match.group(3)
    if "," in value and not german and not _THOUSANDS.fullmatch(value) and not _POINTS.fullmatch(value):
        return tuple(item for part in value.split(",") for item in _number(part)) + (
            _number("0" + tail)[1:] if tail else ()
        )
    key = "#" + _plain(value, _FRACTIONS.get(fraction or "", ""))
    low = tail.lower()
    if low[:2] in {"st", "nd", "rd", "th"} and low[2:] in {"", "c"}:
        return (("number", key),)
    kind = "date" if _YEAR.fullmatch(value) else "number"
    if not tail:
        return ((kind, key),)
    if low == "s":
        return (
            (("date", ("#19" if len(value) == 2 else "#") + value + "s"),)
            if len(value) in {2, 4}
            else (("number", key),)
        )
    if low in _AGO:
        return (("number", _scaled(key, _AGO[low])), ("unit", "yr"))
    if low in lexicon.MAGNITUDES and not (low in {"m", "t"} and tail.islower()):
        return (("number", _scaled(key, lexicon.MAGNITUDES[low])),)
    if low in lexicon.UNITS:
        return (("number", key), ("unit", _DEGREES.get(tail) or lexicon.UNITS[low]))
    if tail.isalpha() and len(tail) <= 4:
        return (("number", key), (WORD, stem(tail)))
    return (("identifier", text.lower()),)


_DIGITS = re.compile(r"([-\u2212]?(?:\d+(?:[.,]\d+)*|\.\d+))([½¼¾⅓⅔])?(.*)", re.DOTALL)
_FRACTIONS = MappingProxyType({"½": "0.5", "¼": "0.25", "¾": "0.75", "⅓": "1/3", "⅔": "2/3"})
_YEAR = re.compile(r"1\d{3}|20\d{2}")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_POINTS = re.compile(r"-?\d{1,3}(?:\.\d{3})+(?:,\d+|(?:\.\d{3})+)")


def _plain(value: str, fraction: str = "") -> str:
    """Digits with a decimal point only where one is needed."""
    if _THOUSANDS.fullmatch(value):
        value = value.replace(",", "")
    elif _POINTS.fullmatch(value):
        value = value.replace(".", "").replace(",", ".")
    elif value.count(",") == 1 and "." not in value:
        value = value.replace(",", ".")
    if fraction.startswith("0") and "." not in value:
        value += fraction[1:]
    if value.count(".") == 1:
        value = value.rstrip("0").rstrip(".")
        if value.startswith("."):
            value = "0" + value
    return value or "0"


@lru_cache(maxsize=4096)
def _scaled(key: str, factor: int) -> str:
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
def _date(text: str) -> tuple[str, ...]:
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


_LETTERS = re.compile(r"[^\W\d_]+")


def scan(text: str) -> Scan:
    """The facts and content words of a text, in one pass."""
    return _Reader(text).read()


class _Reader:
    """Turns tokens into items: joins phrases, dates and numbers with their units, and tells names from openers."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.german = _german(text[:4000])
        self.out = Scan([], [], [], [], [], [], [])
        self.sentence = 0
        self.link = ""
        self.opening = True
        self.maybe: list[int] = []
        self.names: set[str] = set()

    def read(self) -> Scan:
        text = self.text
        out = self.out
        skip = 0
        quote = -1
        pattern = _RICH if "/" in text or "@" in text or "\\" in text or "www." in text else _PLAIN
        for match in pattern.finditer(text):
            start = match.start()
            if start < skip:
                continue
            group = match.lastgroup
            end = match.end()
            if group == "word":
                skip = self.word(text[start:end], start, end)
            elif group == "end":
                self.close(match.group(), start)
            elif group == "number":
                self.number(match.group(), start, end)
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
                for key in _date(match.group()):
                    self.add("date", key, start, end)
                self.opening = False
            elif group == "time":
                self.add("number", "#" + match.group(), start, end)
            elif group == "code":
                code = match.group()
                self.add("identifier" if code[0].isupper() or code[0] == "_" else WORD, code.lower(), start, end)
                self.opening = False
            elif group == "dotted":
                self.dotted(match.group(), start, end)
            else:
                self.add("url", match.group().lower(), start, end)
                self.opening = False
        self.settle()
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
            if (len(word) == 1 and word.isupper()) or word.lower() in _ABBREVIATED:
                return
        self.sentence += 1
        self.link = "|"
        self.opening = True

    def word(self, word: str, start: int, end: int) -> int:
        """Add a word, or the phrase, unit or number that it belongs to; returns where to read on."""
        low = word.lower()
        if low in _HEADS:
            phrase = _PHRASE.match(self.text, start)
            if phrase is not None:
                kind, key = _PHRASES[" ".join(phrase.group().lower().split())]
                if kind != "unit" or self.after_number(start):
                    self.add(kind, key, start, phrase.end())
                    self.opening = False
                    return phrase.end()
        if self.measure(word, low, start, end):
            return end
        edge = _EDGES.get(low)
        if edge is not None:
            number = _EDGE.match(self.text, end)
            if number is not None:
                self.add(edge[0], edge[1], start, end)
                self.opening = False
                return number.end()
        kind, key = _word(word)
        if not kind:
            if key:
                self.link = key
            self.opening = False
            return end
        if kind == "number" and self.joined(key, start, end):
            return end
        if kind == WORD and word[0].isupper():
            if self.opening or self.german:
                self.maybe.append(len(self.out.keys))
            else:
                kind = "name"
                self.names.add(key)
        self.add(kind, key, start, end)
        self.opening = False
        return end

    def number(self, text: str, start: int, end: int) -> None:
        out = self.out
        items = _number(text, self.german)
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
        for kind, key in items:
            self.add(kind, key, start, end)

    def after_number(self, start: int) -> bool:
        """Whether the item before is a number that ends right here."""
        out = self.out
        return bool(out.kinds) and out.kinds[-1] in {"number", "date"} and start - out.ends[-1] <= 1

    def measure(self, word: str, low: str, start: int, end: int) -> bool:
        """A magnitude or a unit after a number."""
        factor = lexicon.MAGNITUDES.get(low) or _AGO.get(low)
        unit = _DEGREES.get(word) or lexicon.UNITS.get(low)
        if (factor is None and unit is None) or not self.after_number(start):
            if factor is not None and low not in _NOT_ALONE and len(low) > 1:
                self.add(WORD, f"#{factor}", start, end)
                return True
            return False
        out = self.out
        gap = start - out.ends[-1]
        if (
            factor is not None
            and (len(low) > 1 or not word.islower() or gap == 0)
            and not (unit and gap and len(low) == 1)
        ):
            out.keys[-1] = _scaled(out.keys[-1], factor)
            out.kinds[-1] = "number"
            out.ends[-1] = end
            if low in _AGO:
                self.add("unit", "yr", start, end)
            return True
        if unit is None or (gap and low in _NOT_SPACED):
            return False
        out.kinds[-1] = "number"
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
        unit = lexicon.UNITS.get(low)
        if unit is not None:
            self.add("unit", unit, start, end)
            return
        if low in {"i.e.", "e.g.", "z.b.", "d.h.", "u.a.", "a.k.a."}:
            return
        key = lexicon.SAME.get(low) or low.replace(".", "")
        self.add("name" if text[0].isupper() and len(text) > 2 else WORD, key, start, end)
        self.opening = False

    def han(self, text: str, start: int, end: int) -> None:
        known = _PHRASES.get(text)
        if known is not None and known[0] not in {"unit", WORD}:
            self.add(known[0], known[1], start, end)
        elif self.measure(text, text, start, end):
            return
        elif text not in lexicon.STOP_ZH:
            number = "一二三四五六七八九十".find(text)
            self.add("number" if number >= 0 else WORD, f"#{number + 1}" if number >= 0 else text, start, end)
        self.opening = False

    def sign(self, text: str, start: int, end: int) -> None:
        known = _PHRASES.get(text.lower())
        if text in lexicon.SYMBOL_UNITS:
            self.add("unit", lexicon.UNITS[text], start, end)
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

    def settle(self) -> None:
        """Openers of sentences are names if they look like names, or stand elsewhere in the text as one."""
        out = self.out
        plain = dict.fromkeys(self.maybe)
        common: set[str] = set()
        if plain:
            common = {out.keys[at] for at in range(len(out.keys)) if out.kinds[at] == WORD and at not in plain}
        for at in self.maybe:
            key = out.keys[at]
            follows = at + 1 < len(out.keys) and out.starts[at + 1] - out.ends[at] == 1
            beside = follows and (out.kinds[at + 1] == "name" or at + 1 in plain)
            if self.german:
                before = (
                    at > 0
                    and out.starts[at] - out.ends[at - 1] == 1
                    and (out.kinds[at - 1] == "name" or at - 1 in plain)
                )
                if beside or before:
                    out.kinds[at] = "name"
                continue
            if key in self.names or (key not in common and (beside or self.subject(at))):
                out.kinds[at] = "name"

    def subject(self, at: int) -> bool:
        """Whether an opener that may be a name is used as one: it owns something, or a verb follows it."""
        word = self.text[self.out.starts[at] : self.out.ends[at]]
        if _OWNER.search(word):
            return True
        if _COMMON_END.search(word) or len(word) < 3 or word.lower() in _OPENERS or word.lower() in lexicon.SYNONYMS:
            return False
        return _VERB.match(self.text, self.out.ends[at]) is not None


_VERB = re.compile(
    r" (?:is|was|has|had|will|would|can|could|did|does|said|says|went|goes|made|makes|took|takes|gave|gives|got|gets|ran|runs"
    r"|wrote|won|lost|sold|bought|left|kept|led|met|saw|began|became|held|came|paid|put|set|sent|spent|told|taught|drew|built"
    r"|never|also|then|later|and|not|may|must|[a-z]{3,}ed|[a-z]{2,}[^sui]s)\b"
)
_OPENERS = frozenset(
    "due later means see together written progress thing one another people someone nothing everything today yesterday"
    " oh yes please note key core basic current progress only what part being given based such time work life love".split()
)
_GERMAN = re.compile(r"\b(?:der|die|das|und|ist|nicht|mit|ein|eine|den|von|wird|auf)\b", re.IGNORECASE)
_ENGLISH = re.compile(r"\b(?:the|of|and|to|is|that|for|was|with|by|a)\b", re.IGNORECASE)


def _german(text: str) -> bool:
    return len(_GERMAN.findall(text)) > 2 * len(_ENGLISH.findall(text))


def find(text: str) -> list[Fact]:
    """Every fact of a text, sorted by start. Quoted spans may hold other facts; no other two overlap."""
    return sorted(_facts(text, scan(text)), key=lambda fact: (fact.start, -fact.end))


def _facts(text: str, items: Scan) -> Iterator[Fact]:
    at = 0
    count = len(items.keys)
    while at < count:
        kind, start, end, value = items.kinds[at], items.starts[at], items.ends[at], items.keys[at]
        at += 1
        if kind == WORD:
            continue
        while at < count and items.starts[at] == start and items.kinds[at] == kind:
            value += "-" + items.keys[at]
            at += 1
        while kind == "name" and at < count and items.kinds[at] == kind and text[end : items.starts[at]] == " ":
            value, end = f"{value} {items.keys[at]}", items.ends[at]
            at += 1
        yield Fact(kind, start, end, value.replace("#", "").replace("-m", "-") if kind in {"number", "date"} else value)
    for start, end in items.quotes:
        yield Fact("quote", start, end, " ".join(text[start + 1 : end - 1].split()))
