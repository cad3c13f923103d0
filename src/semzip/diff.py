"""What was dropped from a text and what was put in its place, word by word: for a terminal in colour, for a page as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from rich.console import Console
from rich.text import Text

from semzip.records import Compression

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


def steps(original: str, text: str) -> Iterator[tuple[str, str, str]]:
    """Both texts in order, as `(kept, dropped, new)` again and again; each may be empty."""
    before, after = _WORD.findall(original), _WORD.findall(text)
    kept = ""
    for what, i, k, j, m in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if what == "equal":
            kept = "".join(before[i:k])
            continue
        yield kept, "".join(before[i:k]), "".join(after[j:m])
        kept = ""
    if kept:
        yield kept, "", ""


def marked(pair: Compression) -> Text:
    """The words of both texts in order: kept ones plain, dropped ones struck out in red, new ones in green."""
    out = Text()
    for kept, dropped, new in steps(pair.original, pair.text):
        out.append(kept)
        out.append(dropped, style="red strike")
        apart = dropped[-1:].isalnum() and new[:1].isalnum()
        out.append(" " + new if apart else new, style="green")
    return out


def show(pair: Compression, console: Console | None = None) -> None:
    """Print the marked text."""
    (console or Console()).print(marked(pair), soft_wrap=True)
