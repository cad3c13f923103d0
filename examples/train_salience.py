"""Train the salience weights that semzip ships: train_salience.py --pairs PATH [--out FOLDER].

PATH is a JSONL file of pairs with `text`, `compressed` and `domain`. To them come some fixed documents, the language reference
of the Python that runs this, compressed with what the pairs taught and kept where they pass the check. The hashes of both are
recorded with the weights: the same data, by the same semzip, makes the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from pydoc_data import topics

import anyio

import semzip.local
from semzip import Passage, Verified
from semzip.local import LocalCompressor, LocalJudge, LocalTrainer
from semzip.local.prose.salience import Salience
from semzip.prompts import chat_row
from semzip.records import Adapter, Dataset

SHIPPED = Path(semzip.local.__file__).parent / "prose" / "weights"
VALID = 10  # every tenth pair measures the training
EVERY = 8  # every eighth paragraph of the documents is learnt from: more of them cost answers (docs/what-is-kept.md)
FEWEST_WORDS = 25

Row = dict[str, str]


def documents() -> Iterator[str]:
    """The longer paragraphs of the language reference, in a fixed order."""
    for name in sorted(topics.topics):
        yield from (text for text in topics.topics[name].split("\n\n") if len(text.split()) >= FEWEST_WORDS)


async def compressed(texts: Sequence[str], weights: Path) -> list[Row]:
    """Rows of the texts that come back shorter and pass the check."""
    verified = Verified(LocalCompressor(salience=Salience.load(weights)), LocalJudge())
    shorts = [await verified.compress(Passage(text, "nl")) for text in texts]
    return [{"text": s.original, "compressed": s.text, "domain": "nl"} for s in shorts if not s.unchanged]


async def learn(train: Sequence[Row], valid: Sequence[Row], out: Path, data: str) -> Adapter:
    """Weights in `out`, learnt from these rows."""
    with tempfile.TemporaryDirectory() as folder:
        for split, rows in (("train", train), ("valid", valid)):
            chats = ({"domain": row["domain"], "messages": chat_row(row["text"], row["compressed"])} for row in rows)
            lines = "".join(json.dumps(chat, ensure_ascii=False) + "\n" for chat in chats)
            (Path(folder) / f"{split}.jsonl").write_text(lines, encoding="utf-8")
        dataset = Dataset(folder=Path(folder), id=hashlib.sha256(data.encode()).hexdigest()[:32])
        return await LocalTrainer(data=data).train(dataset, out, lambda step, figures: print(step, dict(figures)))


async def train(data: bytes, out: Path) -> Adapter:
    """The weights that semzip ships, from the bytes of a file of pairs."""
    rows = [json.loads(line) for line in data.decode().splitlines() if line.strip()]
    learnt, valid = [row for i, row in enumerate(rows) if i % VALID], rows[::VALID]
    texts = list(documents())[::EVERY]
    hashes = [hashlib.sha256(part).hexdigest() for part in (data, "\n\n".join(texts).encode())]
    with tempfile.TemporaryDirectory() as first:
        await learn(learnt, valid, Path(first), f"sha256:{hashes[0]}")
        learnt += await compressed(texts, Path(first))
    return await learn(learnt, valid, out, f"sha256:{hashes[0]} of the pairs, sha256:{hashes[1]} of the documents")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    args = parser.parse_args()
    adapter = anyio.run(train, args.pairs.read_bytes(), args.out)
    print(f"{adapter.id} in {adapter.folder}: {dict(adapter.metrics)}")


if __name__ == "__main__":
    main()
