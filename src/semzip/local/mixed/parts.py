"""Whether a text is mixed, and its parts: fenced code and data, tables, and the prose between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from attrs import frozen

from semzip.local import detect

Kind = Literal["prose", "code", "data", "table", "fixed"]

_HTML = re.compile(
    r"\s*(?:<!--(?s:.*?)-->\s*)*<(?:!doctype html|html|head|body|div|p|table|ul|ol|h[1-6]|section|article|main)\b",
    re.IGNORECASE,
)
_HTML_END = re.compile(r"</(?:html|body|div|p|table|ul|ol|h[1-6]|section|article|main)\s*>\s*\Z", re.IGNORECASE)
_FENCE = re.compile(r"( {0,3}|\s*)(`{3,}|~{3,})\s*([\w+#.-]*)[^`\n]*$")
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_DATA = frozenset({"json", "jsonc", "json5", "yaml", "yml", "csv", "tsv", "toml", "ini", "xml", "log", "diff", "patch"})
_FIXED = frozenset(
    {"text", "txt", "console", "shell-session", "output", "plain", "plaintext", "mermaid", "markdown", "md"}
)


@frozen
class Part:
    """A run of lines of one kind; a fenced part has its fences in `before` and `after`."""

    kind: Kind
    text: str
    before: str = ""
    after: str = ""
    language: str = ""

    @property
    def whole(self) -> str:
        """The part with its fences."""
        return self.before + self.text + self.after


def is_html(text: str) -> bool:
    """Whether the text is an HTML document or fragment, from its first tag to its last."""
    return bool(_HTML.match(text) and _HTML_END.search(text[-200:]))


def is_mixed(text: str) -> bool:
    """Whether the text has parts of several kinds: fenced code, tables among prose, front matter, HTML."""
    if is_html(text):
        return True
    if not ("```" in text or "~~~" in text or "|" in text or text.startswith("---\n")):
        return False
    return any(part.kind != "prose" for part in parts(text))


def parts(text: str) -> list[Part]:
    """The text in parts; joined by line ends they are the text."""
    return list(_parts(text.split("\n")))


def _parts(lines: Sequence[str]) -> Iterator[Part]:
    at = start = 0
    if lines[0] == "---" and "---" in lines[1:]:
        start = at = lines.index("---", 1) + 1
        yield Part("fixed", "\n".join(lines[:at]))
    while at < len(lines):
        end, part = _block(lines, at)
        if part is None:
            at += 1
            continue
        if start < at:
            yield Part("prose", "\n".join(lines[start:at]))
        yield part
        start = at = end
    if start < len(lines):
        yield Part("prose", "\n".join(lines[start:]))


def _block(lines: Sequence[str], at: int) -> tuple[int, Part | None]:
    """The fenced block or table that starts at a line, and where it ends."""
    line = lines[at]
    if fence := _FENCE.match(line):
        indent, marks, language = fence.groups()
        end = next((i for i in range(at + 1, len(lines)) if _closes(lines[i], marks)), None)
        if end is None:
            return len(lines), Part("fixed", "\n".join(lines[at:]))
        body = "\n".join(lines[at + 1 : end])
        if end == at + 1:
            return end + 1, Part("fixed", "\n".join(lines[at : end + 1]))
        kind = _kind(body, language.lower()) if not indent.strip(" ") and len(indent) < 4 else "fixed"
        return end + 1, Part(kind, body, line + "\n", "\n" + lines[end], language.lower())
    if "|" in line and at + 1 < len(lines) and "|" in lines[at + 1] and _RULE.match(lines[at + 1]):
        end = at + 2
        while end < len(lines) and "|" in lines[end]:
            end += 1
        return end, Part("table", "\n".join(lines[at:end]))
    return at, None


def _closes(line: str, marks: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(marks) and not bare.strip(marks[0])


def _kind(body: str, language: str) -> Kind:
    if language in _DATA:
        return "data"
    if language in _FIXED:
        return "fixed"
    if language:
        return "code"
    found = detect.domain(body)
    return "fixed" if found == "nl" else found


__all__ = ["Part", "is_html", "is_mixed", "parts"]
