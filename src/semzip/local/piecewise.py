"""Piece by piece: each at the strongest level at which its own check passes, so that a lost fact costs one piece its savings.

A text is cut into its parts; one of them that fails into paragraphs, and those into sentences, as far as it takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from semzip.local import check, engine
from semzip.local.mixed import markup, parts
from semzip.local.prose import layout
from semzip.local.prose.salience import Salience

_PARAGRAPH = re.compile(r"(\n[ \t]*\n\s*)(?=\S)")
_SENTENCE = re.compile(r"((?<=[.!?])\s+(?=[^\W\d_a-zß-ÿ])|(?<=[。！？]))")


def shorten(text: str, *, level: int, salience: Salience | None = None) -> str:
    """A shorter prose or mixed text, of which every piece passes the check.

    Args:
        text: A text that fails the check where it is shortened as one.
        level: The strongest level to try.
        salience: Trained weights; by rules alone without.
    """
    if parts.is_html(text):
        text = markup.markdown(text)
    pieces = list(_pieces(text))
    if len(pieces) > 1:
        return "".join(_best(piece, level, salience) if goes else piece for goes, piece in pieces)
    return _best(text, level - 1, salience) if level else text


def _best(piece: str, level: int, salience: Salience | None) -> str:
    short = engine.shorten(piece, "nl", level=level, salience=salience)
    return short if check.check(piece, short, "nl").passed else shorten(piece, level=level, salience=salience)


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """The pieces of a text, each with whether it may be shortened; put together they are the text."""
    if parts.is_mixed(text):
        blocks = [(part.kind != "fixed", part.whole) for part in parts.parts(text)]
    else:
        blocks = layout.parts(text)
    if len(blocks) > 1:
        for number, (goes, block) in enumerate(blocks):
            if number:
                yield False, "\n"
            yield goes, block
        return
    cut = _PARAGRAPH.split(text)
    for number, piece in enumerate(cut if len(cut) > 1 else _SENTENCE.split(text)):
        yield number % 2 == 0, piece
