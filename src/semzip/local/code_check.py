"""What compressed code lost or invented.

Python is compared by its syntax tree, so that layout counts for nothing and any change of what it does is found; its
docstrings and comments are compared as prose. What does not parse is compared by its lexical facts.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from inspect import cleandoc

from semzip.local import lexical_check, prose_check
from semzip.local.python_facts import MARKS, Fact, facts
from semzip.local.python_tree import Comment, blocks, comments, docstrings, parse, same
from semzip.records import Loss

_COMMENTS = 0.1
"""What a letter of a comment weighs, against one of code or of a docstring."""
_MOSTLY = 0.6
"""A comment with fewer of its words left was dropped, not shortened."""
_CONTENT = re.compile(r"\w{4,}")
_MOST = 4_000_000


def compare(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]]:
    """Compare two texts of code.

    Args:
        original: The code as it was.
        compressed: The code, or a notation of it, to be checked.

    Returns:
        The share of it that survives, in [0, 1], and what was lost or invented.
    """
    if not compressed.strip():
        return (0.0, (Loss("statement", _shown(original), 0),)) if original.strip() else (1.0, ())
    one = parse(textwrap.dedent(original))
    other = parse(textwrap.dedent(compressed)) if one and one.body else None
    if one is None or other is None:
        return lexical_check.compare(original, compressed, one)
    try:
        losses = [] if same(one, other) else _changes(one, other, original)
    except RecursionError:
        return 0.0, (Loss("statement", _shown(original), 0),)
    return _with_prose(original, compressed, one, other, losses)


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:79] + "…"


# -- what the program does -------------------------------------------------------------------


def _changes(one: ast.Module, other: ast.Module, original: str) -> list[Loss]:
    """Every fact that is not in both programs at the same place."""
    left, right = facts(one), facts(other)
    found: list[tuple[Fact, bool]] = []
    for tag, i, j, k, m in _differences([f.key for f in left], [f.key for f in right]):
        if tag != "equal":
            found += [(fact, False) for fact in left[i:j]]
            found += [(fact, True) for fact in right[k:m]]
    telling = [pair for pair in found if pair[0].what not in MARKS] or found
    starts = _line_starts(original)
    return list(
        dict.fromkeys(Loss(f.kind, f.what, None if new else _offset(starts, f, original), new) for f, new in telling)
    )


def _differences(left: Sequence[object], right: Sequence[object]) -> Iterable[tuple[str, int, int, int, int]]:
    start, end = 0, 0
    shortest = min(len(left), len(right))
    while start < shortest and left[start] == right[start]:
        start += 1
    while end < shortest - start and left[-1 - end] == right[-1 - end]:
        end += 1
    a, b = left[start : len(left) - end], right[start : len(right) - end]
    if len(a) * len(b) > _MOST:
        return [("replace", start, start + len(a), start, start + len(b))]
    codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    return [(tag, i + start, j + start, k + start, m + start) for tag, i, j, k, m in codes]


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _offset(starts: list[int], fact: Fact, text: str) -> int | None:
    """Where a fact stands: its name at or after the place the tree gives."""
    if fact.line >= len(starts):
        return None
    start = starts[fact.line - 1]
    found = text.find(fact.what.strip(".='\""), start)
    return start if found < 0 else found


# -- what it says in words -------------------------------------------------------------------


def _with_prose(
    original: str, compressed: str, one: ast.Module, other: ast.Module, losses: list[Loss]
) -> tuple[float, tuple[Loss, ...]]:
    """Adds the docstrings and comments, weighs each part by its length."""
    before, after = docstrings(one), docstrings(other)
    documents = _documents(original, before, after)
    notes = _comments(original, comments(textwrap.dedent(original)), comments(textwrap.dedent(compressed)))
    words = sum(len(doc) for doc in before.values())
    program = max(1, len(original) - words - notes[1])
    remarks = _COMMENTS * min(notes[1], program + words)
    gone = len({loss.where for loss in losses if not loss.invented and loss.hard})
    kept = 1 - min(1.0, gone / max(1, program // 4)) if losses else 1.0
    score = (program * kept + words * documents[0] + remarks * notes[0]) / (program + words + remarks)
    return min(1.0, max(0.0, score)), (*losses, *documents[1], *notes[2])


def _documents(original: str, before: dict[str, str], after: dict[str, str]) -> tuple[float, list[Loss]]:
    """Share of the docstrings' facts that survive, and the losses."""
    losses: list[Loss] = []
    weight = score = 0.0
    for name, doc in before.items():
        clean, short = cleandoc(doc), cleandoc(after.get(name, ""))
        weight += len(clean)
        if clean == short:
            score += len(clean)
            continue
        share, lost = prose_check.compare(clean, short)
        score += share * len(clean)
        start = max(0, original.find(doc[:40]))
        losses += [
            Loss(x.kind, x.what, x.where if x.invented else _find(original, x.what, start), x.invented) for x in lost
        ]
    for name, doc in after.items():
        if name not in before:
            losses.append(Loss("statement", _shown(doc), None, invented=True))
    return (score / weight if weight else 1.0), losses


def _find(text: str, what: str, start: int) -> int:
    found = text.find(what, start)
    return start if found < 0 else found


def _comments(original: str, before: list[Comment], after: list[Comment]) -> tuple[float, int, list[Loss]]:
    """Share of the comments that survive, their length, and the losses. One that now says something else is a lie."""
    size = sum(len(note.text) for note in before)
    here, there = Counter(note.words for note in before), Counter(note.words for note in after)
    old = _texts([note for note in before if not there[note.words]])
    new = _texts([note for note in after if not here[note.words]])
    said = set(_CONTENT.findall("\n".join(new).lower()))
    told = [text for text in old if _share(text, said) >= _MOSTLY]
    gone = [text for text in old if text not in told]
    losses = [Loss("comment", _shown(text), max(0, original.find(text[:30]))) for text in gone]
    kept = size - sum(map(len, gone))
    if new and not told:
        losses += [Loss("comment", _shown(text), None, invented=True) for text in new]
    elif told:
        _, lost = prose_check.compare("\n".join(told), "\n".join(new))
        losses += [Loss(loss.kind, loss.what, None, loss.invented) for loss in lost if loss.hard]
    return (max(0, kept) / size if size else 1.0), size, losses


def _share(text: str, said: set[str]) -> float:
    """How many of the longer words of `text` are among those said."""
    words = set(_CONTENT.findall(text.lower()))
    return len(words & said) / max(1, len(words))


def _texts(notes: list[Comment]) -> list[str]:
    return ["\n".join(note.words for note in block) for block in blocks(notes)]
