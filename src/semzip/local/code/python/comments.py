"""Which comments a shorter program keeps, and in which words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from semzip.local.syntax.python_tree import Comment, blocks

_TOOL: Final = re.compile(
    r"#+\s*(?:noqa|nosec|type:\s*ignore|pragma|pylint:|pyright:|mypy:|ruff:|flake8:|fmt:|isort:|yapf:|ty:)"
)
_WARNING: Final = re.compile(
    r"\b(?:must|never|cannot|XXX|TODO|FIXME|HACK|BUG|NOTE|WARNING|CAUTION|SAFETY|careful|secur\w+|unsafe|insecure|deprecated|race|deadlock)\b"
)
_INTERPRETER: Final = re.compile(r"#!|#.*coding[:=]")
_BROKEN: Final = re.compile(r"(?<=[\w,;)])\n(?=[a-z(])")
"""The end of a line within a sentence."""
LAST: Final = 3


def is_warning(text: str) -> bool:
    """Whether a comment warns its reader."""
    return bool(_WARNING.search(text))


def shortened(notes: list[Comment], level: int, say: Callable[[str], str]) -> list[Comment]:
    """The comments that a program keeps.

    Args:
        notes: The comments in order.
        level: 0 keeps all as they are; from 1 on notes to tools and ruled lines go, neighbouring lines are one text and
            are shortened; at LAST only warnings stay.
        say: Shortens prose.
    """
    if not level:
        return notes
    kept: list[Comment] = []
    for block in blocks(notes):
        first = block[0]
        if first.line <= 2 and _INTERPRETER.match(first.text):
            kept += block
            continue
        lines = (note.text.lstrip("#:! ").rstrip() for note in block if not _TOOL.match(note.text))
        text = _BROKEN.sub(" ", "\n".join(lines))
        if level >= LAST and not is_warning(text):
            continue
        kept += [
            Comment(first.line, first.column, f"# {line}", first.alone)
            for line in say(text).split("\n")
            if line.strip()
        ]
    return kept
