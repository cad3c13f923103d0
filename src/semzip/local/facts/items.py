"""The items of a text: facts and content words in their order, and the tokens that they are made of."""

from __future__ import annotations

import re
from functools import cache
from string import ascii_lowercase

from attrs import define

from semzip.local.facts import han, lexicon


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
_MONTHS: dict[str, list[str]] = {}
for _form in sorted(lexicon.MONTHS, key=lambda form: (-len(form), form)):
    _MONTHS.setdefault(_form[0], []).append(_form[1:])
_MONTH = "(?i:" + "|".join(f"{first}(?:{'|'.join(rest)})" for first, rest in _MONTHS.items()) + ")"
_BEGINS_MONTH = f"(?=[{''.join(_MONTHS)}{''.join(_MONTHS).upper()}ſ])"
_URL = (
    r"(?i:https?)://[^\s<>\"'|)\]]*[^\s<>\"'|)\].,;:!?]|www\.[^\s<>\"'|)\]]*[^\s<>\"'|)\].,;:!?]"
    r"|(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w/.])(?:[A-Za-z]:\\|~/|\.{1,2}/|/)(?=[\w.])[\w.~-]+(?:[/\\][\w.~-]+)+(?<![.])"
    r"|(?<![\w/.])[\w.-]+(?:/[\w.-]+)+\.[A-Za-z]{1,5}\b"
    r"|(?<![\w/.@-])(?:[A-Za-z][\w-]*\.)+[a-z]{2,10}/[\w./~%-]*[\w/]"
)
_PARTS = "".join(lexicon.FRACTION_SIGNS)
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
            if han.begins(form)
        },
        key=lambda form: (-len(form), form),
    )
)
_NO_MONTH = "|".join(rf"{first}(?!(?:{'|'.join(rest)})\b)" for first, rest in _MONTHS.items())
_COMMON = rf"(?<!\w)(?:[{''.join(sorted(set(ascii_lowercase).difference(_MONTHS)))}]|{_NO_MONTH})[a-z]*+(?=[ ,\n;)])"
"""A lower-case word that no other token can begin with: most of a text, and the cheapest to find."""


def tokens(text: str) -> re.Pattern[str]:
    """What a text is read by: patterns for URLs, e-mail addresses and paths, and for Chinese, only where it may have them."""
    urls = "/" in text or "@" in text or "\\" in text or "www." in text
    return _tokens(urls=urls, chinese=han.may_hold(text))


@cache
def _tokens(*, urls: bool, chinese: bool) -> re.Pattern[str]:
    letter = rf"[^\W\d_{_HAN}]" if chinese else r"[^\W\d_]"
    char = rf"[^\W{_HAN}]" if chinese else r"\w"
    rest = rf"""
  (?P<date>(?=\d)(?:\d{{4}}-\d\d?-\d\d?(?!\d) | \d\d?/\d\d?/(?:\d{{4}}|\d\d)(?![\d/]) | (?<![\d/.])(?:0\d|1[0-2])/(?:19|20)\d\d(?![\d/]) | \d\d?\.\d\d?\.\d{{4}}(?!\d)
    | \d{{4}}[ ]?年(?:[ ]?\d\d?[ ]?月(?:[ ]?\d\d?[ ]?日)?)?
    | \d\d?(?:st|nd|rd|th|\.)?[ ](?:of[ ])?{_MONTH}\b(?:,?[ ]\d{{4}}|\.,?[ ](?:1[5-9]|20)\d\d|\.(?=[ ][a-z\d(]))?(?!\d))
    | (?<!\w){_BEGINS_MONTH}(?:{_MONTH}\b(?:(?<!\w{{5}})\.)?[ ]\d\d?(?:st|nd|rd|th)?(?![\w%]|[.,]\d)(?:,?[ ]\d{{4}}(?!\d))?
    | {_MONTH}\b\.?,?[ ](?:of[ ](?:the[ ]year[ ])?|in[ ]the[ ]year[ ])?\d{{4}}(?!\d)))
| (?P<short>(?=[vVw])(?<!\w)(?:[vV](?=\d+\.\d)|w/(?:o(?!\w)|(?=[\s\d]|$))))
| (?P<time>(?<![\w:])\d\d?:\d\d(?::\d\d)?(?!\d|:\d))
| (?P<number>(?:(?<![\w)\]%\d])[-\u2212])?(?:\d+(?:[.,]\d+)*|(?<!\w)\.\d+)[{_PARTS}]?{char}*|[{_PARTS}])
| (?P<code>(?=[A-Z_])(?:(?<![\w-])(?!BCE?-|CE-|AD-)[A-Z]{{1,5}}-\d[\w-]*\b | (?<![\w-])(?=[A-Z-]*\d)[A-Z][A-Z\d]*(?:-[A-Z\d]+){{2,}}\b | (?<![\w-])[A-Z]{{1,2}}-[A-Z]{{3,5}}\b | (?<!\w)__\w+__))
| (?P<dotted>(?<!\w)(?:{letter}\.){{2,}})
| (?P<word>{letter}{char}*(?:['’]{letter}+)*)
{rf"| (?P<han>{_HAN_FORMS}|[{_HAN}])" if chinese else ""}
| (?P<end>(?<![.!?…])[.!?…]++(?=[\s"'”’)\]]|$)|[\n\r]+|[。！？；;|])
| (?P<sign>°[CF]\b|[=<>!]=|[=-]>|<[=-]|[<>=≥≤≠≈~→⇒←↑↓∀∵∴¬∄✗✘❌+&%％$€£¥₹¢°℃℉,，、/⁄:：()×^#∝⩾⩽@∉▲▼*•\[–—-])
| (?P<quote>["“”„«»「」『』`])
"""
    return re.compile(rf"(?![ ])(?:(?P<common>{_COMMON})|{rf'(?P<url>{_URL})|' if urls else ''}{rest})", re.VERBOSE)
