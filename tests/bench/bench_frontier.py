"""What is kept against what it costs, ours and baselines: bench_frontier.py [DATA] prints a table and draws docs/img/frontier.svg.

DATA, by default $SEMZIP_DATA, holds xquad_en.jsonl, gsm8k_test.jsonl and pairs_train.jsonl. The baselines get the same pieces
of a text and the same exact budget; their idf comes from pairs_train.jsonl, which none of the measured texts is in.
"""

from __future__ import annotations

import argparse
import math
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench_prose import NEGATION, Row, answered, line, read

import semzip
from semzip.local.prose import words

RATIOS = (0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)
PICTURE = Path(__file__).parents[2] / "docs" / "img" / "frontier.svg"
Method = Callable[[str, float, str], str]
Points = Mapping[str, Sequence[float]]
STYLES = {
    "semzip": "#1565c0",
    "semzip, with the question": "#00897b",
    "stop words out, then cut": "#ef6c00",
    "rarest words (idf)": "#8e24aa",
    "truncation": "#78909c",
}


def ordered(worth: Callable[[Sequence[str]], Sequence[float]]) -> Method:
    """A baseline: the pieces of most worth that fit the budget, in their order."""

    def shorten(text: str, ratio: float, _: str) -> str:
        pieces = words.split(text)
        scores = worth([piece for _, piece in pieces])
        order = sorted(range(len(pieces)), key=lambda at: (-scores[at], at))
        budget = math.floor(ratio * semzip.count_tokens(text))
        low, high = 0, len(order)
        while low < high:
            middle = (low + high + 1) // 2
            if semzip.count_tokens(words.join(pieces, sorted(order[:middle]))) <= budget:
                low = middle
            else:
                high = middle - 1
        return words.join(pieces, sorted(order[:low]))

    return shorten


def has_content(piece: str) -> bool:
    return piece[0].isalnum() and piece.lower() not in words.FUNCTION | words.NEGATIONS | words.BOUNDS


def idf(texts: Sequence[str]) -> Callable[[Sequence[str]], Sequence[float]]:
    """Worth by rarity; figures and names first, words without content last."""
    held = Counter(word for text in texts for word in {piece.lower() for piece in words.pieces(text)})

    def worth(pieces: Sequence[str]) -> list[float]:
        return [
            math.log((len(texts) + 1) / (held[piece.lower()] + 0.5))
            + 2 * (piece[0].isdigit() or piece[0].isupper())
            - 9 * (not has_content(piece))
            for piece in pieces
        ]

    return worth


def methods(texts: Sequence[str]) -> dict[str, Method]:
    return {
        "semzip": lambda text, ratio, _: semzip.compress(text, ratio, domain="nl").text,
        "semzip, with the question": lambda text, ratio, asked: (
            semzip.compress(text, ratio, question=asked, domain="nl").text
        ),
        "stop words out, then cut": ordered(lambda pieces: [float(has_content(piece)) for piece in pieces]),
        "rarest words (idf)": ordered(idf(texts)),
        "truncation": ordered(lambda pieces: [0.0] * len(pieces)),
    }


def answers(passages: Sequence[Row], method: Method, ratio: float, *, asked: bool) -> float:
    """Share of the questions whose answer is still there, word for word."""
    hits = total = 0
    for passage in passages:
        short = "" if asked else method(passage["context"], ratio, "")
        for question in passage["questions"]:
            text = method(passage["context"], ratio, question["question"]) if asked else short
            hits, total = hits + answered(question["answers"], text), total + 1
    return hits / total


def negations(texts: Sequence[str], method: Method, ratio: float) -> float:
    """Share of the negation words that is still there."""
    said = [len(NEGATION.findall(text)) for text in texts]
    left = [len(NEGATION.findall(method(text, ratio, ""))) for text in texts]
    return sum(map(min, said, left)) / max(1, sum(said))


# -- the picture -------------------------------------------------------------------------------

NEWLINE = "\n"  # Python 3.11 allows no backslash in an f-string
WIDE, HIGH, LEFT, TOP, APART = 360, 260, 56, 48, 92


def panel(title: str, points: Points, x: int) -> str:
    """Axes and curves: the ratio from left to right, the share that is kept from bottom to top."""

    def spot(ratio: float, share: float) -> str:
        return f"{x + (ratio - RATIOS[-1]) / (RATIOS[0] - RATIOS[-1]) * WIDE:.1f},{TOP + (1 - share) * HIGH:.1f}"

    out = [f'<text class="head" x="{x}" y="{TOP - 20}">{title}</text>']
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        y = TOP + (1 - share) * HIGH
        out.append(f'<line class="grid" x1="{x}" x2="{x + WIDE}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(f'<text class="tick" x="{x - 8}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    for ratio in RATIOS:
        place = spot(ratio, 0).split(",")[0]
        out.append(f'<text class="tick" x="{place}" y="{TOP + HIGH + 20}" text-anchor="middle">{ratio:.1f}</text>')
    for name, shares in points.items():
        spots = [spot(ratio, share) for ratio, share in zip(RATIOS, shares, strict=True)]
        out.append(f'<polyline points="{" ".join(spots)}" fill="none" stroke="{STYLES[name]}" stroke-width="2.5"/>')
        for place in spots:
            cx, cy = place.split(",")
            out.append(f'<circle cx="{cx}" cy="{cy}" r="3.5" fill="{STYLES[name]}"/>')
    return "\n".join(out)


def picture(kept: Points, denied: Points) -> str:
    """Both panels and the legend, as SVG."""
    width, height = 2 * (LEFT + WIDE) + APART, TOP + HIGH + 84
    legend = []
    at = LEFT
    for name, colour in STYLES.items():
        legend.append(f'<rect x="{at}" y="{height - 22}" width="14" height="4" fill="{colour}"/>')
        legend.append(f'<text class="tick" x="{at + 20}" y="{height - 16}">{name}</text>')
        at += 50 + 7 * len(name)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" role="img" aria-labelledby="title text">
<title id="title">What is kept at a ratio</title>
<desc id="text">Share of the answers and of the negations that are kept, against compressed tokens / original tokens, for semzip and for baselines.</desc>
<style>.head {{ font-size: 15px; font-weight: 600; fill: #263238 }} .tick {{ font-size: 12px; fill: #546e7a }} .grid {{ stroke: #e0e0e0 }}</style>
<rect width="{width}" height="{height}" rx="8" fill="#fafafa"/>
{panel("Answers kept", kept, LEFT)}
{panel("Negations kept", denied, LEFT + WIDE + APART)}
<text class="tick" x="{LEFT + WIDE / 2}" y="{TOP + HIGH + 38}" text-anchor="middle">compressed tokens / original tokens</text>
<text class="tick" x="{LEFT + WIDE * 1.5 + APART}" y="{TOP + HIGH + 38}" text-anchor="middle">compressed tokens / original tokens</text>
{NEWLINE.join(legend)}
</svg>
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=os.environ.get("SEMZIP_DATA"))
    parser.add_argument("--out", type=Path, default=PICTURE)
    args = parser.parse_args()
    if args.data is None:
        parser.error("name the folder with the texts, or set SEMZIP_DATA")
    folder = Path(args.data)
    passages = read(folder, "xquad_en")
    texts = [passage["context"] for passage in passages] + [row["question"] for row in read(folder, "gsm8k_test")]
    known = [row["text"] for row in read(folder, "pairs_train") if row["domain"] == "nl"]
    kept: dict[str, list[float]] = {}
    denied: dict[str, list[float]] = {}
    for name, method in methods(known).items():
        asked = name.endswith("question")
        kept[name] = [answers(passages, method, ratio, asked=asked) for ratio in RATIOS]
        if not asked:
            denied[name] = [negations(texts, method, ratio) for ratio in RATIOS]
    for title, points in (("answers kept", kept), ("negations kept", denied)):
        line(title, *RATIOS)
        line("---", *("---:" for _ in RATIOS))
        for name, shares in points.items():
            line(name, *shares)
    args.out.write_text(picture(kept, denied), encoding="utf-8")


if __name__ == "__main__":
    main()
