"""Code that is not Python in fewer tokens: blank space and comments go by the rules of its language, the rest stays.

A blank between two tokens goes only where they cannot run together. The result is lexed again and must have the same
tokens; otherwise, or where the language is not sure, the text stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from semzip.local.code.python.comments import is_warning
from semzip.local.code.spacing import Choice, lay_out
from semzip.local.syntax.languages import Language, Token, language, lex
from semzip.local.syntax.remarks import comments_joined, words_of

_BRACKETS: Final = frozenset("()[]{},;")
_SIGNS: Final = frozenset("=+-*/%<>!&|^?:()[]{},;")
_OPENING: Final = ("{", "(", "[", ",", ";")
_CLOSING: Final = ("}", ")", "]")
_DOCUMENTATION: Final = re.compile(r"/\*\*(?!\*)|///(?!/)|//!|/\*!")
_LAST = 3


def shorten(text: str, *, level: int, say: Callable[[str], str]) -> str | None:
    """The same program in fewer tokens.

    Args:
        text: The code.
        level: 0 keeps the comments, 1 and 2 shorten them, 3 keeps warnings and documentation only.
        say: Shortens prose.

    Returns:
        None where the language is not sure.
    """
    given = language(text)
    tokens = lex(text, given) if given else None
    if given is None or tokens is None:
        return None
    kept = _kept(tokens, level, say, given)
    short = lay_out(_spaced(kept, given)) if given.newlines != "hard" else _lines(kept)
    again = lex(short, given)
    return short if again is not None and meaning(again) == meaning(tokens) else text


def meaning(tokens: Sequence[Token]) -> list[str]:
    """What the program is: its tokens without blanks and comments."""
    return [token.text for token in tokens if token.kind not in {"space", "comment"}]


# -- comments ----------------------------------------------------------------------------------


def _kept(tokens: Sequence[Token], level: int, say: Callable[[str], str], given: Language) -> Sequence[Token]:
    if not level:
        return tokens
    out: list[Token] = []
    for i, token in enumerate(joined := comments_joined(tokens)):
        if token.kind != "comment":
            out.append(token)
            continue
        words = words_of(token.text)
        if any(map(str.isalnum, words)) and (level < _LAST or is_warning(words) or _documents(joined, i, given)):
            out.append(Token("comment", _written(say(words), token.text, given)))
    return out


def _documents(tokens: Sequence[Token], at: int, given: Language) -> bool:
    """Whether a comment is documentation, by its sign or, in Go, by its place above a declaration."""
    if given.name != "go":
        return bool(_DOCUMENTATION.match(tokens[at].text))
    behind = tokens[at + 1 : at + 3]
    return len(behind) == 2 and behind[0].text == "\n" and behind[1].text in {"func", "type", "package", "var", "const"}


def _written(words: str, comment: str, given: Language) -> str:
    if comment.startswith("/*") and "*/" not in words:
        return f"{'/**' if comment.startswith('/**') else '/*'} {words} */"
    sign = comment[:3] if comment[:3] in {"///", "//!"} else given.line
    return "\n".join(f"{sign} {line}" for line in words.split("\n"))


# -- blanks ------------------------------------------------------------------------------------


def _spaced(tokens: Sequence[Token], given: Language) -> list[str | Choice]:
    """The tokens with the choices for what stands between them."""
    out: list[str | Choice] = []
    last: Token | None = None
    between = ""
    for token in tokens:
        if token.kind == "space":
            between += token.text
            continue
        if last is not None:
            out.append(_gap(last, token, between, given))
        out.append(token.text)
        last, between = token, ""
    return out


def _gap(last: Token, token: Token, between: str, given: Language) -> Choice:
    if "fixed" in {last.kind, token.kind}:
        return ("\n",) if "\n" in between else (between,)
    if last.kind == "comment" and not last.text.endswith("*/"):
        return ("\n",)
    if not between:
        return ("",)
    one, two = last.text[-1], token.text[0]
    closed = (one in _BRACKETS or two in _BRACKETS or (one in _SIGNS) != (two in _SIGNS)) and _apart(one, two)
    comment = "comment" in {last.kind, token.kind}
    blank: Choice = ("", " ") if closed or comment else (" ",)
    if "\n" not in between:
        return blank
    if given.newlines == "soft" and not comment and not _continued(last, token, given):
        return ("\n",)
    return ("\n",) if comment else ("\n", *blank)


def _continued(last: Token, token: Token, given: Language) -> bool:
    """Whether a line goes on: brackets and commas say so. In Go a group of declarations ends in a line of its own."""
    if token.kind == "code" and token.text in _CLOSING:
        return given.name != "go" or token.text != ")" or last.text.endswith(_OPENING)
    return last.kind == "code" and last.text.endswith(_OPENING)


def _apart(one: str, two: str) -> bool:
    """Whether two neighbours stay two tokens without a blank: letters and brackets do, dots and unknown signs may not."""
    return (one in _SIGNS or _plain(one)) and (two in _SIGNS or _plain(two)) and not (_plain(one) and _plain(two))


def _plain(sign: str) -> bool:
    return sign.isalnum() or sign in "_\"'`"


def _lines(tokens: Sequence[Token]) -> str:
    """The text without blank lines, indentation and blanks at the ends of lines; strings untouched."""
    out = ""
    for token in tokens:
        if token.kind == "space" and "\n" in token.text:
            out = out.rstrip() + "\n"
        elif not (token.kind == "space" and out.endswith("\n")):
            out += token.text
    return out.strip("\n")
