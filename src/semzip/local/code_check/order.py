"""What shorthand for code changed in its place: an operator, a constant or a name between neighbours that both texts have.

Both texts are cut into words and signs, written alike, and aligned. Only what stands between two runs that agree is
judged, and only where little else was rewritten there: shorthand may move, merge and rename elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from attrs import frozen

from semzip.local.code_check.shorthand import CALLS, FILLER, WORDS, number
from semzip.records import Loss

_ALIKE: Final = {
    "&&": "and", "∧": "and", "||": "or", "∨": "or", "!": "not", "¬": "not", "≠": "!=", "!==": "!=", "<>": "!=", "===": "==",
    "≡": "==", "≤": "<=", "≥": ">=", "∈": "in", "×": "*", "null": "None", "nil": "None", "true": "True", "false": "False",
    "fn": "def", "λ": "lambda", "ret": "return", "throw": "raise",
}  # fmt: skip
_SIGNS: Final = frozenset(
    {
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "and",
        "or",
        "not",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "&",
        "^",
        "~",
        "<<",
        ">>",
        "is",
        "in",
    }
    | {"+=", "-=", "*=", "/="}
)
_FLOW: Final = frozenset({"raise", "break", "continue", "await", "yield"})
_SILENT: Final = frozenset(
    {
        "self",
        "cls",
        "def",
        "return",
        "if",
        "else",
        "elif",
        "for",
        "while",
        "try",
        "except",
        "with",
        "as",
        "lambda",
        "async",
    }
    | {"class", "pass", "from", "import", "match", "case", "then", "when", "do", "end", "finally", "_"}
)
_BRANCHES: Final = frozenset({"|", "else", "→", ":", ";"})
_OPENING: Final = frozenset({"(", ",", "{", "[", "yield", "lambda", "", "="})
_EXCLAIMED: Final = frozenset({"(", "assert", "raise"})
"""What a sign of exclamation stands before that may be a guard's mark as well as a negation."""
_MARKS: Final = frozenset({"*", "**", "/"})
_PIPES: Final = frozenset({">>", "<<", "^", "~", "**"})
_LOOSE: Final = frozenset({"and", "or", "==None", "!=None"})
"""Operators that shorthand may add or leave out: nested conditions become one, `x is not None` becomes `x`."""
_ASKING: Final = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not", "and", "or", "==None", "!=None"})
_TESTS: Final = frozenset({"==None", "!=None"})
_JOINS: Final = frozenset({"and", "or", "not"})
"""`x is not None` with what follows from it may become `x and …`."""
_ELSE: Final = frozenset({"else", "?", "|"})
_SOON = 16
_VALUES: Final = frozenset({"True", "False", "None"})
_PART: Final = re.compile(r"\w+")
_WIDEST = 3
_MOST: Final = 1_000_000
"""Pairs of the same word that are aligned; a text with more of them says the same again and again."""


@frozen
class _Word:
    """A word or sign; a guard begins a condition, and a chosen one is the value of a condition."""

    key: str
    kind: str
    at: int
    guard: bool = False
    chosen: bool = False


@frozen
class Names:
    """What shorthand may do with a program's names.

    Args:
        own: Variables and parameters: it may rename them.
        types: Names in annotations alone: it may drop them.
        known: Every word and sign of the code.
    """

    own: frozenset[str]
    types: frozenset[str]
    known: frozenset[str]


def changed(
    original: Sequence[tuple[str, str, int]],
    short: Sequence[tuple[str, str, int]],
    names: Names,
    settled: Sequence[tuple[int, int]] = (),
) -> list[Loss]:
    """The losses and inventions between neighbours.

    Args:
        original: (kind, text, offset) of each lexical token of the code.
        short: The same of its shorthand.
        names: What may be renamed and dropped.
        settled: Where the shorthand asks what the program asks, by offsets: in other words, if it does.
    """
    left = [word for word in _written(original, names) if word.key not in names.types]
    right = [word for word in _written(short, names) if word.key not in names.types]
    keys, others = [word.key for word in left], [word.key for word in right]
    counts = Counter(others)
    if sum(counts[key] for key in keys) > _MOST:
        return []
    codes = SequenceMatcher(None, keys, others, autojunk=False).get_opcodes()
    there = frozenset(word.key for word in right)
    losses: list[Loss] = []
    matches = any(text in {"match", "switch"} for _, text, _ in short)
    for n, (tag, i, j, k, m) in enumerate(codes):
        around = 0 < n < len(codes) - 1
        if tag != "equal" and around and j - i <= _WIDEST and m - k <= _WIDEST:
            gone = [
                word
                for word in left[i:j]
                if not (word.key == "not" and word.guard and _branches(short, right[min(k, len(right) - 1)].at))
            ]
            new = right[k:m]
            if matches and not new:
                gone = [word for word in gone if word.key != "=="]
            if any(start <= word.at <= end for word in right[max(0, k - 1) : m + 1] for start, end in settled):
                gone, new = ([word for word in side if word.key not in _ASKING] for side in (gone, new))
            losses += _judged(gone, new, names, there)
    return losses


def _branches(tokens: Sequence[tuple[str, str, int]], start: int) -> bool:
    """Whether a condition at `start` soon has an alternative: then a guard may stand turned round."""
    behind = [text for _, text, at in tokens if at >= start][:_SOON]
    return not _ELSE.isdisjoint(behind)


def _written(tokens: Sequence[tuple[str, str, int]], names: Names) -> Iterator[_Word]:
    """The words and signs that mean something, written alike."""
    texts = ["", *(text for _, text, _ in tokens), ""]
    for n, (kind, text, at) in enumerate(tokens):
        before, behind = texts[n], texts[n + 2]
        word = _ALIKE.get(text, text)
        if kind == "string":
            yield _Word(text.lstrip("rbfuRBFU").strip("\"'`"), "string", at)
        elif kind == "number":
            yield _Word(number(word), "constant", at)
        elif word in _SIGNS:
            sign = _sign(text, word, before, behind, names)
            if sign in {"==", "!="} and "None" in texts[n + 2 : n + 4]:
                yield _Word(sign + "None", "operator", at)
            elif sign:
                loose = text == "!" and (before in _OPENING | {"|>"} or behind in _EXCLAIMED)
                sort = "mark" if loose else "control" if sign == "raise" else "operator"
                yield _Word(sign, sort, at, before in {"if", "elif"})
        elif word in _FLOW:
            yield _Word(word, "control", at)
        elif word in _VALUES and not (word == "None" and before in {"is", "not", "==", "!="}):
            yield _Word(word, "constant", at)
        elif kind == "name" and word not in _SILENT:
            chosen = behind == "if" or _head(texts, n) == "else"
            yield _Word(word, "call" if behind == "(" else "identifier", at, chosen=chosen)


def _head(texts: Sequence[str], n: int) -> str:
    """What stands before the name, past what it is an attribute of."""
    while n > 1 and texts[n] == ".":
        n -= 2
    return texts[n]


def _sign(text: str, word: str, before: str, behind: str, names: Names) -> str:
    """What a sign means where it stands; nothing if it is a mark of the notation or of a list of parameters."""
    if text == "!":
        return "raise" if behind[:1].isupper() else "" if before in _BRANCHES else "not"
    if (text in _MARKS and (before in _OPENING or behind in {",", ")"})) or (
        text in _PIPES and text not in names.known
    ):
        return ""
    if word == "&" and text not in names.known:
        return "and"
    if word == "is":
        return "!=" if behind == "not" else "=="
    return "" if word == "not" and before == "is" else word


def _words(word: _Word) -> list[str]:
    """What a string says, less its articles and the like."""
    return [part for part in _PART.findall(word.key.lower()) if part not in FILLER] or [word.key]


def _judged(gone: list[_Word], new: list[_Word], names: Names, there: frozenset[str]) -> Iterator[Loss]:
    """What was exchanged, dropped or added between neighbours that stayed."""
    for kind in ("operator", "constant", "control"):
        a, b = ([word for word in side if word.kind == kind] for side in (gone, new))
        alone = len(gone) == len(a) and len(new) == len(b)
        if a and b and {word.key for word in a} <= _TESTS and {word.key for word in b} <= _JOINS:
            continue
        joins = not a and {word.key for word in b} <= {"+", "in"}
        single = kind == "operator" and not joins and not {word.key for word in (*a, *b)} & _LOOSE
        if (a and b and len(gone) == len(new)) or (alone and single):
            yield from (Loss(kind, word.key, word.at) for word in a)
            yield from (Loss(kind, word.key, word.at, invented=True) for word in b)
    if len(gone) == len(new) == 1 and gone[0].kind == new[0].kind == "string" and _words(gone[0]) != _words(new[0]):
        yield Loss("string", gone[0].key, gone[0].at)
        yield Loss("string", new[0].key, new[0].at, invented=True)
    if len(gone) == len(new) == 1 and {gone[0].kind, new[0].kind} <= {"identifier", "call"} and not new[0].chosen:
        old, name = gone[0], new[0]
        own = old.key in names.own
        renamed = (old.key not in there and (own or name.key not in names.known)) or (
            own and name.key not in names.known
        )
        if not renamed and old.key not in CALLS and name.key not in WORDS:
            yield Loss(old.kind, old.key, old.at)
            yield Loss(name.kind, name.key, name.at, invented=True)
