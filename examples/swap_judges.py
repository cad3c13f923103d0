"""Judge the same compressions by another judge: one argument changes, and only the judging is done again."""

import sys
from pathlib import Path

import anyio

from semzip import Compression, Pipeline, Verdict, Verified, corpus
from semzip.local import LocalCompressor, LocalJudge
from semzip.stores import SQLiteStore


class KeepsEveryNumber:
    """A judge of one's own: all that it takes is an id and one method."""

    id = "keeps-every-number-1"

    async def judge(self, pair: Compression) -> Verdict:
        numbers = {word for word in pair.original.split() if word.isdecimal()}
        kept = numbers & set(pair.text.split())
        score = len(kept) / len(numbers) if numbers else 1.0
        return Verdict(score=score, passed=score == 1.0)


async def main(source: str, limit: int) -> None:
    store = SQLiteStore(Path("runs/judges/run.db"))
    compressor = Verified(LocalCompressor(salience=None), LocalJudge())
    for judges in [(LocalJudge(),), (KeepsEveryNumber(),), (LocalJudge(), KeepsEveryNumber())]:
        pipeline = Pipeline(compressor=compressor, judges=judges, store=store)
        report = await pipeline.run(corpus.read(source), limit=limit)
        print(" + ".join(judge.id for judge in judges), "pass rate", report.figures["pass_rate"])
    await store.aclose()


anyio.run(main, sys.argv[1] if len(sys.argv) > 1 else "python", 200)
