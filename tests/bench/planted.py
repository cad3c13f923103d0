"""Planted losses: real texts, rewritten without loss, then with one harmful change. Does `check` find it, and only it?

Run `python tests/bench/planted.py [tune|report]`. SEMZIP_DATA adds real texts and the pairs of the v1 project; without it
the texts written for the benchmark are used alone. `tune` and `report` are disjoint halves of every source.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import frozen

sys.path.insert(0, str(Path(__file__).parent))
from texts import TEXTS

from semzip.local.check import check

KINDS = (
    "number", "unit", "date", "name", "identifier", "url", "quote", "negation", "condition", "bound", "direction",
    "attribution", "statement",
)  # fmt: skip


@frozen
class Case:
    """One pair: an original, a rewrite, and the kind of the change planted in it ("" for none)."""

    original: str
    compressed: str
    kind: str
    source: str
    how: str


# ---------------------------------------------------------------- texts


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


_NOT = re.compile(r"\b(?:not|no|never|without|cannot|none|nor|neither)\b|n['’]t\b", re.IGNORECASE)
_NOT_DENSE = re.compile(
    _NOT.pattern + r"|¬|≠|✗|∅|\b(?:un|in|im|non|dis)\w+|\w+less\b|\b(?:lack|fail|w/o|avoid)\w*", re.IGNORECASE
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
        and len(_NOT_DENSE.findall(dense)) >= len(_NOT.findall(text))
        and len(dense) > 0.4 * len(text)
        and all(_told(part, low) for part in re.split(r"(?<=[.!?])\s+|\n", text))
    )


def _told(sentence: str, low: str) -> bool:
    words = re.findall(r"[a-z]{5,}", sentence.lower())
    return len(words) < 3 or sum(word[:4] in low for word in words) >= 0.5 * len(words)


# ---------------------------------------------------------------- rewrites that keep the meaning

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
    from semzip.local import engine

    return engine.shorten(text, "nl", level=level)


# ---------------------------------------------------------------- harmful changes

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
        (x, y)
        for x, y in zip(found, found[1:], strict=False)
        if x.group() != y.group() and " " in text[x.end() : y.start()].strip()
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
    words = [w for w in re.finditer(r"\b[a-z]{4,}\b", match.group())]
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
    if match is None or _NOT.match(text, match.end()):
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


CHANGES: tuple[tuple[str, Change], ...] = (
    ("number", number_changed), ("number", number_dropped), ("number", number_exchanged), ("number", number_added),
    ("unit", unit_changed), ("unit", unit_dropped), ("date", date_changed), ("date", date_dropped),
    ("name", name_changed), ("name", name_dropped), ("identifier", identifier_changed),
    ("identifier", identifier_dropped), ("url", url_changed), ("url", url_dropped), ("quote", quote_changed),
    ("quote", quote_dropped), ("negation", negation_dropped), ("negation", negation_added),
    ("condition", condition_dropped), ("condition", condition_changed), ("bound", bound_turned),
    ("bound", bound_dropped), ("direction", direction_turned), ("attribution", names_exchanged),
    ("attribution", name_replaced), ("statement", statement_dropped), ("statement", statement_added),
)  # fmt: skip


# ---------------------------------------------------------------- measuring


def harmless(half: str, seed: int = 7) -> list[Case]:
    """Rewrites that lose nothing."""
    rng = random.Random(seed)
    out: list[Case] = []
    for source, text in paragraphs(half):
        out += [Case(text, rewrite(text, rng), "", source, rewrite.__name__) for rewrite in REWRITES]
        for level in range(4):
            out.append(Case(text, shortened(text, level), "", source, f"shorten {level}"))
    out += [Case(text, dense, "", "pairs", "v1") for text, dense in pairs(half)]
    return [case for case in out if case.compressed != case.original]


def planted(cases: list[Case], limit: int, seed: int = 11) -> list[Case]:
    """One harmful change in each of up to `limit` rewrites a change."""
    rng = random.Random(seed)
    out: list[Case] = []
    for kind, change in CHANGES:
        order = list(cases)
        rng.shuffle(order)
        made = 0
        for case in order:
            if case.how == "v1" and kind in {"identifier", "url"}:
                continue  # what looks like one there is the notation's
            worse = change(case.compressed, rng)
            if worse is not None and worse != case.compressed:
                out.append(Case(case.original, worse, kind, case.source, f"{change.__name__} in {case.how}"))
                made += 1
                if made >= limit:
                    break
    return out


def found(case: Case) -> bool:
    """Whether the check fails the pair and names a loss of the planted kind."""
    verdict = check(case.original, case.compressed, "nl")
    return not verdict.passed and any(loss.kind == case.kind for loss in verdict.losses)


def main() -> None:
    half = sys.argv[1] if len(sys.argv) > 1 else "report"
    verbose = set(sys.argv[2:])
    cases = harmless(half)
    alarms: Counter[str] = Counter()
    passed: list[Case] = []
    for case in cases:
        verdict = check(case.original, case.compressed, "nl")
        if verdict.passed:
            passed.append(case)
            continue
        alarms[case.how] += 1
        if case.how in verbose or "alarms" in verbose:
            hard = [(loss.kind, loss.what, "+" if loss.invented else "") for loss in verdict.losses if loss.hard]
            print(
                f"ALARM {case.source}/{case.how} {verdict.score:.2f} {hard}\n   {case.original}\n   {case.compressed}\n"
            )
    sizes = Counter(case.how for case in cases)
    print(f"harmless rewrites ({half})    n  false alarms")
    for how, size in sizes.items():
        print(f"{how:24} {size:6}  {alarms[how] / size:7.1%}")
    print(f"{'all':24} {len(cases):6}  {sum(alarms.values()) / len(cases):7.1%}\n")
    tests = planted(cases, 60)
    hits: Counter[tuple[str, str]] = Counter()
    totals: Counter[tuple[str, str]] = Counter()
    for case in tests:
        how = case.how.partition(" ")[0]
        totals[case.kind, how] += 1
        if found(case):
            hits[case.kind, how] += 1
        elif how in verbose or case.kind in verbose:
            losses = [
                (loss.kind, loss.what) for loss in check(case.original, case.compressed, "nl").losses if loss.hard
            ]
            print(f"MISS {case.how} {losses}\n   {case.original}\n   {case.compressed}\n")
    print("planted change             n  found")
    for kind in KINDS:
        n = sum(v for (k, _), v in totals.items() if k == kind)
        print(f"{kind:24} {n:4}  {sum(v for (k, _), v in hits.items() if k == kind) / max(n, 1):6.1%}")
        for (k, how), size in totals.items():
            if k == kind:
                print(f"    {how:20} {size:4}  {hits[k, how] / size:6.1%}")
    print(f"{'all':24} {len(tests):4}  {sum(hits.values()) / max(len(tests), 1):6.1%}")


if __name__ == "__main__":
    main()
