"""What compressed mixed text lost or invented: fenced code and data are compared as such, the rest as prose; HTML as what a
reader sees of it.
"""

from __future__ import annotations

from attrs import evolve

from semzip.local.code_check import check as code_check
from semzip.local.mixed import markup
from semzip.local.mixed.parts import Part, is_html, parts
from semzip.local.prose_check import check as prose_check
from semzip.local.structure import check as structure_check
from semzip.records import Loss

_CHECKS = {"code": code_check, "data": structure_check}


def compare(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]]:
    """Share of the facts that survive in all parts, and what did not.

    `where` of a loss counts in the original; in HTML, in its Markdown form.
    """
    if is_html(original):
        original = markup.markdown(original)
        compressed = markup.markdown(compressed) if is_html(compressed) else compressed
    rest, fenced = _split(original)
    short_rest, short_fenced = _split(compressed)
    if len(fenced) != len(short_fenced):
        return prose_check.compare(original, compressed)
    score, losses = prose_check.compare(rest, short_rest)
    total = len(rest)
    found = list(losses)
    score *= total
    for (at, part), (_, short) in zip(fenced, short_fenced, strict=True):
        own, lost = _CHECKS[part.kind].compare(part.text, short.text) if part.text != short.text else (1.0, ())
        score += own * len(part.text)
        total += len(part.text)
        found += [loss if loss.where is None or loss.invented else evolve(loss, where=at + loss.where) for loss in lost]
    return score / total if total else 1.0, tuple(found)


def _split(text: str) -> tuple[str, list[tuple[int, Part]]]:
    """The text with code and data blanked out, so that every other place stays what it was, and those parts with their places."""
    out: list[str] = []
    fenced: list[tuple[int, Part]] = []
    at = 0
    for part in parts(text):
        whole = part.whole
        if part.kind in _CHECKS:
            fenced.append((at + len(part.before), part))
            blank = "\n" * part.text.count("\n")
            whole = part.before + " " * (len(part.text) - len(blank)) + blank + part.after
        out.append(whole)
        at += len(whole) + 1
    return "\n".join(out), fenced


__all__ = ["compare"]
