"""What a notation of code lost or invented, by its words: for code that is not Python, and for shorthand of Python.

Shorthand may leave out local names, types and brackets and write signs for words, so a fact counts as kept where its
words stand, and an operator where it, or a sign for it, stands between the same neighbours or at all.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import evolve, frozen

from semzip.local.code_check import arguments, context, contrary, order, places, sides
from semzip.local.code_check.conditions import Word, spelled
from semzip.local.code_check.names import Names, headers, without_self
from semzip.local.code_check.shorthand import (
    ALIAS,
    CALLS,
    CONTROL,
    FILLER,
    SIGNS,
    STEPS,
    WORDS,
    number,
)
from semzip.local.code_check.words import NAME, Words, lexed
from semzip.local.syntax.python_facts import MARKS, Fact, facts
from semzip.local.syntax.python_tree import docstrings, walk
from semzip.records import Loss

_REASONING: Final = ("any", "all", "and", "or", "&&", "||", "∧", "∨", "&", "not", "in", "∈", "==", "!=", "is")
"""Words and signs of an expression that is true or false."""
_BOOLEAN: Final = (True, False)
_DEFAULT_CODINGS: Final = frozenset({"utf-8", "utf8"})
_LONG: Final = re.compile(r"[^\W\d_]{4,}")


def compare(original: str, compressed: str, tree: ast.Module | None) -> tuple[float, tuple[Loss, ...]]:
    """Compare code with its shorthand.

    Args:
        original: The code as it was.
        compressed: A notation of it, or other code that does not parse as Python.
        tree: The syntax tree of `original`; None where it is not Python.

    Returns:
        The share of its facts that survive, in [0, 1], and what was lost or invented.
    """
    short = Words(unfenced(compressed))
    if tree is None:
        lost, total = _other(original, short)
        losses = [*lost, *_invented(original, short, "")]
    else:
        view = _View.of(tree, original, short)
        lost, total = _python(view)
        said = " ".join(_value(fact.what) for fact in facts(tree) if fact.kind == "string").lower()
        losses = [*lost, *_displaced(view), *_invented(original, short, said)]
    hard = sum(loss.hard and not loss.invented for loss in losses)
    return max(0.0, 1 - hard / max(1, total)), tuple(dict.fromkeys(losses))


@frozen
class _View:
    """A Python program beside its shorthand."""

    tree: ast.Module
    original: str
    short: Words
    tokens: list[tuple[str, str, int]]
    words: list[Word]
    sources: dict[str, frozenset[str]]
    conditions: contrary.Review

    @classmethod
    def of(cls, tree: ast.Module, original: str, short: Words) -> _View:
        tokens = _code_tokens(original, tree)
        short.abbreviates(frozenset(NAME.findall(original)))
        words = spelled(short.flat, short.text)
        sources = context.sources(tree)
        known = frozenset(NAME.findall(original)) | {number(text) for kind, text, _ in tokens if kind == "number"}
        conditions = contrary.review(tree, words, known, sources)
        return cls(tree, original, short, tokens, words, sources, conditions)


def _displaced(view: _View) -> list[Loss]:
    """What stands in the shorthand where the program has something else."""
    starts = _line_starts(view.original)
    names = _names(view.tree, view.tokens)
    program, words = spelled(view.tokens, view.original), without_self(view.words)
    held = Names.of(program, view.words, names.types, view.sources)
    program, declared = without_self(program), headers(words)
    return [
        *order.changed(view.tokens, view.short.flat, names, view.conditions.settled),
        *(
            loss if loss.invented else evolve(loss, where=starts[min(loss.where or 1, len(starts)) - 1])
            for loss in view.conditions.losses
        ),
        *context.unknown(view.original, view.words),
        *context.unbound(view.tree, view.words),
        *places.misplaced(view.tree, program, words, held, declared),
        *arguments.changed(view.tree, program, words, held, declared),
        *context.recalculated(program, words),
        *context.misstepped(view.tree, view.words),
    ]


def _code_tokens(original: str, tree: ast.Module) -> list[tuple[str, str, int]]:
    """The lexical tokens of a Python text without its docstrings."""
    spoken = [doc[:40] for doc in docstrings(tree).values()]
    return [
        token for token in lexed(original) if token[0] != "string" or not any(doc and doc in token[1] for doc in spoken)
    ]


def _names(tree: ast.Module, short: Sequence[tuple[str, str, int]]) -> order.Names:
    """What shorthand may do with the names of a program."""
    nodes = list(walk(tree))
    own = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    types: set[str] = set()
    for node in nodes:
        for note in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(note, ast.AST):
                types.update(NAME.findall(ast.unparse(note)))
    used = {fact.what.lstrip(".") for fact in facts(tree) if fact.kind in {"identifier", "call"}}
    return order.Names(
        frozenset(own), frozenset(types - used - {"None", "True", "False"}), frozenset(text for _, text, _ in short)
    )


def unfenced(text: str) -> str:
    """A text without the fence around the whole of it."""
    found = re.fullmatch(r"\s*```\w*\n([\s\S]*?)\n?```\s*", text)
    return found.group(1) if found else text


# -- facts of a Python original --------------------------------------------------------------


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _python(view: _View) -> tuple[list[Loss], int]:
    tree, original, short = view.tree, view.original, view.short
    losses: list[Loss] = []
    seen: set[tuple[str, str]] = set()
    starts = _line_starts(original)
    answers = _answers(tree) if short.any_of(_REASONING) else frozenset[str]()
    for fact in facts(tree):
        if fact.what in MARKS or fact.key in seen:
            continue
        seen.add(fact.key)
        answered = fact.kind == "operator" and fact.what in view.conditions.answered
        if fact.what not in answers and not answered and not _kept(fact, short):
            start = starts[min(fact.line, len(starts)) - 1]
            what = fact.what if fact.kind == "operator" else fact.what.strip(".='\"")
            losses.append(Loss(fact.kind, what, max(start, original.find(what, start))))
    losses += sides.changed(tree, short, view.conditions.answered, starts)
    losses += _more_steps(tree, short)
    losses += unsaid(tree, original, short.parts)
    return losses, len(seen)


def _more_steps(tree: ast.Module, short: Words) -> list[Loss]:
    """Steps that the shorthand takes more often than the program: it may merge them, but has no use for new ones."""
    had = Counter(STEPS.get(type(node), "") for node in walk(tree))
    has = Counter(ALIAS.get(word, word) for kind, word, _ in short.flat if kind == "name")
    return [
        Loss("control", step, next(at for _, word, at in short.flat if ALIAS.get(word, word) == step), invented=True)
        for step in sorted(set(STEPS.values()))
        if has[step] > had[step]
    ]


def _answers(tree: ast.Module) -> frozenset[str]:
    """Truth values that are returned, looped on, or both given to one name: `any(…)` and `x = a in b` say them."""
    said: set[str] = set()
    other: set[str] = set()
    flags = Counter(name for name, _ in {(name, value) for _, name, value in _flags(tree)})
    known = {id(node) for node, name, _ in _flags(tree) if flags[name] == len(_BOOLEAN)}
    for node in walk(tree):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Constant) and isinstance(child.value, bool):
                free = isinstance(node, ast.Return | ast.While) or id(node) in known
                (said if free else other).add(repr(child.value))
    return frozenset(said - other)


def _flags(tree: ast.Module) -> Iterator[tuple[ast.Assign, str, bool]]:
    """Where a name is given a truth value."""
    for node in walk(tree):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.targets[0], ast.Name)
        ):
            value = node.value.value
            if isinstance(value, bool):
                yield node, node.targets[0].id, value


def unsaid(tree: ast.Module, original: str, parts: frozenset[str]) -> list[Loss]:
    """The docstrings of which fewer than half of the long words are among these."""
    losses: list[Loss] = []
    for doc in docstrings(tree).values():
        words = _LONG.findall(doc.lower())
        if sum(word in parts for word in words) < len(words) / 2:
            losses.append(Loss("comment", " ".join(doc.split())[:80], max(0, original.find(doc[:30]))))
    return losses


def _kept(fact: Fact, short: Words) -> bool:
    what = fact.what.lstrip(".")
    if fact.kind == "call":
        return what in {"()", "cast"} or short.has(what) or short.any_of(CALLS.get(what, ()))
    if fact.kind == "string":
        return _string_kept(what, short)
    if fact.kind == "constant":
        return _constant_kept(what, short)
    if fact.kind == "operator":
        return what not in SIGNS or short.any_of((what, *SIGNS[what]))
    if fact.kind == "control":
        return what not in CONTROL or short.any_of(CONTROL[what])
    if fact.kind == "identifier" and fact.what.startswith("."):
        return short.has(what) or short.has(what.strip("_")) or (what == "inf" and "∞" in short.text)
    return True


def _string_kept(literal: str, short: Words) -> bool:
    if literal in {"f", "end"} or literal.startswith("{"):
        return True
    value = _value(literal)
    if value in _DEFAULT_CODINGS and not short.names.keys().isdisjoint({"encode", "decode"}):
        return True
    words = re.findall(r"\w+", value)
    if words:
        return all(_said(word, short) for word in words)
    value = value.strip()
    return len(value) < 4 or value in short.text or repr(value)[1:-1] in short.text


def _said(word: str, short: Words) -> bool:
    """Whether a word of a string stands there; one of a script without blanks may stand within others."""
    return word.lower() in short.parts or word.lower() in FILLER or (not word.isascii() and word in short.text)


def _value(literal: str) -> str:
    """What a string literal says."""
    try:
        value: object = ast.literal_eval(literal)
    except (SyntaxError, ValueError):
        return literal.strip("'\"`")
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _constant_kept(what: str, short: Words) -> bool:
    if what in {"None", "Ellipsis"}:
        return True
    if what in {"True", "False"}:
        return (
            what in short.names
            or what.lower() in short.names
            or short.any_of({"True": ("✓", "⊤", "1"), "False": ("!", "✗", "⊥", "0")}[what])
        )
    if what in {"0", "1"}:
        return True
    return number(what) in short.numbers or bool(re.search(rf"(?<![\w.]){re.escape(what)}(?!\w)", short.text))


# -- facts of any other original -------------------------------------------------------------


def _other(original: str, short: Words) -> tuple[list[Loss], int]:
    words = Words(original)
    losses = [
        Loss("call", name, at) for name, at in words.called.items() if name not in short.names and name not in WORDS
    ]
    losses += [Loss("string", text, at) for text, at in words.strings if not _string_kept(text, short)]
    losses += [Loss("constant", text, at) for text, at in words.numbers.items() if text not in short.numbers]
    for kind, table in (("control", CONTROL), ("operator", SIGNS)):
        losses += [
            Loss(kind, word, max(0, original.find(word)))
            for word, signs in table.items()
            if (words.signs[word] or words.names[word]) and not short.any_of((word, *signs))
        ]
    return losses, len(words.called) + len(words.strings) + len(words.numbers) + 1


def _invented(original: str, short: Words, said: str) -> list[Loss]:
    """Names called, numbers and strings that the original, whose strings are `said`, does not have."""
    was = Words(original)
    losses = [
        Loss("call", name, at, invented=True)
        for name, at in short.called.items()
        if len(name) > 1
        and name not in was.names
        and name not in WORDS
        and name.lower() not in was.parts
        and not name.startswith("_")
    ]
    indices = short.indices()
    numerals = {number(n) for n in re.findall(r"\d+(?:\.\d+)?", original)}
    losses += [
        Loss("constant", text, at, invented=True)
        for text, at in short.numbers.items()
        if text not in was.numbers
        and text not in numerals
        and text not in indices
        and text not in {"0.0", "1.0", "-1.0"}
    ]
    for text, at in short.strings:
        words = [w.lower() for w in re.findall(r"[^\W\d_]{3,}", text[1:])]
        if words and sum(word in was.said or word in said for word in words) < 0.6 * len(words):
            losses.append(Loss("string", text, at, invented=True))
    return losses
