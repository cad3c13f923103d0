"""What texts have in common at their beginning and end, cut where a word or a number ends."""

from __future__ import annotations

from collections.abc import Sequence


def affixes(texts: Sequence[str]) -> tuple[str, str]:
    """The common prefix and suffix of texts; they never overlap."""
    at = _common(min(texts), max(texts))
    while at and not all(_boundary(text, at) for text in texts):
        at -= 1
    ends = [text[at:][::-1] for text in texts]
    end = _common(min(ends), max(ends))
    while end and not all(_boundary(text, end) for text in ends):
        end -= 1
    return texts[0][:at], ends[0][:end][::-1]


def _common(low: str, high: str) -> int:
    at = 0
    for one, other in zip(low, high, strict=False):
        if one != other:
            break
        at += 1
    return at


def _boundary(text: str, at: int) -> bool:
    if at >= len(text):
        return True
    one, other = text[at - 1], text[at]
    return not one.isalnum() or not other.isalnum() or one.isdigit() != other.isdigit()
