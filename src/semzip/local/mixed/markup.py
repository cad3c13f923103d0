"""HTML: as Markdown, which says the same to a reader in far fewer tokens, or as tighter HTML where every tag must stay."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from semzip.local.prose import engine as prose
from semzip.local.prose.salience import Salience

_TOKEN = re.compile(
    r"(<!--(?s:.*?)-->|<(script|style|pre|textarea|code)\b(?s:.*?)</\2\s*>|</?[a-zA-Z!][^<>]*>)", re.IGNORECASE
)
_BLOCK = re.compile(
    r"doctype|address|article|aside|blockquote|body|br|center|d[dlt]|details|div|fieldset|fig(?:caption|ure)|footer|form|h[1-6]|head(?:er)?"
    r"|hr|html|li(?:nk)?|main|meta|nav|ol|opt(?:ion|group)|p|pre|script|section|select|style|summary|table|t(?:body|d|foot|h|head|r)|title|ul"
)
_SILENT = frozenset({"script", "style", "svg", "template", "noscript"})
_NO_LETTER = re.compile(r"&#(?=x[0-9a-fA-F]{9}|\d{9})", re.IGNORECASE)
_NAME = re.compile(r"</?!?([a-zA-Z0-9]+)")
_LANGUAGE = re.compile(r"(?:language|lang|highlight-source)-([\w+#-]+)")
_START_NUMBER = re.compile(r"[0-9]{1,9}")
_FEWEST_WORDS = 4


def tighten(text: str, *, level: int, salience: Salience | None = None) -> str:
    """The same HTML without idle white space, its text shortened as prose; `pre`, `code` and scripts untouched."""
    pieces = [piece for piece in _pieces(text) if piece]
    out: list[str] = []
    for i, piece in enumerate(pieces):
        if piece[0] == "<" and _TOKEN.fullmatch(piece):
            out.append(piece)
            continue
        before = _is_block(pieces[i - 1]) if i else True
        after = _is_block(pieces[i + 1]) if i + 1 < len(pieces) else True
        inner = " ".join(piece.split())
        if len(inner.split(" ")) >= _FEWEST_WORDS:
            inner = prose.shorten(inner, level=level, salience=salience)
        left = " " if piece[0].isspace() and not before else ""
        right = " " if piece[-1].isspace() and not after and inner else ""
        out.append(left + inner + right)
    return "".join(out)


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    at = 0
    for found in _TOKEN.finditer(text):
        pieces += [text[at : found.start()], found.group()]
        at = found.end()
    return [*pieces, text[at:]]


def _is_block(piece: str) -> bool:
    name = _NAME.match(piece)
    return name is not None and _BLOCK.fullmatch(name.group(1).lower()) is not None


def markdown(text: str) -> str:
    """What a reader sees of the HTML, as Markdown: headings, lists, links, images, code and tables.

    The HTML itself where a reader sees nothing, as of a page that a script fills.
    """
    reader = _Reader()
    # Marked sections and references to no letter at all make the standard parser raise.
    reader.feed(_NO_LETTER.sub("&amp;#", text.replace("<![", "&lt;![")))
    reader.close()
    seen = reader.text()
    return seen if seen.strip() else text


class _Reader(HTMLParser):
    """Writes Markdown while it reads HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.silent = 0
        self.pre = 0
        self.lists: list[int] = []  # the next number; 0 in a list without numbers
        self.links: list[str] = []
        self.cells = 0
        self.rows = 0

    def text(self) -> str:
        lines = [line.rstrip() for line in "".join(self.out).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag in _SILENT:
            self.silent += 1
        elif tag == "pre":
            self.pre += 1
            language = _LANGUAGE.search(given.get("class", ""))
            self._write("\n```" + (language.group(1) if language else "") + "\n")
        elif tag == "code" and self.pre:
            language = _LANGUAGE.search(given.get("class", ""))
            if language and self.out and self.out[-1] == "\n```\n":
                self.out[-1] = f"\n```{language.group(1)}\n"
        elif tag == "code":
            self._write("`")
        elif tag == "a":
            self.links.append(given.get("href", ""))
            self._write("[" * bool(self.links[-1]))
        elif tag == "img":
            self._write(f"![{given.get('alt', '')}]({given.get('src', '')})")
        elif tag in {"ul", "ol"}:
            self.lists.append(
                int(given["start"]) if _START_NUMBER.fullmatch(given.get("start", "")) else int(tag == "ol")
            )
            self._line()
        elif tag == "li":
            self._item()
        elif tag in {"td", "th"}:
            self._write("|" * bool(self.cells))
            self.cells += 1
        elif tag == "tr":
            self._line()
            self.cells = 0
        elif tag == "table":
            self._line(2)
            self.rows = 0
        elif re.fullmatch(r"h[1-6]", tag):
            self._line(2)
            self._write("#" * int(tag[1]) + " ")
        elif _BLOCK.fullmatch(tag):
            self._line(2 if tag in {"p", "blockquote"} else 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag == "pre" and self.pre:
            self.pre -= 1
            self._line()
            self._write("```\n")
        elif tag == "code" and not self.pre:
            self._write("`")
        elif tag == "a" and self.links:
            href = self.links.pop()
            self._write(f"]({href})" if href else "")
        elif tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
            self._line()
        elif tag == "tr":
            self._line()
            self.rows += 1
            if self.rows == 1 and self.cells > 1:
                self._write("|".join("-" * self.cells) + "\n")
        elif re.fullmatch(r"h[1-6]|p|table|blockquote", tag):
            self._line(2)
        elif tag not in {"td", "th", "li"} and _BLOCK.fullmatch(tag):
            self._line()

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if self.pre:
            self._write(data)
            return
        flat = re.sub(r"\s+", " ", data)
        if not self.out or self.out[-1][-1:] in {"\n", " ", "|"}:
            flat = flat.lstrip(" ")
        self._write(flat.replace("|", "\\|") if self.cells else flat)

    def _item(self) -> None:
        self._line()
        depth = max(0, len(self.lists) - 1)
        number = self.lists[-1] if self.lists else 0
        self._write(" " * (2 * depth) + (f"{number}. " if number else "- "))
        if number:
            self.lists[-1] += 1

    def _write(self, text: str) -> None:
        if text:
            self.out.append(text)

    def _line(self, breaks: int = 1) -> None:
        while self.out and not self.out[-1].strip(" "):
            self.out.pop()
        if self.out:
            self.out[-1] = self.out[-1].rstrip(" ")
            have = len(self.out[-1]) - len(self.out[-1].rstrip("\n"))
            self._write("\n" * (breaks - have))


__all__ = ["markdown", "tighten"]
