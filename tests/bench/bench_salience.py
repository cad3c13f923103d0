"""Which model salience should be: bench_salience.py [DATA] prints how well each predicts what pairs keep, and what it does.

DATA, by default $SEMZIP_DATA, holds pairs_train.jsonl (learnt from), pairs_valid.jsonl (loss in nats a word, and the area under the
ROC curve) and xquad_en.jsonl (answers kept). All models see the hashed features of the shipped one, and learn by AdaGrad.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from bench_prose import Row, answered, line, read
from numpy.typing import NDArray

from semzip import count_tokens
from semzip.local.prose import engine as prose
from semzip.local.prose import words
from semzip.local.prose.keep_labels import labels, prose_pairs
from semzip.local.prose.salience import BUCKETS, SPAN, default, features, repeats

Floats = NDArray[np.float64]
EPOCHS, BATCH, RATE = 6, 2_048, 0.5
PAD = [features("\n")] * (SPAN // 2)
RATIOS = (0.5, 0.4, 0.3)


class Texts:
    """Pieces of texts with their labels: buckets of each, which are decided on, which repeat, which were kept."""

    def __init__(self, rows: Sequence[tuple[Sequence[str], Sequence[float]]]) -> None:
        keys, places, again, kept = list(PAD), [], [], []
        for pieces, label in rows:
            places += range(len(keys), len(keys) + len(pieces))
            keys += [features(piece) for piece in pieces] + PAD
            again.append(repeats([piece.lower() for piece in pieces]))
            kept.append(label)
        self.keys, self.places = np.array(keys), np.array(places)
        self.again, self.kept = np.concatenate(again).astype(float), np.concatenate(kept).astype(float)


class Model:
    """A logistic model over the places `near`, with a hidden layer of rectified sums where `hidden` is not 0."""

    typical = 0.5

    def __init__(self, near: Sequence[int], hidden: int) -> None:
        random = np.random.default_rng(0)
        self.near = near
        self.state = {
            "direct": np.zeros((SPAN, BUCKETS, 1)),
            "inner": random.normal(0, 0.1, (SPAN, BUCKETS, hidden)),
            "outer": random.normal(0, 1 / np.sqrt(max(1, hidden)), hidden),
            "scalars": np.zeros(2),
        }
        self.seen = {name: np.full_like(value, 1e-2) for name, value in self.state.items()}

    def log_odds(self, texts: Texts, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        state = self.state
        out = state["scalars"][0] + state["scalars"][1] * texts.again[rows]
        hidden = np.zeros((len(rows), len(state["outer"])))
        for place in self.near:
            keys = texts.keys[texts.places[rows] + place - SPAN // 2]
            out = out + state["direct"][place][keys].sum(axis=(1, 2))
            hidden += state["inner"][place][keys].sum(axis=1)
        hidden = np.maximum(hidden, 0)
        return out + hidden @ state["outer"], hidden

    def chance(self, pieces: Sequence[str], again: Floats) -> Floats:
        texts = Texts([(pieces, np.zeros(len(pieces)))])
        return 1 / (1 + np.exp(-self.log_odds(texts, np.arange(len(pieces)))[0]))

    def learn(self, texts: Texts) -> None:
        random = np.random.default_rng(0)
        for _ in range(EPOCHS):
            order = random.permutation(len(texts.kept))
            for start in range(0, len(order), BATCH):
                self._step(texts, order[start : start + BATCH])

    def _step(self, texts: Texts, rows: NDArray[np.int64]) -> None:
        log_odds, hidden = self.log_odds(texts, rows)
        slope = (1 / (1 + np.exp(-log_odds)) - texts.kept[rows]) / len(rows)
        inner = np.outer(slope, self.state["outer"]) * (hidden > 0)
        self._move("outer", ..., hidden.T @ slope)
        self._move("scalars", ..., np.array([slope.sum(), slope @ texts.again[rows]]))
        for place in self.near:
            keys = texts.keys[texts.places[rows] + place - SPAN // 2]
            used, where = np.unique(keys.ravel(), return_inverse=True)
            for name, back in (("direct", slope[:, None]), ("inner", inner)):
                gradient = np.zeros((len(used), back.shape[1]))
                np.add.at(gradient, where, np.repeat(back, keys.shape[1], axis=0))
                self._move(name, (place, used), gradient)

    def _move(self, name: str, where: object, gradient: Floats) -> None:
        self.seen[name][where] += gradient * gradient
        self.state[name][where] -= RATE * gradient / np.sqrt(self.seen[name][where])


def pairs(rows: Sequence[Row]) -> Texts:
    prose_only = [pair for row in rows for pair in prose_pairs(row["text"], row["compressed"], row["domain"])]
    cut = [(words.pieces(original), words.pieces(short)) for original, short in prose_only]
    return Texts([(one, labels(one, other)) for one, other in cut if one])


def area(kept: Floats, log_odds: Floats) -> float:
    """Chance that a word which was kept is ranked above one which was not."""
    rank = np.empty(len(kept))
    rank[np.argsort(log_odds, kind="stable")] = np.arange(1, len(kept) + 1)
    ones = kept.sum()
    return float((rank[kept > 0].sum() - ones * (ones + 1) / 2) / (ones * (len(kept) - ones)))


def answers(passages: Sequence[Row], salience: object, ratio: float) -> float:
    hits = total = 0
    for passage in passages:
        budget = int(ratio * count_tokens(passage["context"]))
        short = prose.fit(passage["context"], budget=budget, count=count_tokens, salience=salience)
        hits += sum(answered(question["answers"], short) for question in passage["questions"])
        total += len(passage["questions"])
    return hits / total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=os.environ.get("SEMZIP_DATA"))
    folder = parser.parse_args().data
    if folder is None:
        parser.error("name the folder with the texts, or set SEMZIP_DATA")
    train, valid = (pairs(read(Path(folder), f"pairs_{split}")) for split in ("train", "valid"))
    passages = read(Path(folder), "xquad_en")
    every = np.arange(len(valid.kept))
    line("model", "valid loss", "area", *(f"answers at {ratio}" for ratio in RATIOS))
    line("---", *("---:" for _ in range(2 + len(RATIOS))))
    for name, near, hidden in (
        ("the word alone, linear", [SPAN // 2], 0),
        ("a word on either side, linear", range(1, SPAN - 1), 0),
        ("two words on either side, linear", range(SPAN), 0),
        ("the same with 8 hidden units", range(SPAN), 8),
        ("the same with 32 hidden units", range(SPAN), 32),
    ):
        model = Model(near, hidden)
        model.learn(train)
        said = model.log_odds(valid, every)[0]
        loss = float(np.mean(np.logaddexp(0, said) - valid.kept * said))
        line(name, loss, area(valid.kept, said), *(answers(passages, model, ratio) for ratio in RATIOS))
    line("rules alone", "", "", *(answers(passages, None, ratio) for ratio in RATIOS))
    line("as shipped", "", "", *(answers(passages, default(), ratio) for ratio in RATIOS))


if __name__ == "__main__":
    main()
