"""What code in semzip's own shorthand lost or invented: sign by sign, against the shorthand of the original.

The shorthand of a program is known, so a text in it is compared exactly. Which gaps, line ends, quotes and annotations it
has, and whether it says `ret` or `return`, counts for nothing. Shorthand of another hand, with blanks around `=` and signs
that semzip does not write, is left to `lexical`.
"""

from __future__ import annotations

import ast
import copy
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from attrs import frozen

from semzip.local.code.python import shorthand
from semzip.local.code_check.lexical import unfenced, unsaid
from semzip.local.code_check.shorthand import number
from semzip.local.prose.words import collect
from semzip.local.prose_check.check import compare_part
from semzip.local.syntax.python_tree import comments, docstrings, walk
from semzip.records import Loss

_TOKEN: Final = re.compile(
    r"(?P<comment>\#(?=[\s\W])[^\n]*)"
    r"|(?P<string>[rbfuRBFU]{0,2}(?:\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'))"
    r"|(?P<number>(?:(?<!\w)0[xXbBoO][\da-fA-F_]+|(?:(?<!\w)\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?j?))"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<end>[\n;])"
    r"|(?P<sign>\*\*=?|//=?|<<=?|>>=?|[=!<>+\-*/%&|^:@]=|->|&&|\|\||\.\.\.|[^\w\s])"
)
_WORD: Final = re.compile(r"[^\W_]+")
_WHOLE: Final = re.compile(_TOKEN.pattern + r"|\s+")
_ALIKE: Final = {
    "return": "ret", "throw": "!", "&&": "and", "||": "or", "≤": "<=", "≥": ">=", "≠": "!=", "∈": "in", "def": "fn",
    "null": "None", "true": "True", "false": "False", "=>": "→",
}  # fmt: skip
_WORDS: Final = {"and", "or", "not", "in", "is"}
_CONTROL: Final = collect(
    "ret for while try except raise break continue yield await else finally with assert del global nonlocal async fn class "
    "lambda import from as match if pass ! → ; { }"
)
_VALUES: Final = frozenset({"True", "False", "None"})
_MARKS: Final = frozenset({"(", ")", "[", "]", "{", "}", ";", ",", ":", ".", "→"})
"""Signs that are named as a loss only where nothing else differs."""
_HEADER: Final = re.compile(r"\bfn ?:[^\n=]*[^\s=]=(?!=)")
_FOREIGN: Final = re.compile(r"\|>|[?λ≤≥≠≡∈∉∀∃∧∨¬⇒⊕∪∩]|&&|\|\||\S = ")
"""What shorthand of another hand has."""
_NEAR: Final = 0.4
_STEPS: Final = collect(
    "{ ; pass ret raise ! for while try with assert del global nonlocal import from match break continue"
)
"""What follows a function's `=` where its value is not what is returned."""
_LONGEST: Final = 6_000
_WINDOW: Final = 400
"""How far, in characters, the next sign of the shorthand is looked for in the original."""


@frozen
class _Sign:
    key: str
    kind: str
    at: int


def compare(original: str, compressed: str, tree: ast.Module) -> tuple[float, tuple[Loss, ...]] | None:
    """Compare a Python program with what may be its shorthand.

    Args:
        original: The program as it was.
        compressed: The text to be checked.
        tree: The syntax tree of `original`.

    Returns:
        The share that survives, in [0, 1], and what was lost or invented; None where the text is no shorthand of
        semzip's, or one of a quite different program.
    """
    compressed = unfenced(compressed)
    if not is_own(compressed):
        return None
    original = textwrap.dedent(original)
    right = list(_signs(compressed))
    if len(right) > _LONGEST:
        return None
    try:
        left = list(_signs(" ".join(shorthand.signs(tree, original))))
        codes = _differences(left, right)
        if any(tag != "equal" for tag, *_ in codes):
            bare = list(_signs(" ".join(shorthand.signs(_unannotated(tree), original))))
            left, codes = min(((left, codes), (bare, _differences(bare, right))), key=lambda pair: -_equal(pair[1]))
    except RecursionError:
        return None
    alike = 2 * _equal(codes) / (len(left) + len(right))
    if alike < _NEAR:
        return None
    losses = _losses(left, right, codes, original)
    losses += _said(original, compressed, tree)
    losses += unsaid(tree, original, frozenset(_WORD.findall(compressed.lower())))
    return alike, tuple(dict.fromkeys(losses))


def is_own(text: str) -> bool:
    """Whether a text looks like shorthand that semzip wrote."""
    code = "".join(
        "''" if m.lastgroup == "string" else m.group() for m in _WHOLE.finditer(text) if m.lastgroup != "comment"
    )
    return bool(_HEADER.search(code)) and not _FOREIGN.search(code)


def _differences(left: Sequence[_Sign], right: Sequence[_Sign]) -> Sequence[tuple[str, int, int, int, int]]:
    one, other = [sign.key for sign in left], [sign.key for sign in right]
    if one == other:
        return [("equal", 0, len(one), 0, len(other))]
    return SequenceMatcher(None, one, other, autojunk=False).get_opcodes()


def _equal(codes: Iterable[tuple[str, int, int, int, int]]) -> int:
    return sum(j - i for tag, i, j, _, _ in codes if tag == "equal")


def _unannotated(tree: ast.Module) -> ast.Module:
    tree = copy.deepcopy(tree)
    for node in walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
    return tree


def _signs(text: str) -> Iterator[_Sign]:
    """The signs of a shorthand, each written one way; what ends a statement only where a bracket does not say so."""
    found = [match for match in _TOKEN.finditer(text) if match.lastgroup != "comment"]
    depth, ended, last_opens, header = 0, True, True, False
    for n, match in enumerate(found):
        word, kind = match.group(), match.lastgroup or ""
        behind = found[n + 1].group() if n + 1 < len(found) else ""
        if kind == "end":
            ended = ended or depth == 0
            continue
        if word in {"(", "["}:
            depth += 1
        elif word in {")", "]"}:
            depth = max(0, depth - 1)
        if ended and n and word != "}" and not last_opens:
            yield _Sign(";", "control", match.start())
        was = header
        ended, last_opens = False, word in {"{", "}"}
        header = word == "fn" or (header and not (word == "=" and depth == 0))
        if word == "," and behind in {")", "]", "}"}:
            continue
        yield _sign(word, kind, behind, match.start())
        if word == "=" and was and not header and (_ALIKE.get(behind, behind).strip() or "{") not in _STEPS:
            yield _Sign("ret", "control", match.end())


def _sign(word: str, kind: str, behind: str, at: int) -> _Sign:
    if kind == "string":
        return _Sign(_value(word), "string", at)
    if kind == "number":
        return _Sign(number(word), "constant", at)
    word = _ALIKE.get(word, word)
    if word in _VALUES:
        return _Sign(word, "constant", at)
    if word in _CONTROL:
        return _Sign(word, "control", at)
    if kind == "sign" or word in _WORDS:
        return _Sign(word, "operator", at)
    return _Sign(word, "call" if behind == "(" else "identifier", at)


def _value(literal: str) -> str:
    """What a string is, whatever its quotes."""
    try:
        return repr(ast.literal_eval(literal))
    except (SyntaxError, ValueError):
        return literal.replace('"', "'")


def _losses(
    left: Sequence[_Sign], right: Sequence[_Sign], codes: Iterable[tuple[str, int, int, int, int]], original: str
) -> list[Loss]:
    places = _places(left, original)
    gone: list[tuple[_Sign, int]] = []
    new: list[_Sign] = []
    for tag, i, j, k, m in codes:
        if tag != "equal":
            gone += zip(left[i:j], places[i:j], strict=True)
            new += right[k:m]
    telling = [pair for pair in gone if pair[0].key not in _MARKS]
    invented = [sign for sign in new if sign.key not in _MARKS]
    if not telling and not invented:
        telling, invented = gone, new
    return [Loss(sign.kind, sign.key, at) for sign, at in telling] + [
        Loss(sign.kind, sign.key, sign.at, invented=True) for sign in invented
    ]


def _places(signs: Sequence[_Sign], original: str) -> list[int]:
    """Where each sign stands in the original, or the last one before it that was found."""
    out: list[int] = []
    at = 0
    for sign in signs:
        found = original.find(sign.key.strip("'\""), at, at + _WINDOW) if sign.key not in _MARKS else -1
        at = at if found < 0 else found
        out.append(at)
    return out


def _said(original: str, compressed: str, tree: ast.Module) -> list[Loss]:
    """What its remarks say that no docstring or comment of the original says."""
    remarks = [m.group()[1:].strip() for m in _TOKEN.finditer(compressed) if m.lastgroup == "comment"]
    if not remarks:
        return []
    told = "\n\n".join([*docstrings(tree).values(), *(note.words for note in comments(original))])
    if not told:
        return [Loss("statement", remark[:80], None, invented=True) for remark in remarks]
    _, losses = compare_part(told, "\n\n".join(remarks))
    return [Loss(loss.kind, loss.what, None, invented=True) for loss in losses if loss.hard and loss.invented]
