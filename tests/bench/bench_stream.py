"""A million passages through generate and judge with parts that do nothing: memory, and what the pipeline costs an item.

Usage: python tests/bench/bench_stream.py [PASSAGES]
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from semzip import Compression, Passage, Pipeline, Verdict
from semzip.stores import SQLiteStore


class Nothing:
    """Drops the last character, and passes everything."""

    id = "nothing"

    async def compress(self, passage: Passage) -> Compression:
        return passage.compressed(passage.text[:-1], by=self.id, tokens=9, original_tokens=10)

    async def judge(self, pair: Compression) -> Verdict:
        return Verdict(score=1.0, passed=True)


def passages(n: int) -> Iterator[Passage]:
    for number in range(n):
        yield Passage(f"Passage number {number} is a short text of about fifty characters.")


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def main(n: int) -> None:
    with TemporaryDirectory() as folder:
        store = SQLiteStore(Path(folder) / "run.db")
        nothing = Nothing()
        pipeline = Pipeline(compressor=nothing, judges=(nothing,), store=store)
        started, done = time.monotonic(), 0
        print("| passages | peak memory, MB | seconds | µs an item |\n|---:|---:|---:|---:|")
        async with pipeline.generate(passages(n)) as pairs, pipeline.judge(pairs) as judged:
            async for item in judged:
                assert isinstance(item, Compression)
                done += 1
                if done in {n // 100, n // 10, n // 2, n}:
                    seconds = time.monotonic() - started
                    print(f"| {done:,} | {megabytes():.0f} | {seconds:.1f} | {seconds / done * 1e6:.0f} |", flush=True)
        await store.aclose()


if __name__ == "__main__":
    anyio.run(main, int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
