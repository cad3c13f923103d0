"""What prose keeps at a ratio: bench_prose.py [DATA] prints answers, numerals, negations, ratios and speed as tables.

DATA, by default $SEMZIP_DATA, holds xquad_{en,de,zh}.jsonl, gsm8k_test.jsonl and pairs_valid.jsonl. An answer is kept if all its content words are
(of Chinese, its characters in a row). Tokens are o200k_base; times are of one process.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import semzip
from semzip.local.prose import words

RATIOS = (0.7, 0.6, 0.5, 0.4, 0.3)
ASKED = (0.5, 0.3)
TIGHT = (0.3, 0.1)
TOGETHER = 10
NEGATION = re.compile(r"\b(?:not|no|never|without|cannot)\b|n['’]t\b", re.IGNORECASE)
NUMERAL = re.compile(r"\d+(?:[.,]\d+)*")

Row = dict[str, Any]


def read(folder: Path, name: str) -> list[Row]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").open(encoding="utf-8")]


def plain(text: str) -> list[str]:
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text.lower()).replace("%", " percent ").replace("prozent", "percent")
    return re.findall(r"\w+", text)


def answered(answers: Iterable[str], short: str) -> bool:
    have, bare = set(plain(short)), re.sub(r"\s+", "", short)
    for answer in answers:
        if any(map(words.is_han, answer)):
            kept = re.sub(r"\s+", "", answer) in bare
        else:
            every = plain(answer)
            kept = set([word for word in every if word not in words.FUNCTION] or every) <= have
        if kept:
            return True
    return False


def answers_kept(passages: Sequence[Row], ratio: float | None, *, asked: bool = False) -> tuple[float, float]:
    """Share of the questions that can still be answered, and the share of the tokens that was kept."""
    hits = total = kept = given = 0
    for passage in passages:
        short = semzip.compress(passage["context"], ratio, domain="nl")
        for question in passage["questions"]:
            if asked:
                short = semzip.compress(passage["context"], ratio, question=question["question"], domain="nl")
            hits += answered(question["answers"], short.text)
            total += 1
        kept, given = kept + short.tokens, given + short.original_tokens
    return hits / total, kept / given


def joined(passages: Sequence[Row]) -> list[Row]:
    groups = [passages[at : at + TOGETHER] for at in range(0, len(passages), TOGETHER)]
    return [
        {"context": "\n\n".join(p["context"] for p in group), "questions": [q for p in group for q in p["questions"]]}
        for group in groups
    ]


def facts_kept(texts: Sequence[str], ratio: float) -> tuple[float, float]:
    """Shares of the distinct numerals and of the negation words that are still there."""
    numerals = kept = negations = left = 0
    for text in texts:
        short = semzip.compress(text, ratio, domain="nl").text
        before = set(NUMERAL.findall(text))
        numerals, kept = numerals + len(before), kept + len(before & set(NUMERAL.findall(short)))
        said = len(NEGATION.findall(text))
        negations, left = negations + said, left + min(said, len(NEGATION.findall(short)))
    return kept / max(1, numerals), left / max(1, negations)


def speed(texts: Sequence[str], ratio: float | None) -> float:
    """Tokens per second with the check."""
    given = 0
    start = time.process_time()
    for number, text in enumerate(texts):
        given += semzip.compress(text + " " * (number % 7), ratio, domain="nl").original_tokens
    return given / (time.process_time() - start)


def line(*cells: object) -> None:
    print("|" + "|".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in cells) + "|", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=os.environ.get("SEMZIP_DATA"))
    folder = parser.parse_args().data
    if folder is None:
        parser.error("name the folder with the texts, or set SEMZIP_DATA")
    folder = Path(folder)
    english = read(folder, "xquad_en")
    line("answers kept", *RATIOS)
    line("---", *("---:" for _ in RATIOS))
    for language in ("en", "de", "zh"):
        passages = read(folder, f"xquad_{language}")
        line(language, *(answers_kept(passages, ratio)[0] for ratio in RATIOS))
    for language in ("en", "de", "zh"):
        passages = read(folder, f"xquad_{language}")
        line(f"{language}, asked, at {ASKED}", *(answers_kept(passages, ratio, asked=True)[0] for ratio in ASKED))
    line(f"ten passages, asked, at {TIGHT}", *(answers_kept(joined(english), ratio, asked=True)[0] for ratio in TIGHT))
    line("en without a target: answers, ratio", *answers_kept(english, None))
    sets = {
        "xquad_en": [passage["context"] for passage in english],
        "gsm8k": [row["question"] for row in read(folder, "gsm8k_test")],
        "pairs_valid": [row["text"] for row in read(folder, "pairs_valid") if row["domain"] == "nl"],
    }
    for name, texts in sets.items():
        for ratio in RATIOS[:3]:
            line(f"{name}, numerals and negations at {ratio}", *facts_kept(texts, ratio))
    for target in (None, 0.5):
        line(f"tokens/s, target {target}", round(speed(sets["xquad_en"], target)))


if __name__ == "__main__":
    main()
