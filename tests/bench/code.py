"""How many tokens code takes, whether it does the same, and how fast: `python tests/bench/code.py [--data FOLDER]`.

Functions of the installed Python, and with `--data` (or SEMZIP_DATA) HumanEval and CRUXEval. Counts are of o200k_base;
kept = compressed tokens / original tokens, sum over sum; speed is processor time of `semzip.compress`, check included.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import planted_code

import semzip
from semzip.local.code import engine as code
from semzip.local.code_check import check as code_check
from semzip.local.syntax.python_tree import parse, same
from semzip.tokens import count_tokens


def kept(texts: list[str], shorts: list[str]) -> float:
    return sum(map(count_tokens, shorts)) / sum(map(count_tokens, texts))


def passing(programs: list[str]) -> int:
    """How many programs run to their end, each in an interpreter of its own."""
    good = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.py"
        for program in programs:
            path.write_text(program, encoding="utf-8")
            done = subprocess.run([sys.executable, "-I", "-S", str(path)], capture_output=True, timeout=30, check=False)
            good += done.returncode == 0
    return good


def library(count: int) -> None:
    texts = planted_code.functions(count, seed=11)
    semzip.compress(texts[0], domain="code")
    shorts, rates = [], []
    for text in texts:
        start = time.process_time()
        short = semzip.compress(text, domain="code")
        rates.append(short.original_tokens / (time.process_time() - start))
        shorts.append(short.text)
    equal = sum(same(parse(a), parse(b)) for a, b in zip(texts, shorts, strict=True))
    longer = sum(count_tokens(b) > count_tokens(a) for a, b in zip(texts, shorts, strict=True))
    print(
        f"{count} functions of Python {sys.version.split()[0]}: kept {kept(texts, shorts):.3f}, same tree {equal}, longer {longer}"
    )
    print(f"  median {statistics.median(rates):,.0f} tokens/s with the check")
    for level in range(4):
        print(f"  level {level}: kept {kept(texts, [code.shorten(text, level=level) for text in texts]):.3f}")
    dense = [code.shorten(text, level=3, dense=True) for text in texts]
    good = sum(not any(x.hard for x in code_check.compare(a, b)[1]) for a, b in zip(texts, dense, strict=True))
    print(f"  dense: kept {kept(texts, dense):.3f}, pass the check {good}")
    for ratio in (0.6, 0.4, 0.2):
        fitted = [code.fit(text, budget=int(ratio * count_tokens(text)), count=count_tokens) for text in texts[:200]]
        over = sum(count_tokens(b) > int(ratio * count_tokens(a)) for a, b in zip(texts, fitted, strict=False))
        print(f"  fit to {ratio}: over {over}, parse {sum(parse(b) is not None for b in fitted)} of {len(fitted)}")


def programs(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / "humaneval.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = [row["prompt"] + row["canonical_solution"] for row in rows]
    shorts = [semzip.compress(text, domain="code").text for text in texts]
    good = passing([f"{s}\n{r['test']}\ncheck({r['entry_point']})\n" for s, r in zip(shorts, rows, strict=True)])
    print(f"HumanEval: kept {kept(texts, shorts):.3f}, pass {good} of {len(rows)}")
    rows = [json.loads(line) for line in (folder / "cruxeval.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = [row["code"] for row in rows]
    shorts = [semzip.compress(text, domain="code").text for text in texts]
    good = passing([f"{s}\nassert f({r['input']}) == {r['output']}\n" for s, r in zip(shorts, rows, strict=True)])
    print(f"CRUXEval: kept {kept(texts, shorts):.3f}, pass {good} of {len(rows)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("SEMZIP_DATA"))
    parser.add_argument("--functions", type=int, default=1_000)
    args = parser.parse_args()
    library(args.functions)
    if args.data:
        programs(Path(args.data))


if __name__ == "__main__":
    main()
