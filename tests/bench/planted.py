"""Planted losses: real texts, rewritten without loss, then with one harmful change. Does `check` find it, and only it?

Run `python tests/bench/planted.py [tune|report]`. SEMZIP_DATA adds real texts and the pairs of the v1 project; without it
the texts written for the benchmark are used alone. `tune` and `report` are disjoint halves of every source.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path

from attrs import frozen

sys.path.insert(0, str(Path(__file__).parent))
from planted_changes import CHANGES
from planted_rewrites import REWRITES, pairs, paragraphs, shortened

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
