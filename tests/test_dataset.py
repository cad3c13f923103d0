from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import texts
from semzip.dataset import LEFT_OUT, NearIndex, build, shingles, split_of
from semzip.gates import MaxRatio, MinEquivalence
from semzip.prompts import COMPRESS_SYSTEM
from semzip.records import SPLITS, Compression, Dataset, Passage, Verdict
from semzip.testing import MemoryStore

pytestmark = pytest.mark.anyio


def pair(text: str, short: str | None = None, *, score: float = 1.0) -> Compression:
    verdict = Verdict(score=score, passed=True)
    return Passage(text).compressed(short or text[: len(text) // 2], by="test", verdict=verdict)


async def make(
    pairs: Sequence[Compression], store: MemoryStore, folder: Path, *gates: MaxRatio | MinEquivalence
) -> tuple[Dataset, dict[str, int]]:
    ordered = sorted(pairs, key=lambda one: one.passage_id)

    async def source() -> AsyncIterator[Compression]:
        for one in ordered:
            await store.put("passage", one.passage_id, {"text": one.original})
            yield one

    return await build(source, store=store, folder=folder, gates=gates)


def where(dataset: Dataset) -> dict[str, str]:
    return {row["id"]: split for split in SPLITS for row in dataset.rows(split)}


async def test_rows_are_what_mlx_lm_and_tinker_take(tmp_path: Path) -> None:
    dataset, _ = await make([pair(text) for _, text in texts(200)], MemoryStore(tmp_path), tmp_path)
    row = next(dataset.rows("train"))
    assert [message["role"] for message in row["messages"]] == ["system", "user", "assistant"]
    assert row["messages"][0]["content"] == COMPRESS_SYSTEM
    assert row["messages"][1]["content"].startswith("Compress:\n")
    assert all(json.loads(line) for line in (tmp_path / "train.jsonl").read_text().splitlines())
    assert dataset.train + dataset.valid + dataset.test + dataset.left_out == 200


async def test_the_shares_are_close_to_90_5_5(tmp_path: Path) -> None:
    ids = [Passage(f"text number {number}").id for number in range(20_000)]
    shares = {split: sum(split_of(one) == split for one in ids) / len(ids) for split in SPLITS}
    assert shares == pytest.approx({"train": 0.90, "valid": 0.05, "test": 0.05}, abs=0.006)


async def test_a_passage_keeps_its_split_when_the_corpus_grows(tmp_path: Path) -> None:
    pairs = [pair(text) for _, text in texts(400)]
    store = MemoryStore(tmp_path)
    small = where((await make(pairs[:150], store, tmp_path / "one"))[0])
    large = where((await make(pairs, store, tmp_path / "two"))[0])
    assert len(large) > 350
    assert {one: large[one] for one in small} == small
    again = where((await make(pairs, store, tmp_path / "three"))[0])
    assert again == large


async def test_the_same_pairs_give_the_same_bytes(tmp_path: Path) -> None:
    pairs = [pair(text) for _, text in texts(120)]
    one, _ = await make(pairs, MemoryStore(tmp_path), tmp_path / "one")
    two, _ = await make(list(reversed(pairs)), MemoryStore(tmp_path), tmp_path / "two")
    assert one.id == two.id
    for split in SPLITS:
        assert (one.folder / f"{split}.jsonl").read_bytes() == (two.folder / f"{split}.jsonl").read_bytes()


async def test_near_duplicates_are_on_one_side_only(tmp_path: Path) -> None:
    bases = [" ".join(f"w{number}x{i}" for i in range(60)) for number in range(80)]
    copies = [base + f" tail{extra}" for base in bases for extra in range(4)]
    dataset, _ = await make([pair(text) for text in bases + copies], MemoryStore(tmp_path), tmp_path)
    sides = where(dataset)
    for number, base in enumerate(bases):
        family = [base, *copies[4 * number : 4 * number + 4]]
        assert len({sides[Passage(text).id] for text in family}) == 1
    assert len(set(sides.values())) == 3


async def test_a_newcomer_near_rows_of_two_splits_is_left_out(tmp_path: Path) -> None:
    left, right = (" ".join(f"{side}{i}" for i in range(100)) for side in "lr")
    bridge = "middle " + left
    store = MemoryStore(tmp_path)
    for text, split in ((left, "train"), (left + " end", "test"), (right, "valid")):
        await store.put("passage", Passage(text).id, {"text": text})
        await store.put("split", Passage(text).id, {"split": split})
    dataset, _ = await make([pair(bridge), pair(right + " end")], store, tmp_path)
    assert (dataset.left_out, dataset.valid) == (1, 1)
    assert await store.get("split", Passage(bridge).id) == {"split": LEFT_OUT}
    again, _ = await make([pair(bridge)], store, tmp_path)
    assert again.left_out == 1


async def test_gates_keep_pairs_out_and_say_why(tmp_path: Path) -> None:
    pairs = [
        pair("one two three four five six seven", "one two three four five six"),
        pair("a b c d e f g h", score=0.85),
        pair("p q r s t u v w"),
    ]
    dataset, refused = await make(pairs, MemoryStore(tmp_path), tmp_path, MaxRatio(0.8), MinEquivalence(0.9))
    assert refused == {"equivalence below 0.9": 1, "ratio above 0.8": 1}
    assert dataset.train + dataset.valid + dataset.test == 1


def jaccard(one: str, two: str) -> float:
    a, b = set(shingles(one)), set(shingles(two))
    return len(a & b) / len(a | b)


words = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=30).map(" ".join)


@given(st.lists(words, min_size=1, max_size=12), words)
@settings(max_examples=300)
def test_the_index_finds_exactly_the_near_rows(rows: list[str], newcomer: str) -> None:
    index = NearIndex()
    for number, row in enumerate(rows):
        index.add(shingles(row), SPLITS[number % 3])
    expected = {SPLITS[number % 3] for number, row in enumerate(rows) if jaccard(row, newcomer) >= 0.8}
    assert index.near(shingles(newcomer)) == expected
