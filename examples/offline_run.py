"""The whole v2 run on the embedded default: no key, no download. Usage: python offline_run.py [CORPUS] [LIMIT]"""

import sys

import anyio

from semzip import Pipeline, Verified, corpus
from semzip.gates import RUN_TARGETS
from semzip.local import LocalCompressor, LocalJudge, LocalTrainer
from semzip.stores import SQLiteStore

source = sys.argv[1] if len(sys.argv) > 1 else "python"
limit = int(sys.argv[2]) if len(sys.argv) > 2 else None


async def main() -> None:
    pipeline = Pipeline(
        compressor=Verified(LocalCompressor(salience=None), LocalJudge()),
        judges=(LocalJudge(),),
        trainer=LocalTrainer(),
        controls={"shuffled": LocalTrainer(shuffled=True)},
        store=SQLiteStore("runs/offline/run.db"),
        targets=RUN_TARGETS,
        allow_failing=limit is not None,
    )
    report = await pipeline.run(corpus.read(source), limit=limit)
    await pipeline.aclose()
    for row in report.checklist:
        print("met   " if row["met"] else "missed", row["figure"], row["target"], "measured", row["measured"])


anyio.run(main)
