"""Code: the same program in fewer tokens. Python by its syntax tree; what does not parse stays as it is."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable

from semzip.local.code import lexical, lines
from semzip.local.code.python import comments as python_comments
from semzip.local.code.python import outline
from semzip.local.code.python import shorthand as python_shorthand
from semzip.local.code.python.literals import Source, quoted
from semzip.local.code.python.statements import Statements
from semzip.local.code.spacing import lay_out
from semzip.local.prose import engine as prose
from semzip.local.prose.salience import Salience
from semzip.local.prose_check.check import compare_part
from semzip.local.syntax.python_tree import comments, parse, same
from semzip.tokens import count_tokens

_LEVELS = 4
_SENTENCE = re.compile(r"(?<=[.!?]) .*")
_FAITHFUL = 0.85
"""Lowest share of its facts that a docstring or comment keeps: above the check's own threshold."""


def _document(doc: str, level: int, salience: Salience | None) -> str:
    """A docstring, reflowed, its prose shortened, as a literal."""
    clean = inspect.cleandoc(doc)
    return quoted(_said(clean, level, salience))


def _said(text: str, level: int, salience: Salience | None) -> str:
    """Prose in fewer words, by the strongest means, up to `level`, that loses nothing."""
    tried = ""
    for strength in range(level, 0, -1):
        short = prose.shorten(text, level=strength, salience=salience)
        if short.strip() and short not in {text, tried}:
            score, losses = compare_part(text, short)
            if score >= _FAITHFUL and not any(loss.hard for loss in losses):
                return short
        tried = short
    return text


def shorten(text: str, *, level: int, salience: Salience | None = None, dense: bool = False) -> str:
    """Code that does the same, in fewer tokens.

    Args:
        text: The code.
        level: 0 changes the layout alone; from 1 on docstrings and comments are shortened; 3 keeps of the comments
            warnings only.
        salience: Trained weights for docstrings and comments.
        dense: Write Python in shorthand, which says the same but does not run, where that is shorter.

    Returns:
        Python with the same syntax tree, docstrings aside; other languages with the same tokens, comments aside; the
        text itself where nothing is saved or its language is not sure.
    """
    dedented = textwrap.dedent(text)
    tree = parse(dedented)
    if tree is None or not tree.body:
        other = lexical.shorten(text, level=level, say=lambda note: _said(note, level, salience))
        return text if other is None else min(text, other, key=count_tokens)
    plain = _python(tree, dedented, level, salience) or text
    if not dense:
        return min(text, plain, key=count_tokens)
    try:
        short = python_shorthand.write(tree, dedented, lambda doc: _summary(doc, level, salience))
    except RecursionError:
        return min(text, plain, key=count_tokens)
    return min(text, short, plain, key=count_tokens)


def _python(tree: ast.Module, text: str, level: int, salience: Salience | None) -> str | None:
    """The same program, laid out anew; None where that would be another one."""
    notes = python_comments.shortened(comments(text), level, lambda note: _said(note, level, salience))
    writer = Statements(Source(text), notes, lambda doc: _document(doc, level, salience))
    try:
        writer.module(tree)
    except RecursionError:
        return None
    short = lay_out(writer.out)
    again = parse(short)
    return short if again and same(tree, again) else None


def _summary(doc: str, level: int, salience: Salience | None) -> str:
    """The first sentence of a docstring, in one line."""
    paragraph = " ".join(inspect.cleandoc(doc).split("\n\n", 1)[0].split())
    return _said(_SENTENCE.sub("", paragraph), level, salience).replace("\n", " ")


def fit(
    text: str,
    *,
    budget: int,
    count: Callable[[str], int],
    question: str | None = None,
    salience: Salience | None = None,
) -> str:
    """What matters most within `budget`.

    Args:
        text: The code.
        budget: Most tokens of the result, never exceeded.
        count: Counts the tokens of a text.
        question: What the reader will be asked; what bears on it is kept first.
        salience: Trained weights for docstrings.

    Returns:
        The code as it is, its layout tightened, its docstrings and comments shortened, or statements replaced by
        `...`: the first of these that fits.
    """
    if count(text) <= budget:
        return text
    for level in range(_LEVELS):
        short = shorten(text, level=level, salience=salience)
        if count(short) <= budget:
            return short

    def say(doc: str, room: int) -> str:
        said = _said(inspect.cleandoc(doc), _LEVELS - 1, salience)
        return (
            said
            if count(said) <= room
            else prose.fit(said, budget=room, count=count, question=question, salience=salience)
        )

    dedented = textwrap.dedent(text)
    tree = parse(dedented)
    if tree is not None and tree.body:
        kept = outline.fit(tree, dedented, budget=budget, count=count, say=say, question=question)
    else:
        short = shorten(text, level=_LEVELS - 1, salience=salience)
        kept = lines.fit(short, budget=budget, count=count, question=question)
    if kept is not None:
        return kept
    return prose.fit(text, budget=budget, count=count, question=question, salience=salience)
