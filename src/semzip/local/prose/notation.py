"""Notation: phrases that a shorter phrase or sign says as well."""

from __future__ import annotations

import re
from types import MappingProxyType

_PHRASES = MappingProxyType({
    "in order to": "to",
    "so as to": "to",
    "due to the fact that": "because",
    "owing to the fact that": "because",
    "in spite of the fact that": "although",
    "despite the fact that": "although",
    "for the purpose of": "for",
    "with regard to": "about",
    "with respect to": "about",
    "in addition to": "besides",
    "as well as": "and",
    "a large number of": "many",
    "a great number of": "many",
    "a wide variety of": "many",
    "in the event that": "if",
    "at this point in time": "now",
    "at the present time": "now",
    "for example": "e.g.",
    "for instance": "e.g.",
    "that is to say": "i.e.",
    "in other words": "i.e.",
    "is able to": "can",
    "are able to": "can",
    "is not able to": "cannot",
    "has the ability to": "can",
    "zum Beispiel": "z.B.",
    "das heißt": "d.h.",
    "aufgrund der Tatsache, dass": "weil",
    "in der Lage ist": "kann",
})  # fmt: skip
_PHRASE = re.compile(
    r"\b(?:" + "|".join(re.escape(phrase) for phrase in sorted(_PHRASES, key=lambda one: (-len(one), one))) + r")\b"
)
_PERCENT = re.compile(r"(?<=\d) ?(?:percent|per cent|Prozent)\b")


def apply(text: str) -> str:
    """The text in shorter notation."""
    text = _PERCENT.sub("%", text)
    return _PHRASE.sub(lambda found: _PHRASES[found.group()], text)
