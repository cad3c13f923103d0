"""What re-encoded data lost or invented. (First cut.)"""

from __future__ import annotations

from semzip.local import prose_check
from semzip.records import Loss


def compare(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]]:
    """Share of the values that survive, and what did not."""
    return prose_check.compare(original, compressed)
