"""Texts for tests: made from templates with a fixed seed, all different, with facts that a check can lose."""

from __future__ import annotations

import json
import random
from pathlib import Path

NAMES = [
    "Amara Okafor",
    "Lena Fischer",
    "Tomas Novak",
    "Priya Raman",
    "Jonas Berg",
    "Mei Tanaka",
    "Carlos Duarte",
    "Ines Moreau",
]
PLACES = ["Lisbon", "Graz", "Nairobi", "Osaka", "Tallinn", "Valparaiso", "Leipzig", "Cork"]
THINGS = [
    "bridge",
    "library",
    "reservoir",
    "orchestra",
    "bakery",
    "observatory",
    "tramway",
    "hospital",
    "archive",
    "harbour",
]
VERBS = ["inspected", "financed", "rebuilt", "described", "measured", "painted", "sold", "closed", "opened", "visited"]
TAILS = [
    "The report was not accepted by the council because it did not mention the {thing} near {place}.",
    "If the pressure is above {n} bar, the valve of the {thing} is to be opened by {name} and by no one else.",
    "It is important to note that the cost of the {thing} increased by {n} percent in the course of the following year.",
    "As a matter of fact, {name} had asked for {n} workers, and the city of {place} sent only {m} of them.",
    "In order to keep the {thing} open, at least {n} visitors a day were needed, according to {name}.",
    "The {thing} in {place} was, however, larger than the one that {name} had seen before.",
]
CODE = '''def {verb}_{thing}(count, limit={n}):
    """Return how many of the {thing} records were {verb}.

    The value of `limit` must not be more than {m}; it is the number of records that are read at once.
    """
    # Loop over all of the records, and count those that match.
    total = 0
    for index in range(count):
        if index % {m} == 0 and index <= limit:
            total = total + index
        else:
            total = total - 1
    return {{"{place}": total, "count": count}}
'''


def texts(n: int, seed: int = 0) -> list[tuple[str, str]]:
    """`n` pairs of domain and text; every third is code."""
    draw = random.Random(seed)

    def words() -> dict[str, object]:
        return {
            "name": draw.choice(NAMES),
            "place": draw.choice(PLACES),
            "thing": draw.choice(THINGS),
            "verb": draw.choice(VERBS),
            "n": draw.randrange(11, 900),
            "m": draw.randrange(2, 11),
        }

    out: list[tuple[str, str]] = []
    for number in range(n):
        if number % 3 == 2:
            out.append(("code", CODE.format(**words())))
            continue
        head = "In {year}, {name} {verb} the {thing} of {place} for the {m}th time.".format(
            year=1900 + number % 120, **words()
        )
        tails = [tail.format(**words()) for tail in draw.sample(TAILS, 3)]
        out.append(("nl", " ".join([head, *tails])))
    return out


def write_jsonl(path: Path, n: int, seed: int = 0) -> Path:
    """A corpus of `n` passages as JSON lines."""
    rows = [json.dumps({"text": text, "domain": domain}) for domain, text in texts(n, seed)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path
