"""Scripts written without spaces: Chinese characters and kana. Runs of them are kept or dropped whole."""

from __future__ import annotations

_RANGES = (
    ("\u3005", "\u3007"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u4dbf"),
    ("\u4e00", "\u9fff"),
    ("\uf900", "\ufaff"),
)
LETTERS = "".join(f"{first}-{last}" for first, last in _RANGES)
"""For use inside of the brackets of a pattern. Slow to compile, so only for texts that may hold them."""


def may_hold(text: str) -> bool:
    """Whether a text may hold one of these letters; false for most texts of other scripts."""
    return not text.isascii() and max(text) >= _RANGES[0][0]


def begins(text: str) -> bool:
    """Whether a text begins with one of these letters."""
    start = text[:1]
    return start >= _RANGES[0][0] and any(first <= start <= last for first, last in _RANGES)
