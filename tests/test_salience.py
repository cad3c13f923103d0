from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from semzip.errors import DataError
from semzip.local.prose import words
from semzip.local.prose.salience import BUCKETS, CONFIG, SPAN, TENSORS, Salience, default, features, repeats
from semzip.local.prose.worth import once, worth

SHIPPED = Path(str(default.__wrapped__.__globals__["__file__"])).parent / "weights"
SENTENCE = words.pieces("In 1887, the engineer Ada Brandt was asked to build a very long bridge of steel, not of wood.")


def chances(pieces: list[str]) -> dict[str, float]:
    shipped = default()
    assert shipped is not None
    chance = shipped.chance(pieces, repeats([piece.lower() for piece in pieces]))
    return dict(zip(pieces, chance.tolist(), strict=True))


def test_shipped_weights_are_small_and_say_what_they_are_made_of() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 2_000_000
    config = json.loads((SHIPPED / CONFIG).read_text(encoding="utf-8"))
    assert config["data"].startswith("sha256:")
    assert 0 < config["metrics"]["valid_loss"] < 0.5


@pytest.mark.data
def test_the_script_makes_the_shipped_weights_again(tmp_path: Path) -> None:
    """A change of the check or of the engine changes what is learnt from the documents: then train and ship anew."""
    pairs = Path(os.environ["SEMZIP_DATA"]) / "pairs_train.jsonl"
    script = Path(__file__).parents[1] / "examples" / "train_salience.py"
    subprocess.run([sys.executable, script, "--pairs", pairs, "--out", tmp_path], check=True, capture_output=True)
    made, shipped = (json.loads((folder / CONFIG).read_text(encoding="utf-8")) for folder in (tmp_path, SHIPPED))
    assert made["data"].split()[0] == shipped["data"].split()[0]
    if made["data"] == shipped["data"]:  # another Python has another language reference
        assert made["metrics"]["words"] == shipped["metrics"]["words"]
        weights = [Salience.load(folder).weights for folder in (tmp_path, SHIPPED)]
        np.testing.assert_allclose(*weights, atol=1e-3)


def test_what_carries_meaning_is_likelier_kept() -> None:
    chance = chances(SENTENCE)
    assert min(chance[word] for word in ("1887", "Brandt", "engineer", "bridge", "steel")) > max(
        chance[word] for word in ("the", "was", "to", "a", "very", "of")
    )


def test_a_word_counts_where_it_stands() -> None:
    shipped = default()
    assert shipped is not None
    first = shipped.chance(["the", "plant"], np.zeros(2, dtype=np.float32))[1]
    second = shipped.chance(["to", "plant"], np.zeros(2, dtype=np.float32))[1]
    assert first != second


def test_the_same_words_give_the_same_bytes_whatever_came_before() -> None:
    fresh, used = Salience.load(SHIPPED), Salience.load(SHIPPED)
    used.chance(["other", "words"], np.zeros(2, dtype=np.float32))
    again = repeats([piece.lower() for piece in SENTENCE])
    assert fresh.id == used.id
    assert fresh.chance(SENTENCE, again).tobytes() == used.chance(SENTENCE, again).tobytes()


def test_a_text_without_words_has_no_chances() -> None:
    shipped = default()
    assert shipped is not None
    assert shipped.chance([], np.zeros(0, dtype=np.float32)).shape == (0,)


def test_features_are_the_same_in_every_process() -> None:
    assert features("the") == (7521, 6225, 9386, 650, 13049, 3972, 5695)
    assert all(0 <= bucket < BUCKETS for bucket in features("\ud800"))


@pytest.mark.parametrize("spoil", ["config", "tensors", "shape", "missing"])
def test_weights_that_cannot_be_read_are_named(tmp_path: Path, spoil: str) -> None:
    for path in SHIPPED.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    if spoil == "config":
        (tmp_path / CONFIG).write_text("{", encoding="utf-8")
    elif spoil == "tensors":
        (tmp_path / TENSORS).write_bytes(b"no tensors")
    elif spoil == "missing":
        (tmp_path / CONFIG).unlink()
    else:
        from safetensors.numpy import save

        (tmp_path / TENSORS).write_bytes(save({"weights": np.zeros((SPAN, 8), dtype=np.float16)}))
    with pytest.raises(DataError, match="train them anew"):
        Salience.load(tmp_path)


def test_repeats_marks_all_but_the_first() -> None:
    assert repeats(["a", "b", "a", "a"]).tolist() == [0, 0, 1, 1]


def test_worth_ranks_negations_numbers_names_words_function_words() -> None:
    value = dict(zip(SENTENCE, worth(SENTENCE, None).tolist(), strict=True))
    assert value["not"] > value["1887"] > value["Brandt"] > value["bridge"] > value["the"] > value[","]


def test_a_unit_behind_a_number_and_a_bound_before_it_are_worth_more() -> None:
    pieces = words.pieces("about 40 litres and about many litres")
    value = worth(pieces, None)
    assert value[0] > value[4]
    assert value[2] > value[6]


def test_only_the_best_place_of_a_word_keeps_its_worth_and_stands_for_the_others() -> None:
    first, negation, best, again, alone, part = once(
        ["Steel", "not", "steel-grey", "not", "wire", "Steel's"], np.array([1.0, 9.0, 3.0, 9.0, 2.0, 2.5]), 0.1
    ).tolist()
    assert (negation, again, alone, best) == (9.0, 9.0, 2.0, 3.0)
    assert first < part < 1.0
    assert once(["wire", "wire"], np.array([2.0, 1.0]), 0.1)[0] > 2.0


def test_numbers_are_the_same_only_as_a_whole() -> None:
    assert once(["3", "5", "3.5"], np.array([2.0, 2.0, 1.0]), 0.1).tolist() == [2.0, 2.0, 1.0]


def test_small_words_inside_a_name_belong_to_it() -> None:
    pieces = words.pieces("Later Lothar de Maizière met a man de facto, and Los Angeles")
    value = dict(zip(enumerate(pieces), worth(pieces, None).tolist(), strict=True))
    assert value[2, "de"] > 1 > value[7, "de"]
    assert value[11, "Los"] > 1


def test_a_name_does_not_lift_the_words_beside_it() -> None:
    assert worth(["iron", "Brandt", "Bridge"], None)[0] == pytest.approx(worth(["iron"], None)[0])
