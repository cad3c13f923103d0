"""What the pairs that the v1 project accepted really lost, as the prose check sees it.

Run with SEMZIP_DATA set: python tests/bench/v1_losses.py. It prints a table in Markdown, one row a kind of loss.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path

from semzip.local.check import THRESHOLD
from semzip.local.facts import spans as facts
from semzip.local.prose_check import check as prose_check
from semzip.records import Loss

KINDS = (*facts.KINDS[:11], "attribution", "statement")


def rows(folder: Path) -> list[tuple[str, str]]:
    """Every prose pair of both files."""
    out: list[tuple[str, str]] = []
    for name in ("pairs_train", "pairs_valid"):
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["domain"] == "nl":
                out.append((row["text"], row["compressed"]))
    return out


def table(pairs: list[tuple[str, str]]) -> str:
    """Lost and invented facts by kind: how many, of how many, in how many pairs."""
    have: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    invented: Counter[str] = Counter()
    touched: Counter[str] = Counter()
    failed = below = 0
    for text, dense in pairs:
        have.update(fact.kind for fact in facts.find(text))
        score, losses = prose_check.compare(text, dense)
        hard = [loss for loss in losses if loss.hard]
        lost.update(loss.kind for loss in _distinct(hard) if not loss.invented)
        invented.update(loss.kind for loss in _distinct(hard) if loss.invented)
        touched.update({loss.kind for loss in hard})
        failed += bool(hard)
        below += score < THRESHOLD
    lines = ["|kind|in the originals|lost|share|invented|pairs touched|", "|---|---|---|---|---|---|"]
    for kind in KINDS:
        share = f"{lost[kind] / have[kind]:.1%}" if have[kind] and kind not in {"attribution", "statement"} else ""
        count = have[kind] if kind not in {"attribution", "statement"} else ""
        lines.append(f"|{kind}|{count}|{lost[kind]}|{share}|{invented[kind]}|{touched[kind]}|")
    lines.append(
        f"\n{len(pairs)} pairs; {failed} lost or invented something hard; {below} score below {THRESHOLD:.2f}."
    )
    return "\n".join(lines)


def _distinct(losses: list[Loss]) -> list[Loss]:
    return list({(loss.kind, loss.where, loss.invented): loss for loss in losses}.values())


def main() -> None:
    if "SEMZIP_DATA" not in os.environ:
        sys.exit("set SEMZIP_DATA to the folder that holds pairs_train.jsonl and pairs_valid.jsonl")
    print(table(rows(Path(os.environ["SEMZIP_DATA"]))))


if __name__ == "__main__":
    main()
