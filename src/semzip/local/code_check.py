"""What compressed code lost or invented. (First cut.)"""

from __future__ import annotations

import ast
import textwrap

from semzip.local import prose_check
from semzip.local.python_tree import comments, docstring, parse, same
from semzip.records import Loss

_COMMENTS = 0.1


def compare(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]]:
    """Share of the facts that survive, and what did not."""
    if not compressed.strip():
        return (0.0, (Loss("statement", original, 0),)) if original.strip() else (1.0, ())
    one, other = parse(textwrap.dedent(original)), parse(textwrap.dedent(compressed))
    if one is None or other is None:
        score, losses = prose_check.compare(original, compressed)
        return score, losses
    if not same(one, other):
        return 0.5, (Loss("statement", original, 0),)
    losses: list[Loss] = []
    scores = [1.0]
    for left, right in zip(ast.walk(one), ast.walk(other), strict=False):
        doc = docstring(left)
        if doc:
            score, lost = prose_check.compare(doc, docstring(right) or "")
            scores.append(score)
            losses += lost
    return sum(scores) / len(scores), tuple(losses)
