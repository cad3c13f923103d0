"""Reads and rewrites the fenced blocks of Markdown pages."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w-]*)")
NOT_RUN = re.compile(r"<!-- not run: (?P<why>.+?) -->")


@frozen
class Block:
    """A fenced block. `line` is that of its opening fence, from 1; `not_run` is the reason given before it."""

    page: Path
    line: int
    language: str
    text: str
    not_run: str | None = None
    indent: str = ""

    @property
    def place(self) -> str:
        """As error messages name it."""
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    out: list[Block] = []
    lines = page.read_text(encoding="utf-8").splitlines()
    at, reason = 0, None
    while at < len(lines):
        fence, why = FENCE.match(lines[at]), NOT_RUN.search(lines[at])
        if fence is None:
            reason = why["why"] if why else reason if not lines[at].strip() else None
            at += 1
            continue
        close = next(end for end in range(at + 1, len(lines)) if lines[end].strip() == "```")
        text = textwrap.dedent("".join(f"{line}\n" for line in lines[at + 1 : close]))
        out.append(Block(page, at + 1, fence["language"], text, reason, fence["indent"]))
        at, reason = close + 1, None
    return out


def rewrite(page: Path, texts: Mapping[int, str]) -> None:
    """Put new texts into the blocks that open at these lines."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for block in reversed(blocks(page)):
        if block.line in texts:
            new = textwrap.indent(texts[block.line].rstrip("\n"), block.indent).splitlines()
            lines[block.line : block.line + block.text.count("\n")] = new
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
