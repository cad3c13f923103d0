"""Which form of a literal is cheapest: strings, numbers and f-strings of equal value, their source form among them."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from semzip.tokens import count_tokens

_PLAIN = re.compile(r"[^\\'\"\n\r\0-\x1f\x7f-\uffff\U00010000-\U0010ffff]*")
_ONE_STRING = re.compile(
    r"[rRbBuU]{0,2}(?:'''(?:[^\\']|\\.|'(?!''))*'''|\"\"\"(?:[^\\\"]|\\.|\"(?!\"\"))*\"\"\"|'(?:[^\\'\n]|\\.)*'|\"(?:[^\\\"\n]|\\.)*\")",
    re.DOTALL,
)
_TRIPLE = ('"""', "'''")
_LONG = 2
"""Tokens that lines of its own must save a string."""
_BREAK = re.compile(r"['\"]\s*(?:#.*)?\n")


@lru_cache(maxsize=4096)
def quoted(value: str) -> str:
    """The cheapest literal of this value."""
    if _PLAIN.fullmatch(value):
        return f"'{value}'"
    forms = [repr(value)]
    if value.isprintable() or "\n" in value:
        for quotes in ("'", '"', '"""', "'''"):
            body = value.replace("\\", "\\\\").replace(quotes, "\\" + quotes[0] + quotes[1:])
            if len(quotes) == 1 and "\n" in value:
                continue
            if body.endswith(quotes[0]) and len(quotes) == 3:
                body = body[:-1] + "\\" + quotes[0]
            if any(not (c.isprintable() or c == "\n") for c in value):
                continue
            forms.append(quotes + body + quotes)
            if "\\" in value and quotes not in value and not value.endswith((quotes[0], "\\")):
                forms.append("r" + quotes + value + quotes)
    return min(forms, key=lambda form: (count_tokens(form) + _LONG * form.endswith(_TRIPLE), len(form)))


class Source:
    """The text a tree was parsed from, to look up how a literal was written."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n") if text.isascii() else [line.encode() for line in text.split("\n")]

    def segment(self, node: ast.expr) -> str:
        """The text of `node`; empty if it is not on record."""
        first, last, start, end = node.lineno, node.end_lineno, node.col_offset, node.end_col_offset
        if last is None or end is None or last > len(self._lines):
            return ""
        if first == last:
            part = self._lines[first - 1][start:end]
            return part if isinstance(part, str) else part.decode()
        parts = [self._lines[first - 1][start:], *self._lines[first : last - 1], self._lines[last - 1][:end]]
        return "\n".join(part if isinstance(part, str) else part.decode() for part in parts)

    def number(self, node: ast.Constant) -> str:
        """A number as it was written, less its underscores and an idle zero."""
        text = self.segment(node).replace("_", "")
        if not text or (not text[0].isdecimal() and text[0] != "."):
            return repr(node.value).replace("inf", "1e309")
        if text.startswith("0.") and text[2:3].isdecimal():
            return text[1:]
        return text[:-1] if text.endswith(".0") and text[:-2].isdecimal() else text

    def string(self, node: ast.Constant) -> str:
        """A string or bytes literal, the cheapest of its forms."""
        value = node.value
        if isinstance(value, str) and node.kind is None and _PLAIN.fullmatch(value):
            return f"'{value}'"
        written = self.segment(node)
        form = ("u" if node.kind else "") + quoted(value) if isinstance(value, str) else repr(value)
        if not _ONE_STRING.fullmatch(written) or count_tokens(form) <= count_tokens(written):
            return form
        return written

    def joined(self, node: ast.JoinedStr) -> str:
        """An f-string as it was written; several in a row as one."""
        written = self.segment(node)
        if written and not _BREAK.search(written):
            return written
        return ast.unparse(node)
