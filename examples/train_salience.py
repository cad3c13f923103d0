"""Train the salience weights that semzip ships: train_salience.py --pairs PATH [--out FOLDER].

PATH is a JSONL file of pairs with `text`, `compressed` and `domain`. Its hash is recorded with the weights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from pathlib import Path

import anyio

import semzip.local
from semzip.local import LocalTrainer
from semzip.prompts import chat_row
from semzip.records import Adapter, Dataset

SHIPPED = Path(semzip.local.__file__).parent / "prose" / "weights"
VALID = 10  # every tenth pair measures the training


def train(pairs: Path, out: Path) -> Adapter:
    data = pairs.read_bytes()
    sha = hashlib.sha256(data).hexdigest()
    rows = [json.loads(line) for line in data.decode().splitlines() if line.strip()]
    with tempfile.TemporaryDirectory() as folder:
        for split, chosen in (("train", [r for i, r in enumerate(rows) if i % VALID]), ("valid", rows[::VALID])):
            chats = ({"domain": row["domain"], "messages": chat_row(row["text"], row["compressed"])} for row in chosen)
            lines = "".join(json.dumps(chat, ensure_ascii=False) + "\n" for chat in chats)
            (Path(folder) / f"{split}.jsonl").write_text(lines, encoding="utf-8")
        dataset = Dataset(folder=Path(folder), id=sha[:32])
        trainer = LocalTrainer(data=f"sha256:{sha}")
        return anyio.run(trainer.train, dataset, out, lambda step, figures: print(step, dict(figures)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    args = parser.parse_args()
    adapter = train(args.pairs, args.out)
    print(f"{adapter.id} in {adapter.folder}: {dict(adapter.metrics)}")


if __name__ == "__main__":
    main()
