"""What texts have in common at their beginning and end, cut where a word or a number ends."""

from __future__ import annotations

from collections.abc import Sequence


def affixes(texts: Sequence[str], *, whole_words: bool = False) -> tuple[str, str]:
    """The common prefix and suffix of texts; they never overlap.

    With `whole_words` a name such as user7 stays whole; otherwise it may be cut between its letters and its number.
    """
    at = _common(min(texts), max(texts))
    while at and not all(_boundary(text, at, whole_words) for text in texts):
        at -= 1
    ends = [text[at:][::-1] for text in texts]
    end = _common(min(ends), max(ends))
    while end and not all(_boundary(text, end, whole_words) for text in ends):
        end -= 1
    return texts[0][:at], ends[0][:end][::-1]


def _common(low: str, high: str) -> int:
    at = 0
    for one, other in zip(low, high, strict=False):
        if one != other:
            break
        at += 1
    return at


def _boundary(text: str, at: int, whole_words: bool) -> bool:
    one, other = text[at - 1], text[at : at + 1]
    if not one.isalnum() or not other.isalnum():
        return True
    if whole_words:
        return one == "T" and text[at - 2 : at - 1].isdigit()  # of a date and its time
    return one.isdigit() != other.isdigit()
