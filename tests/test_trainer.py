from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from semzip.errors import TrainingError
from semzip.judging import Verified
from semzip.local.prose import words
from semzip.local.prose.keep_labels import labels, prose_pairs
from semzip.local.prose.salience import CONFIG, TENSORS, Salience, repeats
from semzip.local.trainer import LocalTrainer
from semzip.prompts import chat_row
from semzip.records import Dataset, Passage

pytestmark = pytest.mark.anyio
THINGS = ("bridge", "library", "reservoir", "orchestra", "bakery", "observatory", "tramway", "hospital", "archive")


def rows(count: int = 120) -> list[tuple[str, str, str]]:
    """Pairs whose compressed text never has `gladly` and always has the thing."""
    made = []
    for number in range(count):
        thing, other = THINGS[number % 9], THINGS[(number * 4 + 1) % 9]
        text = f"The {thing} was gladly rebuilt in {1900 + number} and the {other} was not."
        made.append((text, f"{thing} rebuilt {1900 + number}, {other} not.", "nl"))
    return made


def dataset(folder: Path, pairs: list[tuple[str, str, str]] | None = None) -> Dataset:
    pairs = rows() if pairs is None else pairs
    folder.mkdir(parents=True, exist_ok=True)
    for split, chosen in (("train", pairs[10:]), ("valid", pairs[:10])):
        lines = [json.dumps({"domain": domain, "messages": chat_row(text, short)}) for text, short, domain in chosen]
        (folder / f"{split}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return Dataset(folder=folder, id="made", train=len(pairs) - 10, valid=10)


def silent(step: int, figures: object) -> None:
    pass


def chance(folder: Path, text: str) -> dict[str, float]:
    pieces = words.pieces(text)
    found = Salience.load(folder).chance(pieces, repeats([piece.lower() for piece in pieces]))
    return dict(zip(pieces, found.tolist(), strict=True))


async def test_it_learns_which_words_go(tmp_path: Path) -> None:
    steps: list[tuple[int, dict[str, float]]] = []
    trainer = LocalTrainer()
    adapter = await trainer.train(dataset(tmp_path / "data"), tmp_path / "out", lambda n, f: steps.append((n, dict(f))))
    learnt = chance(adapter.folder, "The tramway was gladly rebuilt in 1950 and the bakery was not.")
    assert min(learnt["tramway"], learnt["rebuilt"], learnt["1950"]) > 0.9
    assert max(learnt["gladly"], learnt["The"]) < 0.1
    assert [number for number, _ in steps] == list(range(1, trainer.epochs + 1))
    assert steps[-1][1]["valid_loss"] < steps[0][1]["valid_loss"]
    assert adapter.trainer == trainer.id


async def test_shuffled_labels_teach_nothing(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data")
    adapter = await LocalTrainer(shuffled=True).train(data, tmp_path / "out", silent)
    learnt = chance(adapter.folder, "The tramway was gladly rebuilt in 1950 and the bakery was not.")
    assert abs(learnt["gladly"] - learnt["tramway"]) < 0.4


async def test_training_again_gives_the_same_bytes_even_over_the_rests_of_a_killed_run(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data")
    first = await LocalTrainer().train(data, tmp_path / "one", silent)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / f"{TENSORS}.part").write_bytes(b"half of it")
    (tmp_path / "two" / CONFIG).write_text("{", encoding="utf-8")
    second = await LocalTrainer().train(data, tmp_path / "two", silent)
    assert first.id == second.id
    for name in (TENSORS, CONFIG):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()
    assert sorted(path.name for path in second.folder.iterdir()) == sorted([TENSORS, CONFIG])


async def test_the_loaded_compressor_is_verified_and_uses_the_weights(tmp_path: Path) -> None:
    trainer = LocalTrainer()
    adapter = await trainer.train(dataset(tmp_path / "data"), tmp_path / "out", silent)
    compressor = await trainer.load(adapter)
    assert isinstance(compressor, Verified)
    short = await compressor.compress(Passage("The tramway was gladly rebuilt in 1950 and the bakery was not."))
    assert short.verdict is not None
    assert short.verdict.passed
    assert short.tokens < short.original_tokens


async def test_nothing_to_learn_from_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no pair"):
        await LocalTrainer().train(dataset(tmp_path, [("{}", "{}", "data")] * 12), tmp_path / "out", silent)


def test_settings_change_the_id() -> None:
    assert LocalTrainer().id == LocalTrainer().id
    assert (
        len({LocalTrainer().id, LocalTrainer(epochs=2).id, LocalTrainer(seed=1).id, LocalTrainer(shuffled=True).id})
        == 4
    )


def kept(original: str, compressed: str) -> list[str]:
    pieces = words.pieces(original)
    found = labels(pieces, words.pieces(compressed))
    return [piece for piece, label in zip(pieces, found.tolist(), strict=True) if label]


def test_labels_of_a_shortened_text_are_exactly_what_stayed() -> None:
    assert kept("The cat saw the other cat, not the dog.", "cat saw cat, not dog.") == [
        *("cat", "saw", "cat", ",", "not", "dog", "."),
    ]


def test_labels_find_other_forms_near_their_place_once() -> None:
    assert kept("They were building ten bridges.", "built: 10 bridge | build") == ["building", "bridges"]
    far = "filler " * 60
    assert "steel" not in kept(f"steel {far}", f"{far} steel")


def test_of_code_the_docstrings_are_paired_by_their_place() -> None:
    code = 'def f():\n    """The sum of it."""\n\ndef g():\n    """Not the sum."""\n'
    short = 'def f():\n    """sum"""\ndef g():\n    """Not sum"""\n'
    assert list(prose_pairs(code, short, "code")) == [("The sum of it.", "sum"), ("Not the sum.", "Not sum")]
    assert list(prose_pairs("def (", "x", "code")) == []
    assert list(prose_pairs('{"a": 1}', "a 1", "data")) == []


@pytest.mark.parametrize("compressed", ["", "\x00", "的" * 50])
def test_labels_of_odd_texts(compressed: str) -> None:
    assert labels(words.pieces("one two"), words.pieces(compressed)).tolist() == [0.0, 0.0]
    assert labels([], words.pieces(compressed)).shape == (0,)
    assert labels([], []).dtype == np.float32
