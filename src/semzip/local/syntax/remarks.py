"""What the comments of a program say, in languages other than Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from semzip.local.syntax.languages import Token

_DECORATION: Final = re.compile(r"^[ \t]*(?:/\*+!?|\*+/|\*+ ?|//+!?|--+|#+!?) ?|\s*\*+/$", re.MULTILINE)


def remarks(tokens: Sequence[Token]) -> list[list[str]]:
    """What its comments say, line by line, those in lines next to each other together."""
    return [words_of(token.text).split("\n") for token in comments_joined(tokens) if token.kind == "comment"]


def words_of(comment: str) -> str:
    """What a comment says, without the signs that make it one."""
    return "\n".join(line.rstrip() for line in _DECORATION.sub("", comment).split("\n") if line.strip())


def comments_joined(tokens: Sequence[Token]) -> list[Token]:
    """The tokens, with line comments in lines next to each other as one comment."""
    out: list[Token] = []
    for token in tokens:
        if (
            token.kind == "comment"
            and len(out) > 1
            and out[-2].kind == "comment"
            and out[-1].text.count("\n") == 1
            and not out[-2].text.startswith("/*")
            and token.text[:3] == out[-2].text[:3]
            and (len(out) < 3 or "\n" in out[-3].text)
        ):
            out.pop()
            out[-1] = Token("comment", out[-1].text + "\n" + token.text)
        else:
            out.append(token)
    return out
