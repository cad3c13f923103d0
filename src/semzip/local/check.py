"""The check: does the compressed text still say what the original does? Pure and deterministic."""

from __future__ import annotations

from semzip.local import detect
from semzip.local.code_check import check as code_check
from semzip.local.mixed import check as mixed_check
from semzip.local.mixed import engine as mixed
from semzip.local.prose_check import check as prose_check
from semzip.local.structure import check as structure_check
from semzip.records import Domain, Verdict

VERSION = "1"
THRESHOLD = 0.80
_CHECKS = {"nl": prose_check, "code": code_check, "data": structure_check}


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
    kind = domain or detect.domain(original)
    if kind == "nl" and mixed.is_mixed(original):
        score, losses = mixed_check.compare(original, compressed)
    else:
        score, losses = _CHECKS[kind].compare(original, compressed)
    return Verdict(score=score, passed=score >= threshold and not any(loss.hard for loss in losses), losses=losses)
