"""The check: does the compressed text still say what the original does? Pure and deterministic."""

from __future__ import annotations

from semzip.local import detect
from semzip.local.mixed.parts import is_mixed
from semzip.local.prose_check import check as prose_check
from semzip.records import Domain, Loss, Verdict

VERSION = "1"
THRESHOLD = 0.80


def check(original: str, compressed: str, domain: Domain | None = None, *, threshold: float = THRESHOLD) -> Verdict:
    """What `compressed` lost of `original`, and what it invented.

    Args:
        original: The text as it was.
        compressed: The text to be checked.
        domain: nl, code or data; detected from the original by default.
        threshold: Lowest score in [0, 1] that passes.

    Returns:
        A verdict that passed if its score reached the threshold and no loss in it is hard.
    """
    if original == compressed:
        return Verdict(score=1.0, passed=True)
    score, losses = _compare(original, compressed, domain or detect.domain(original))
    return Verdict(score=score, passed=score >= threshold and not any(loss.hard for loss in losses), losses=losses)


def _compare(original: str, compressed: str, kind: Domain) -> tuple[float, tuple[Loss, ...]]:
    """Share of the facts that survive, and what did not. Only prose is imported before it is met."""
    if kind == "code":
        from semzip.local.code_check import check as code_check

        return code_check.compare(original, compressed)
    if kind == "data":
        from semzip.local.structure import check as structure_check

        return structure_check.compare(original, compressed)
    if is_mixed(original):
        from semzip.local.mixed import check as mixed_check

        return mixed_check.compare(original, compressed)
    return prose_check.compare(original, compressed)
