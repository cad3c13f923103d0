"""Salience: how likely a word is to be kept where it stands, learnt from pairs.

A logistic model over hashed features of a word and of the two words on either side. What a word adds depends on its
distance alone, so it is computed once a distinct word, and a text costs one sum of five shifted rows.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path

import numpy as np
from attrs import Factory, field, frozen
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from semzip.errors import DataError
from semzip.local.prose.words import cost
from semzip.records import digest

BUCKETS = 1 << 14
SPAN = 5
"""Words that a decision looks at: two before, the word, two behind."""
TENSORS, CONFIG = "salience.safetensors", "salience.json"
_MEMO = 200_000

Floats = NDArray[np.float32]


@lru_cache(maxsize=_MEMO)
def features(piece: str) -> tuple[int, ...]:
    """Buckets of a piece's features: the word, its ends, shape, length and token cost."""
    word = piece.lower()
    names = (
        f"word {word}",
        f"end {word[-3:]}",
        f"end {word[-2:]}",
        f"start {word[:5]}",
        f"shape {_shape(piece)}",
        f"cost {min(cost(piece), 5)} {piece[0].isupper()}",
        f"long {min(len(piece), 12)}",
    )
    return tuple(zlib.crc32(name.encode("utf-8", "surrogatepass")) % BUCKETS for name in names)


def _shape(piece: str) -> str:
    if piece.isalpha() and piece.islower():
        return "x"
    out: list[str] = []
    for letter in piece[:24]:
        kind = "d" if letter.isdigit() else letter if not letter.isalpha() else "X" if letter.isupper() else "x"
        if not out or out[-1] != kind:
            out.append(kind)
    return "".join(out[:6])


def as_table(rows: Iterable[Iterable[float]], width: int) -> NDArray[np.float64]:
    """A table of rows of `width` figures; much faster than an array of tuples."""
    return np.fromiter(chain.from_iterable(rows), np.float64).reshape(-1, width)


def repeats(lowered: Sequence[str]) -> Floats:
    """1 where a word was there before in the text, else 0."""
    first: dict[str, int] = {}
    return np.array([first.setdefault(word, at) != at for at, word in enumerate(lowered)], dtype=np.float32)


@frozen(eq=False)
class Salience:
    """Trained weights.

    Args:
        weights: One row of BUCKETS for each of the SPAN places around a word.
        bias: Log-odds of being kept, before anything is known.
        repeat: Added to the log-odds of a word that the text had before.
        typical: Median chance of being kept of the words with content that it was trained on.
    """

    weights: Floats
    bias: float
    repeat: float
    typical: float
    _memo: dict[str, list[float]] = field(init=False, repr=False, factory=dict[str, list[float]])
    id: str = field(init=False, default=Factory(lambda self: self.fingerprint(), takes_self=True))

    def fingerprint(self) -> str:
        """A hash of the weights."""
        return digest(self.weights.tobytes().hex(), repr((self.bias, self.repeat, self.typical)))

    def chance(self, pieces: Sequence[str], again: Floats) -> NDArray[np.float64]:
        """Chance in (0, 1) that each piece is kept; `again` marks the pieces that the text had before."""
        return 1 / (1 + np.exp(-self._log_odds(pieces, again)))

    def _log_odds(self, pieces: Sequence[str], again: Floats) -> NDArray[np.float64]:
        memo = self._memo
        if len(memo) > _MEMO:
            memo.clear()
        new = list(set(pieces).difference(memo))
        if new:
            sums = self.weights[:, np.array([features(piece) for piece in new])].sum(axis=2, dtype=np.float64)
            memo.update(zip(new, sums.T.tolist(), strict=True))
        rows = as_table(map(memo.__getitem__, pieces), SPAN)
        total: NDArray[np.float64] = self.bias + self.repeat * again.astype(np.float64)
        for place in range(SPAN):
            away = place - SPAN // 2
            if away < 0:
                total[-away:] += rows[:away, place]
            else:
                total[: len(pieces) - away] += rows[away:, place]
        return total

    @classmethod
    def load(cls, folder: Path) -> Salience:
        """Read the weights in `folder`.

        Raises:
            DataError: The folder holds no weights, or those of another version.
        """
        try:
            tensors = load_tensors((folder / TENSORS).read_bytes())
            config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            weights = tensors["weights"].astype(np.float32)
            made = cls(weights, float(config["bias"]), float(config["repeat"]), float(config["typical"]))
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"no salience weights can be read from {folder}: {error}; train them anew") from error
        if weights.shape != (SPAN, BUCKETS):
            raise DataError(f"{folder} holds salience weights of another version; train them anew")
        return made


@lru_cache(maxsize=1)
def default() -> Salience | None:
    """The weights that semzip ships."""
    folder = Path(__file__).parent / "weights"
    return Salience.load(folder) if (folder / CONFIG).exists() else None
