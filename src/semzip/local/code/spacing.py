"""How the tokens of a program are spaced: every gap is closed, or opened where the tokenizer then needs fewer tokens.

A byte-pair tokenizer first cuts a text where a word (letters) or a numeral ends. So what stands between two words, with
the word that follows, costs the same wherever it stands: each such stretch is solved once, by trying, and remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from typing import Final

from semzip.tokens import count_tokens

_WORDS: Final = re.compile(r"[^\W_](?s:.*)[^\W_]|[^\W_]")
_HEAD: Final = re.compile(r"[^\W\d_]*")
_TRIES: Final = 256
_CLOSED: Final = ("",)
_OPEN: Final = (" ",)
_FREE: Final = ("", " ")

Choice = tuple[str, ...]
"""Forms of one separator, the first of which is taken where all cost the same."""


@lru_cache(maxsize=16384)
def _split(token: str) -> tuple[str, str, str, str]:
    """What precedes the first letter or digit, up to the last one, what follows it; and the first run of letters."""
    found = _WORDS.search(token)
    if not found:
        return token, "", "", ""
    core = found.group()
    head = _HEAD.match(core)
    return token[: found.start()], core, token[found.end() :], head.group() if head else ""


@lru_cache(maxsize=32768)
def _cheapest(parts: tuple[Choice, ...], head: str) -> str:
    """The cheapest way to write `parts` before a word that begins with `head`."""
    total = 1
    tried: list[Choice] = []
    for part in reversed(parts):
        total *= len(part)
        tried.append(part if total <= _TRIES else part[:1])
    best, least = "", 1 << 30
    for choice in product(*reversed(tried)):
        text = "".join(choice)
        cost = count_tokens(text + head)
        if cost < least:
            best, least = text, cost
    return best


def lay_out(tokens: Iterable[str | Choice]) -> str:
    """The text of these lexical tokens, spaced for the fewest language-model tokens."""
    out: list[str] = []
    run: list[Choice] = []
    last, numeral = "\n", False
    for token in tokens:
        if isinstance(token, tuple):
            run.append(token)
            last = "\n"
            continue
        lead, core, tail, head = _split(token)
        first = token[0]
        if last == "\n":
            pass
        elif (last.isalnum() or last == "_" or numeral) and (first.isalnum() or first == "_"):
            run.append(_OPEN)
        else:
            run.append(_FREE)
        if lead:
            run.append((lead,))
        if core:
            if run:
                out.append(_cheapest(tuple(run), head))
                run.clear()
            out.append(core)
            if tail:
                run.append((tail,))
        last, numeral = token[-1], first.isdecimal() or (first == "." and token[1:2].isdecimal())
    if run:
        out.append(_cheapest(tuple(run), ""))
    return "".join(out)
