"""Texts to plant losses in, and rewrites of them that keep the meaning: made by rule, by the engine, and real ones."""

from __future__ import annotations

import json
import os
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from texts import TEXTS

from semzip.local import engine


def paragraphs(half: str) -> Iterator[tuple[str, str]]:
    """(source, text) of one half of every source."""
    first = half == "tune"
    for at, text in enumerate(TEXTS):
        if first == (at % 2 == 0) or "SEMZIP_DATA" not in os.environ:
            yield "written", text
    if "SEMZIP_DATA" not in os.environ:
        return
    folder = Path(os.environ["SEMZIP_DATA"])
    for name, key in (("xquad_en", "context"), ("gsm8k_test", "question")):
        rows = _rows(folder / f"{name}.jsonl")
        rows = rows[: len(rows) // 2] if first else rows[len(rows) // 2 :]
        for row in rows[:200]:
            yield name, row[key]


def pairs(half: str) -> Iterator[tuple[str, str]]:
    """Real pairs whose numerals, capitalised words and negations all survive, by a test unrelated to the check."""
    if "SEMZIP_DATA" not in os.environ:
        return
    name = "pairs_train" if half == "tune" else "pairs_valid"
    for row in _rows(Path(os.environ["SEMZIP_DATA"]) / f"{name}.jsonl"):
        if row["domain"] == "nl" and _survives(row["text"], row["compressed"]):
            yield row["text"], row["compressed"]


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


NOT = re.compile(r"\b(?:not|no|never|without|cannot|none|nor|neither)\b|n['’]t\b", re.IGNORECASE)
_NOT_DENSE = re.compile(
    NOT.pattern + r"|¬|≠|✗|∅|\b(?:un|in|im|non|dis)\w+|\w+less\b|\b(?:lack|fail|w/o|avoid)\w*", re.IGNORECASE
)


def _survives(text: str, dense: str) -> bool:
    low = dense.lower()
    numerals = {n.replace(",", "") for n in re.findall(r"\d+(?:[.,]\d+)*", text)}
    there = low.replace(",", "")
    capitals = {w.lower() for w in re.findall(r"(?<=[a-z,] )[A-Z][a-z]{3,}", text)}
    letters = re.sub(r"[^a-z]", "", low)
    return (
        bool(numerals | capitals)
        and all(n in there for n in numerals)
        and all(w[:4] in low or (w[0] in letters and w[:5] in low) for w in capitals)
        and len(_NOT_DENSE.findall(dense)) >= len(NOT.findall(text))
        and len(dense) > 0.4 * len(text)
        and all(_told(part, low) for part in re.split(r"(?<=[.!?])\s+|\n", text))
    )


def _told(sentence: str, low: str) -> bool:
    words = re.findall(r"[a-z]{5,}", sentence.lower())
    return len(words) < 3 or sum(word[:4] in low for word in words) >= 0.5 * len(words)


Rewrite = Callable[[str, random.Random], str]
_NOTATION = (
    (r"\b(\d[\d,.]*) percent\b", r"\1%"), (r"\bdoes not\b", "doesn't"), (r"\bdo not\b", "don't"),
    (r"\bdid not\b", "didn't"), (r"\bwill not\b", "won't"), (r"\bat least (?=\d)", "≥"), (r"\bat most (?=\d)", "≤"),
    (r"\bno more than (?=\d)", "≤"), (r"(?<!no )\bmore than (?=\d)", ">"), (r"\bfewer than (?=\d)", "<"),
    (r"\bless than (?=\d)", "<"), (r"(?<=\d),(?=\d{3}\b)", ""), (r" and ", " & "), (r"\bwithout\b", "w/o"),
    (r"\bwith\b", "w/"), (r"\bdollars\b", "USD"), (r"\bUnited States\b", "US"), (r"\bincreased\b", "↑"),
    (r"\bdecreased\b", "↓"), (r"\bJanuary\b", "Jan"), (r"\bSeptember\b", "Sept"), (r"\bOctober\b", "Oct"),
    (r"\bhours\b", "h"), (r"\bminutes\b", "min"), (r"\bkilometers\b", "km"), (r"\bapproximately\b", "~"),
    (r"\bbecause\b", "∵"), (r"\bgovernment\b", "govt"), (r"\binformation\b", "info"), (r"\bleads to\b", "→"),
)  # fmt: skip
_NUMBERS = {
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "twelve": "12",
}
_FILLERS = re.compile(
    r"\b(?:the|an?|that|which|is|are|was|were|has|have|had|been|be|also|very|its|their|his|her) (?=\w)", re.IGNORECASE
)


def light(text: str, _: random.Random) -> str:
    """Articles and auxiliaries dropped."""
    return _FILLERS.sub("", text)


def notation(text: str, rng: random.Random) -> str:
    """Signs for words, digits for number words."""
    for pattern, sign in _NOTATION:
        if rng.random() < 0.8:
            text = re.sub(pattern, sign, text)
    return re.sub(r"(?<!-)\b(?:" + "|".join(_NUMBERS) + r")\b(?!-)", lambda m: _NUMBERS[m.group()], text)


def dates(text: str, _: random.Random) -> str:
    """Dates in ISO form."""
    months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    either = "|".join(months)

    def iso(year: str, month: str, day: str) -> str:
        return f"{year}-{months.index(month) + 1:02}-{int(day):02}"

    text = re.sub(rf"\b({either}) (\d\d?), (\d{{4}})", lambda m: iso(m[3], m[1], m[2]), text)
    return re.sub(rf"\b(\d\d?) ({either}) (\d{{4}})", lambda m: iso(m[3], m[2], m[1]), text)


def reordered(text: str, rng: random.Random) -> str:
    """Sentences in another order, lighter."""
    parts = sentences(text)
    rng.shuffle(parts)
    return light(" ".join(parts), rng)


def fields(text: str, rng: random.Random) -> str:
    """Sentences as fields between bars, in notation."""
    parts = [part.rstrip(".") for part in sentences(notation(light(text, rng), rng))]
    return " | ".join(parts)


def telegraphic(text: str, rng: random.Random) -> str:
    """Notation without most function words."""
    text = notation(text, rng)
    return re.sub(
        r"\b(?:the|an?|of|(?<!up )to|in|on|for|by the|is|are|was|were|has|had|that|who|which|and) (?=\w)", "", text
    )


REWRITES: tuple[Rewrite, ...] = (light, notation, dates, reordered, fields, telegraphic)


def sentences(text: str) -> list[str]:
    """Sentences of more than two words."""
    return [part for part in re.split(r"(?<=[.!?])\s+(?=[A-Z\"“])", text) if part]


def shortened(text: str, level: int) -> str:
    """What the embedded engine makes of it."""
    return engine.shorten(text, "nl", level=level)
