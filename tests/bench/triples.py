"""Texts of many kinds, each rewritten by hand without loss, with harmful changes to the rewrite: what does `check` say?

Run `python tests/bench/triples.py [PART] [-v]`. The texts in triples.jsonl were written for this measurement, in five rounds.
The check was developed with the `tune` parts and with `dense3` before one's eyes; a `report` part shows how it does on texts
unseen, as long as nobody looks: `report4` and `report5` were measured once before they were.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from attrs import frozen

from semzip.local.check import check
from semzip.records import Verdict

HALVES = ("tune", "report", "tune2", "report2")
PARTS = (*HALVES, "dense3", "report4", "report5")
_UNSEEN = frozenset({3, 5})
_FIRST = 66
"""Rows of the first round; the second has ten genres, each in four styles."""
_SECOND, _THIRD, _FOURTH = 106, 222, 270
"""Rows up to the end of the second round, of the third (free paraphrases of long texts), and of the fourth."""


@frozen
class Triple:
    """An original, a rewrite that keeps its meaning, and harmful changes to the rewrite: kind, old words, new words."""

    genre: str
    original: str
    rewrite: str
    changes: tuple[tuple[str, str, str], ...]


def triples(half: str, path: Path = Path(__file__).parent / "triples.jsonl") -> list[Triple]:
    """One part of the texts.

    `report` is the fourth and sixth of every six texts of the first round, and `tune` the others; every second style of every
    genre of the second round is in `report2`; `dense3`, `report4` and `report5` are the other rounds.
    """
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Triple(row["genre"], row["original"], row["rewrite"], tuple((k, old, new) for k, old, new in row["changes"]))
        for at, row in enumerate(rows)
        if _part(at) == half
    ]


def _part(at: int) -> str:
    if at >= _SECOND:
        return "dense3" if at < _THIRD else "report4" if at < _FOURTH else "report5"
    if at < _FIRST:
        return "report" if at % 6 in _UNSEEN else "tune"
    genre, style = divmod(at - _FIRST, 4)
    return "report2" if (genre + style) % 2 else "tune2"


def changed(triple: Triple, old: str, new: str) -> str:
    """The rewrite with its first `old` replaced."""
    if old not in triple.rewrite:
        raise ValueError(f"{triple.genre}: the rewrite has no {old!r}")
    return triple.rewrite.replace(old, new, 1)


def hard(verdict: Verdict) -> list[str]:
    """The hard losses of a verdict, one word each."""
    return [f"{'+' if loss.invented else ''}{loss.kind} {loss.what!r}" for loss in verdict.losses if loss.hard]


def main() -> None:
    half = sys.argv[1] if len(sys.argv) > 1 else "report"
    verbose = "-v" in sys.argv
    rows = triples(half)
    alarms = 0
    totals: Counter[str] = Counter()
    found: Counter[str] = Counter()
    failed = 0
    for row in rows:
        verdict = check(row.original, row.rewrite)
        alarms += not verdict.passed
        if verbose and not verdict.passed:
            print(f"ALARM {row.genre} {verdict.score:.2f} {hard(verdict)}\n   {row.original}\n   {row.rewrite}\n")
        for kind, old, new in row.changes:
            verdict = check(row.original, changed(row, old, new))
            totals[kind] += 1
            failed += not verdict.passed
            hit = not verdict.passed and any(loss.kind == kind for loss in verdict.losses)
            found[kind] += hit
            if verbose and not hit:
                print(f"MISS {row.genre} {kind}: {old!r} -> {new!r} {verdict.score:.2f} {hard(verdict)}")
    print(f"{half}: {len(rows)} rewrites, blamed {alarms} ({alarms / len(rows):.1%})")
    for kind in sorted(totals):
        print(f"{kind:12} {totals[kind]:4} {found[kind] / totals[kind]:7.1%}")
    print(
        f"{'all':12} {totals.total():4} {found.total() / totals.total():7.1%} (failed at all {failed / totals.total():.1%})"
    )


if __name__ == "__main__":
    main()
