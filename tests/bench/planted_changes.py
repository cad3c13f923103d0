"""One harmful change to a text, of each kind that the check must find. They know nothing of the check's own reading."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from planted_rewrites import NOT

Change = Callable[[str, random.Random], str | None]
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})*")
_MONTHS = "Jan(?:uary)?|Feb(?:ruary)?|March|April|June|July|Aug(?:ust)?|Sept(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
_DATE = re.compile(
    rf"\b(?:(?:\d\d? )?(?:{_MONTHS})(?: \d\d?\b)?(?:,? \d{{4}})?|\d{{4}}-\d\d-\d\d|(?<=in )(?:1[5-9]|20)\d\d)\b"
)
_NUMBER = re.compile(r"(?<![\w.,:/-])\d+(?:[.,]\d+)*(?![\w:/-]|[.,]\d)")
_UNIT = re.compile(
    r"(?<=\d)(?: ?(?:%|km/h|km|kg|cm|mm|mg|ms|°C|h|min|g)(?!\w)| (?:percent|metres|tonnes|hours|minutes|days|weeks|months|years|seconds|pounds|dollars|euros|miles|feet|USD|bar|kcal|inches|acres)\b)|[$€£](?=\d)"
)
_OTHER_UNIT = {
    "%": " kg",
    "km": " miles",
    "kg": " lb",
    "h": " days",
    "min": " h",
    "percent": " points",
    "$": "€",
    "€": "$",
    "£": "$",
    "dollars": " euros",
    "euros": " dollars",
    "USD": " EUR",
    "years": " days",
    "days": " weeks",
    "hours": " minutes",
    "minutes": " hours",
    "weeks": " days",
    "months": " years",
    "metres": " feet",
    "miles": " km",
    "feet": " metres",
    "pounds": " ounces",
}
_URL = re.compile(r"https?://\S*[\w/]|[\w.]+@[\w.]+\w|(?<=[ (])/[\w./-]+\w|\b\w+(?:/\w+)+\.\w+")
_IDENTIFIER = re.compile(
    r"(?<![/.@])\b(?:[A-Z]{1,4}-\d+(?:-[A-Z])?|[a-z]+_[a-z0-9_]+|[A-Z]+_[A-Z_]+|[A-Z]{1,2}\d+|a81f0c2|\d\.\d\.\d)\b"
)
_QUOTE = re.compile(r'"([^"]{6,80})"|“([^”]{6,80})”')
_NOVEL = ("Zimmermann", "Abernathy", "Castellano", "Dubrovsky", "Thornbury", "Ravensworth", "Quintero", "Valderrama")
_INSERTED = (
    "Inspectors found asbestos under the northern roof.", "The owner later moved his sheep to a valley in Wales.",
    "Rainfall destroyed half of that year's barley harvest.", "A violinist from Prague performed there every winter.",
    "Two submarines patrolled the coast during the strike.", "The committee awarded the medal to a young chemist.",
)  # fmt: skip


def _one(pattern: re.Pattern[str], text: str, rng: random.Random) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return rng.choice(found) if found else None


def _replace(text: str, match: re.Match[str], new: str) -> str:
    return (
        text[: match.start()] + new + text[match.end() :]
        if new
        else re.sub(r"  +", " ", text[: match.start()].rstrip() + " " + text[match.end() :].lstrip())
    )


def _other_digits(number: str, rng: random.Random) -> str:
    digits = re.sub(r"\D", "", number)
    if len(digits) == 2 and digits[0] != digits[1] and digits[1] != "0" and rng.random() < 0.5:
        return digits[::-1]
    at = rng.choice([k for k, char in enumerate(number) if char.isdigit()])
    return number[:at] + rng.choice([d for d in "123456789" if d != number[at]]) + number[at + 1 :]


def number_changed(text: str, rng: random.Random) -> str | None:
    match = _one(_NUMBER, text, rng)
    return _replace(text, match, _other_digits(match.group(), rng)) if match else None


def number_dropped(text: str, rng: random.Random) -> str | None:
    match = _one(_NUMBER, text, rng)
    return _replace(text, match, "") if match else None


def number_exchanged(text: str, rng: random.Random) -> str | None:
    found = list(_NUMBER.finditer(text))
    choices = [
        (x, y) for x, y in pairwise(found) if x.group() != y.group() and " " in text[x.end() : y.start()].strip()
    ]
    return _exchange(text, *rng.choice(choices)) if choices else None


def number_added(text: str, rng: random.Random) -> str | None:
    match = _one(re.compile(r"(?<=[a-z] )(?=[a-z]{5,}s\b)"), text, rng)
    return _replace(text, match, f"{rng.randrange(23, 987)} ") if match else None


def _exchange(text: str, x: re.Match[str], y: re.Match[str]) -> str:
    return text[: x.start()] + y.group() + text[x.end() : y.start()] + x.group() + text[y.end() :]


def unit_changed(text: str, rng: random.Random) -> str | None:
    match = _one(_UNIT, text, rng)
    if match is None:
        return None
    return _replace(text, match, _OTHER_UNIT.get(match.group().strip(), " gallons"))


def unit_dropped(text: str, rng: random.Random) -> str | None:
    match = _one(_UNIT, text, rng)
    return text[: match.start()] + text[match.end() :] if match else None


def date_changed(text: str, rng: random.Random) -> str | None:
    match = _one(_DATE, text, rng)
    if match is None:
        return None
    old = match.group()
    if re.search("[A-Z]", old) and rng.random() < 0.5:
        return _replace(text, match, re.sub("[A-Z][a-z]+", lambda m: "May" if m[0][:2] != "Ma" else "Nov", old))
    if not re.search(r"\d", old):
        return _replace(text, match, "May" if old[:2] != "Ma" else "Nov")
    parts = list(re.finditer(r"\d+", old))
    part = rng.choice(parts)
    new = str(
        int(part.group()) + rng.choice((1, 2, 3))
        if len(part.group()) == 4 or int(part.group()) < 25
        else int(part.group()) - 4
    )
    return _replace(text, match, old[: part.start()] + new.zfill(len(part.group())) + old[part.end() :])


def date_dropped(text: str, rng: random.Random) -> str | None:
    match = _one(_DATE, text, rng)
    return _replace(text, match, "") if match else None


def name_changed(text: str, rng: random.Random) -> str | None:
    match = _one(_NAME, text, rng)
    if match is None or re.fullmatch(_DATE, match.group()):
        return None
    return _replace(text, match, rng.choice(_NOVEL))


def name_dropped(text: str, rng: random.Random) -> str | None:
    """Every mention of a name gone."""
    match = _one(_NAME, text, rng)
    if match is None or re.search(_MONTHS, match.group()):
        return None
    out = re.sub(r"  +", " ", text.replace(match.group(), ""))
    return None if any(re.search(rf"\b{word}", out) for word in match.group().split()) else out


def names_exchanged(text: str, rng: random.Random) -> str | None:
    """Two names, each in the other's place; not two that stand side by side in a list."""
    found = [m for m in _NAME.finditer(text) if not re.search(_MONTHS, m.group())]
    choices = [
        (x, y)
        for k, x in enumerate(found)
        for y in found[k + 1 : k + 4]
        if not set(x.group().split()) & set(y.group().split())
        and len(re.findall(r"[a-z]{4,}", text[x.end() : y.start()])) >= 2
    ]
    return _exchange(text, *rng.choice(choices)) if choices else None


def name_replaced(text: str, rng: random.Random) -> str | None:
    """One mention of a name replaced by another name of the text."""
    found = [m for m in _NAME.finditer(text) if not re.search(_MONTHS, m.group())]
    choices = [
        (x, y)
        for x in found
        for y in found
        if not set(x.group().split()) & set(y.group().split()) and abs(x.start() - y.start()) > 60
    ]
    if not choices:
        return None
    x, y = rng.choice(choices)
    return _replace(text, x, y.group())


def identifier_changed(text: str, rng: random.Random) -> str | None:
    match = _one(_IDENTIFIER, text, rng)
    if match is None:
        return None
    old = match.group()
    if re.search(r"\d", old):
        return _replace(text, match, _other_digits(old, rng))
    return _replace(text, match, old[:-2] + old[-1] + old[-2] if old[-1] != old[-2] else old + "s")


def identifier_dropped(text: str, rng: random.Random) -> str | None:
    match = _one(_IDENTIFIER, text, rng)
    return re.sub(r"  +", " ", text.replace(match.group(), "")) if match else None


def url_changed(text: str, rng: random.Random) -> str | None:
    match = _one(_URL, text, rng)
    if match is None:
        return None
    old = match.group()
    at = rng.choice([k for k, char in enumerate(old) if char.isalnum() and k > len(old) // 2])
    return _replace(text, match, old[:at] + rng.choice([c for c in "qxzk7" if c != old[at]]) + old[at + 1 :])


def url_dropped(text: str, rng: random.Random) -> str | None:
    match = _one(_URL, text, rng)
    return _replace(text, match, "") if match else None


def quote_changed(text: str, rng: random.Random) -> str | None:
    match = _one(_QUOTE, text, rng)
    if match is None:
        return None
    words = list(re.finditer(r"\b[a-z]{4,}\b", match.group()))
    if not words:
        return None
    word = rng.choice(words)
    new = (
        match.group()[: word.start()]
        + rng.choice(["walnut", "harbour", "pencil", "thunder"])
        + match.group()[word.end() :]
    )
    return _replace(text, match, new)


def quote_dropped(text: str, rng: random.Random) -> str | None:
    match = _one(_QUOTE, text, rng)
    return _replace(text, match, "") if match else None


def negation_dropped(text: str, rng: random.Random) -> str | None:
    match = _one(re.compile(r"\b(?:not|never|no) (?=[a-z])|(?<=[a-z])n['’]t\b|\bwithout\b"), text, rng)
    if match is None or text[match.start() : match.start() + 20].lower().startswith(
        ("no more", "no less", "no longer", "not only", "no fewer")
    ):
        return None
    return _replace(text, match, "with" if match.group() == "without" else "")


def negation_added(text: str, rng: random.Random) -> str | None:
    match = _one(re.compile(r"\b(?:is|are|was|were|will|can|may|should|had|has|would|must) (?=[a-z]{3,})"), text, rng)
    if match is None or NOT.match(text, match.end()):
        return None
    return _replace(text, match, match.group() + "not ")


def condition_dropped(text: str, rng: random.Random) -> str | None:
    match = _one(re.compile(r"\b(?:only if|if|unless|except when|except|provided that)\b", re.IGNORECASE), text, rng)
    return _replace(text, match, "") if match else None


def condition_changed(text: str, rng: random.Random) -> str | None:
    match = _one(re.compile(r"\b(?:only if|if|unless)\b"), text, rng)
    if match is None:
        return None
    return _replace(text, match, {"if": "unless", "unless": "if", "only if": "even if"}[match.group()])


_BOUNDS = {
    "at least": "at most",
    "at most": "at least",
    "no more than": "no less than",
    "more than": "less than",
    "less than": "more than",
    "fewer than": "more than",
    "≥": "≤",
    "≤": "≥",
    ">": "<",
    "<": ">",
    "up to": "at least",
}
_BOUND = re.compile(
    r"\b(?:at least|at most|no more than|more than|less than|fewer than|up to)\b(?= ?[$€]?\d)|[≥≤<>](?= ?[$€]?\d)"
)


def bound_turned(text: str, rng: random.Random) -> str | None:
    match = _one(_BOUND, text, rng)
    return _replace(text, match, _BOUNDS[match.group()]) if match else None


def bound_dropped(text: str, rng: random.Random) -> str | None:
    match = _one(_BOUND, text, rng)
    return _replace(text, match, "") if match else None


_TURNS = {
    "increased": "decreased",
    "decreased": "increased",
    "increase": "decrease",
    "decrease": "increase",
    "rose": "fell",
    "fell": "rose",
    "reduced": "raised",
    "grew": "shrank",
    "before": "after",
    "after": "before",
    "↑": "↓",
    "↓": "↑",
    "Before": "After",
    "After": "Before",
    "growth": "decline",
    "increasing": "decreasing",
    "dropped": "rose",
    "reducing": "increasing",
    "raised": "lowered",
}


def direction_turned(text: str, rng: random.Random) -> str | None:
    match = _one(re.compile(r"(?<!\w)(?:" + "|".join(_TURNS) + r")(?!\w)"), text, rng)
    return _replace(text, match, _TURNS[match.group()]) if match else None


def statement_dropped(text: str, rng: random.Random) -> str | None:
    parts = re.split(r"(?<=[.!?]) +|(?= \| )", text)
    long = [k for k, part in enumerate(parts) if len(re.findall(r"\w{4,}", part)) >= 4]
    if len(parts) < 3 or not long:
        return None
    at = rng.choice(long)
    return " ".join(parts[:at] + parts[at + 1 :])


def statement_added(text: str, rng: random.Random) -> str | None:
    parts = re.split(r"(?<=[.!?]) +", text)
    if len(parts) < 2:
        return None
    parts.insert(rng.randrange(1, len(parts)), rng.choice(_INSERTED))
    return " ".join(parts)


def _insert(text: str, rng: random.Random, before: str, new: str) -> str | None:
    """`new` put before one place where `before` matches."""
    match = _one(re.compile(before), text, rng)
    return None if match is None else text[: match.start()] + new + text[match.start() :]


_PLACE = r"(?<=[a-z]{4})(?=[.,;] )"
"""The end of a clause."""


def name_added(text: str, rng: random.Random) -> str | None:
    return _insert(text, rng, _PLACE, f" with {rng.choice(_NOVEL)}")


def date_added(text: str, rng: random.Random) -> str | None:
    return _insert(text, rng, _PLACE, rng.choice((" in 1687", " on 23 May 1764", " in August 1688")))


def url_added(text: str, rng: random.Random) -> str | None:
    return _insert(text, rng, _PLACE, " (https://docs.vantor.example/faq)")


def identifier_added(text: str, rng: random.Random) -> str | None:
    return _insert(text, rng, _PLACE, rng.choice((" via queue_depth", " under ZK-5519", " with reset_token_v2")))


def quote_added(text: str, rng: random.Random) -> str | None:
    return _insert(text, rng, _PLACE, ', "a harbour full of broken pencils"')


def unit_added(text: str, rng: random.Random) -> str | None:
    return _insert(
        text,
        rng,
        r"(?<=\d)(?= [a-z]{5,}s\b)(?! (?:percent|metres|tonnes|hours|minutes|weeks|months|years|miles|pounds|dollars))",
        " kg of",
    )


def condition_added(text: str, rng: random.Random) -> str | None:
    return _insert(text, rng, _PLACE, rng.choice((" only if approved", " unless approved", " if approved")))


def bound_added(text: str, rng: random.Random) -> str | None:
    return _insert(
        text,
        rng,
        r"(?<=[a-z]{2} )(?<!than )(?<!least )(?<!most )(?<!to )(?=\d+ [a-z]{4})",
        rng.choice(("at least ", "at most ", "more than ")),
    )


CHANGES: tuple[tuple[str, Change], ...] = (
    ("number", number_changed), ("number", number_dropped), ("number", number_exchanged), ("number", number_added),
    ("unit", unit_changed), ("unit", unit_dropped), ("date", date_changed), ("date", date_dropped),
    ("name", name_changed), ("name", name_dropped), ("identifier", identifier_changed),
    ("identifier", identifier_dropped), ("url", url_changed), ("url", url_dropped), ("quote", quote_changed),
    ("quote", quote_dropped), ("negation", negation_dropped), ("negation", negation_added),
    ("condition", condition_dropped), ("condition", condition_changed), ("bound", bound_turned),
    ("bound", bound_dropped), ("direction", direction_turned), ("attribution", names_exchanged),
    ("attribution", name_replaced), ("statement", statement_dropped), ("statement", statement_added),
    ("name", name_added), ("date", date_added), ("url", url_added), ("identifier", identifier_added),
    ("quote", quote_added), ("unit", unit_added), ("condition", condition_added), ("bound", bound_added),
)  # fmt: skip
