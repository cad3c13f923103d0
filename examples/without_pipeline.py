"""The same steps without a Pipeline, to see what it does: compress, judge, keep what passes, split, train, compare."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from attrs import evolve

from semzip import Compression, Passage, Verified, corpus
from semzip.dataset import build
from semzip.evaluate import held_out
from semzip.local import LocalCompressor, LocalJudge, LocalTrainer
from semzip.testing import MemoryStore


async def main(folder: Path) -> None:
    judge, trainer = LocalJudge(), LocalTrainer()
    v1 = Verified(LocalCompressor(salience=None), judge)
    passages = [item for item in corpus.read("python", domain="nl") if isinstance(item, Passage)][:600]

    pairs: list[Compression] = []
    for passage in passages:
        pair = await v1.compress(passage)
        verdict = await judge.judge(pair)
        if verdict.passed and not pair.unchanged:
            pairs.append(evolve(pair, verdict=verdict))
    print(f"{len(pairs)} of {len(passages)} passages were shortened and passed")

    async def ordered() -> AsyncIterator[Compression]:
        for pair in sorted(pairs, key=lambda pair: pair.passage_id):
            yield pair

    dataset, _ = await build(ordered, store=MemoryStore(folder), folder=folder / "dataset")
    adapter = await trainer.train(dataset, folder / "adapter", lambda step, figures: print("step", step, figures))
    v2 = await trainer.load(adapter)
    tokens: Counter[str] = Counter()
    for passage, short in held_out(dataset):
        tokens["v1"] += passage.compressed(short, by=v1.id).tokens
        tokens["v2"] += (await v2.compress(passage)).tokens
    print(dict(tokens))


with TemporaryDirectory() as name:
    anyio.run(main, Path(name))
