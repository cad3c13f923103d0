"""From accepted pairs to chat rows in train, valid and test.

A passage's split follows from its id alone, so it stays where it is when the corpus grows. Near-duplicates (Jaccard of
5-word shingles >= 0.8) share a split; a newcomer that is near rows of two splits is left out. The store keeps every
assignment, and newcomers are taken in the order of their ids, so a stopped build goes on as if it had not stopped.
"""

from __future__ import annotations

import math
import re
import zlib
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from attrs import evolve

from semzip._codec import dumps
from semzip._files import replacing
from semzip.gates import Gate
from semzip.prompts import chat_row
from semzip.protocols import Store
from semzip.records import SPLITS, Compression, Dataset, Split, digest

SHARES: dict[Split, float] = {"train": 0.90, "valid": 0.05, "test": 0.05}
LEFT_OUT = "left out"
NEAR = 0.8
SHINGLE_WORDS = 5

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+")


def split_of(passage_id: str) -> Split:
    """The split that a passage's id alone gives it."""
    # Hashed anew, since a limited corpus is one of the smallest ids.
    place = int(digest("split", passage_id)[:12], 16) / 16**12
    return "test" if place < SHARES["test"] else "valid" if place < SHARES["test"] + SHARES["valid"] else "train"


def shingles(text: str) -> array[int]:
    """Sorted distinct hashes of the runs of SHINGLE_WORDS words; of all words where there are fewer."""
    words = _WORD.findall(text.lower())
    runs = range(max(1, len(words) - SHINGLE_WORDS + 1))
    hashes = {zlib.crc32(" ".join(words[i : i + SHINGLE_WORDS]).encode("utf-8", "surrogatepass")) for i in runs}
    return array("L", sorted(hashes))


class NearIndex:
    """Finds the rows whose shingles have a Jaccard similarity of at least NEAR, exactly.

    Two sets that similar share one of the first |x| - ceil(NEAR |x|) + 1 shingles in a common order: prefix filtering
    (Chaudhuri, Ganti, Kaushik: A primitive operator for similarity joins, 2006).
    """

    def __init__(self) -> None:
        self._rows: list[tuple[array[int], Split]] = []
        self._by_shingle: dict[int, array[int]] = {}

    def near(self, row: array[int]) -> set[Split]:
        """The splits of the rows near this one."""
        seen: set[int] = set()
        found: set[Split] = set()
        for shingle in self._prefix(row):
            for number in self._by_shingle.get(shingle, ()):
                if number in seen:
                    continue
                seen.add(number)
                other, split = self._rows[number]
                if split not in found and _jaccard(row, other) >= NEAR:
                    found.add(split)
        return found

    def add(self, row: array[int], split: Split) -> None:
        """Keep a row and its split."""
        for shingle in self._prefix(row):
            self._by_shingle.setdefault(shingle, array("L")).append(len(self._rows))
        self._rows.append((row, split))

    @staticmethod
    def _prefix(row: array[int]) -> array[int]:
        return row[: len(row) - math.ceil(NEAR * len(row)) + 1]


def _jaccard(one: array[int], other: array[int]) -> float:
    if min(len(one), len(other)) < NEAR * max(len(one), len(other)):
        return 0.0
    both = len(set(one).intersection(other))
    return both / (len(one) + len(other) - both)


async def build(
    pairs: Callable[[], AsyncIterator[Compression]], *, store: Store, folder: Path, gates: Sequence[Gate] = ()
) -> tuple[Dataset, dict[str, int]]:
    """Write the chat rows of the accepted pairs.

    Args:
        pairs: Gives the judged pairs that passed, in the order of their passages' ids; called twice.
        store: Keeps each passage's split.
        folder: Where train.jsonl, valid.jsonl and test.jsonl go.
        gates: What else a pair must satisfy.

    Returns:
        The dataset, and how many pairs each gate kept out, by reason.
    """
    index = await _assigned(store)
    refused: Counter[str] = Counter()
    async for pair in pairs():
        reason = _refusal(pair, gates)
        if reason is not None:
            refused[reason] += 1
        elif await store.get("split", pair.passage_id) is None:
            row = shingles(pair.original)
            near = index.near(row)
            split = near.pop() if len(near) == 1 else split_of(pair.passage_id)
            if near:
                await store.put("split", pair.passage_id, {"split": LEFT_OUT})
            else:
                index.add(row, split)
                await store.put("split", pair.passage_id, {"split": split})
    await store.commit()
    return await _write(pairs, store=store, folder=folder, gates=gates), dict(sorted(refused.items()))


def _refusal(pair: Compression, gates: Sequence[Gate]) -> str | None:
    return next((reason for gate in gates if (reason := gate(pair)) is not None), None)


async def _assigned(store: Store) -> NearIndex:
    index = NearIndex()
    async for passage_id, value in store.scan("split"):
        if value["split"] != LEFT_OUT:
            passage = await store.get("passage", passage_id)
            if passage is not None:
                index.add(shingles(passage["text"]), value["split"])
    return index


async def _write(
    pairs: Callable[[], AsyncIterator[Compression]], *, store: Store, folder: Path, gates: Sequence[Gate]
) -> Dataset:
    counts: Counter[str] = Counter()
    fingerprint = digest()
    with ExitStack() as stack:
        files = {split: stack.enter_context(replacing(folder / f"{split}.jsonl")) for split in SPLITS}
        async for pair in pairs():
            assigned = await store.get("split", pair.passage_id)
            if assigned is None or _refusal(pair, gates) is not None:
                continue
            counts[assigned["split"]] += 1
            if assigned["split"] == LEFT_OUT:
                continue
            messages = chat_row(pair.original, pair.text)
            line = dumps({"id": pair.passage_id, "domain": pair.domain, "messages": messages})
            fingerprint = digest(fingerprint, assigned["split"], line)
            files[assigned["split"]].write(line + "\n")
    return Dataset(
        folder=folder,
        id=fingerprint,
        train=counts["train"],
        valid=counts["valid"],
        test=counts["test"],
        left_out=counts[LEFT_OUT],
    )


def figures(dataset: Dataset, refused: Mapping[str, int]) -> dict[str, Any]:
    """What a report says of a dataset: its counts, its id, and how many pairs each gate kept out."""
    counts = {"train": dataset.train, "valid": dataset.valid, "test": dataset.test, "left_out": dataset.left_out}
    return {**counts, "refused": dict(refused), "id": dataset.id}


def rows_of_share(dataset: Dataset, share: float) -> int:
    """How many rows this share, in (0, 1], of the train split is; one at least."""
    return max(1, round(share * dataset.train))


def part(dataset: Dataset, share: float, folder: Path) -> Dataset:
    """A dataset of the first rows of the train split, with the same valid and test splits.

    Rows stand in the order of their ids, which are hashes: the first ones are a draw, and smaller parts lie in larger ones.

    Args:
        dataset: Of which.
        share: Of the train split, in (0, 1]; a row at least.
        folder: Where its files go.
    """
    rows = {split: list(dataset.rows(split)) for split in SPLITS}
    rows["train"] = rows["train"][: rows_of_share(dataset, share)]
    for split in SPLITS:
        with replacing(folder / f"{split}.jsonl") as file:
            file.writelines(dumps(row) + "\n" for row in rows[split])
    return evolve(dataset, folder=folder, id=digest(dataset.id, str(len(rows["train"]))), train=len(rows["train"]))
