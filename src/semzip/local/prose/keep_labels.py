"""Keep labels: which words of an original its compressed text kept, one label a word.

The labels are those of LLMLingua-2 (Pan et al., 2024, "Data Distillation for Efficient and Faithful Task-Agnostic Prompt
Compression"): a word counts as kept if the compressed text has it, or a word of the same stem, near the same place.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from semzip.local.prose import words
from semzip.records import Domain

_PART = re.compile(r"\w+")
_NEAR, _ALWAYS_NEAR = 0.2, 8
"""How far from its place a word may be found: a share of the compressed text's words, plus some words."""


@lru_cache(maxsize=100_000)
def _stems(piece: str) -> tuple[str, ...]:
    return tuple(words.stem(part) for part in _PART.findall(piece.lower())) or (piece,)


def labels(original: Sequence[str], compressed: Sequence[str]) -> NDArray[np.float32]:
    """1 for each piece of the original that the compressed text kept, else 0."""
    flat = [one for piece in compressed for one in _stems(piece)]
    places: dict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(flat):
        places[one].append(at)
    reach = _NEAR * len(flat) + _ALWAYS_NEAR
    pace = len(flat) / max(1, len(original))
    out = np.zeros(len(original), dtype=np.float32)
    for at, piece in enumerate(original):
        stems = _stems(piece)
        found = 0
        for one in stems:
            free = places.get(one)
            if free:
                place = min(free, key=lambda here: abs(here - at * pace))
                if abs(place - at * pace) <= reach:
                    free.remove(place)
                    found += 1
        out[at] = 2 * found >= len(stems)
    return out


def prose_pairs(original: str, compressed: str, domain: Domain) -> Iterator[tuple[str, str]]:
    """The prose of a pair: the pair itself, or of Python code its docstrings, each with what became of it."""
    if domain == "nl":
        yield original, compressed
    elif domain == "code":
        after = _docstrings(compressed)
        yield from ((text, after[name]) for name, text in _docstrings(original).items() if name in after)


def _docstrings(code: str) -> dict[str, str]:
    """Docstrings of Python code by place in the tree; none where it does not parse."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
    holders = (node for node in ast.walk(tree) if isinstance(node, kinds))
    named = ((f"{number} {getattr(node, 'name', '')}", ast.get_docstring(node)) for number, node in enumerate(holders))
    return {name: doc for name, doc in named if doc}
