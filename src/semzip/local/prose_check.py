"""What a compressed prose text lost or invented. (First cut.)"""

from __future__ import annotations

import re

from semzip.records import Loss

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def compare(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]]:
    """Share of the facts that survive, and what did not."""
    have = set(_NUMBER.findall(compressed))
    losses = tuple(Loss("number", m.group(), m.start()) for m in _NUMBER.finditer(original) if m.group() not in have)
    total = max(1, len(_NUMBER.findall(original)))
    return (1 - len(losses) / total if compressed.strip() or not original.strip() else 0.0), losses
