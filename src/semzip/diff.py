"""The original with what was dropped struck out and what was put in its place, in colour on a terminal."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from rich.console import Console
from rich.text import Text

from semzip.records import Compression

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


def marked(pair: Compression) -> Text:
    """The words of both texts in order: kept ones plain, dropped ones struck out in red, new ones in green."""
    before, after = _WORD.findall(pair.original), _WORD.findall(pair.text)
    out = Text()
    for what, i, k, j, m in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if what == "equal":
            out.append("".join(before[i:k]))
            continue
        out.append("".join(before[i:k]), style="red strike")
        out.append("".join(after[j:m]), style="green")
    return out


def show(pair: Compression, console: Console | None = None) -> None:
    """Print the marked text."""
    (console or Console()).print(marked(pair), soft_wrap=True)
