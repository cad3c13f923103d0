"""What compressed code lost or invented.

Python is compared by its syntax tree, so that layout counts for nothing and any change of what it does is found; its
docstrings and comments are compared as prose. What does not parse is compared by its lexical facts.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher
from inspect import cleandoc
from itertools import pairwise
from math import ceil
from typing import TypeVar

from semzip.local.code_check import lexical, notation
from semzip.local.code_check.words import lexed
from semzip.local.prose_check.check import compare_part
from semzip.local.syntax import languages
from semzip.local.syntax.python_facts import MARKS, Fact, facts
from semzip.local.syntax.python_tree import blocks, comments, docstrings, parse, same
from semzip.local.syntax.remarks import remarks
from semzip.records import Loss

T = TypeVar("T")
_COMMENTS = 0.1
"""What a letter of a comment weighs, against one of code or of a docstring."""
_MOSTLY = 0.3
"""A comment with fewer of its pairs of words left was dropped, not shortened."""
_MANY, _FEW = 0.6, 3
"""Or with fewer of its words left, if there are more than so few."""
_SHORTHAND = re.compile(r"^\s*(?:async )?fn ?:", re.MULTILINE)
_DIRECTIVE = re.compile(
    r"^[ \t]*#[ \t]+(?=(?:include|define|undef|if|ifdef|ifndef|elif|else|endif|error|pragma)\b)", re.MULTILINE
)
"""A directive of the preprocessor that looks like a comment."""
_CONTENT = re.compile(r"\w{4,}")
_ALIKE = 0.6
"""With fewer tokens alike, code of another language is no rewrite but a notation."""
_OPENING = 6
"""Tokens that a program cut off in its middle begins with."""
_QUOTES = frozenset({'"', "'"})
_MOST = 4_000_000
"""Pairs of facts that are compared one by one."""


def compare(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]]:
    """Compare two texts of code.

    Args:
        original: The code as it was.
        compressed: The code, or a notation of it, to be checked.

    Returns:
        The share of it that survives, in [0, 1], and what was lost or invented.
    """
    if not compressed.strip():
        return (0.0, (Loss("statement", _shown(original), 0),)) if original.strip() else (1.0, ())
    try:
        return _compared(original, compressed)
    except RecursionError:
        return 0.0, (Loss("statement", _shown(original), 0),)


def _compared(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]]:
    one = parse(textwrap.dedent(original))
    compressed = lexical.unfenced(compressed) if one else compressed
    other = parse(textwrap.dedent(compressed)) if one and not _SHORTHAND.search(compressed) else None
    if one is not None and other is None and (cut := _cut_off(original, compressed)) is not None:
        return cut
    if one is None or other is None:
        own = notation.compare(original, compressed, one) if one else _by_tokens(original, compressed)
        return own or lexical.compare(original, compressed, one)
    kept, losses = (1.0, []) if same(one, other) else _changes(facts(one), facts(other), original, compressed)
    return _with_prose(original, compressed, (one, other), kept, losses)


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:79] + "…"


# -- what the program does -------------------------------------------------------------------


def _cut_off(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]] | None:
    """What is missing where the compressed text is the program as far as it goes; None where it is another notation."""
    left, right = ([one for one in lexed(text) if one[0] != "string"] for text in (original, compressed))
    alike = next(
        (n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a[1] != b[1]), min(len(left), len(right))
    )
    rest = right[alike:]
    if alike < _OPENING or alike == len(left) or (len(rest) > 1 and rest[0][1] not in _QUOTES):
        return None
    at = left[alike][2]
    return alike / len(left), (Loss("statement", _shown(original[at:]), at),)


def _by_tokens(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]] | None:
    """Compares code of another language token by token; None where its language is not sure or most is other."""
    given = languages.language(original)
    tokens = languages.lex(original, given) if given else None
    others = languages.lex(compressed, given) if given else None
    if tokens is None or others is None:
        kept, losses = _changes(_plain(original), _plain(compressed), original, compressed)
        return (kept, tuple(losses)) if kept >= _ALIKE else None
    kept, losses = _changes(languages.facts(tokens), languages.facts(others), original, compressed)
    if kept < _ALIKE:
        return None
    share, size, lost = _remarks(original, remarks(tokens), remarks(others))
    return _weighed([(len(original) - size, kept), (_COMMENTS * size, share)]), (*losses, *lost)


def _plain(text: str) -> list[Fact]:
    """The facts of code in a language that is not sure, by tokens that most languages share."""
    tokens = lexed(_DIRECTIVE.sub("#", text))
    return languages.facts(
        [languages.Token("string" if kind == "string" else "code", word) for kind, word, _ in tokens]
    )


def _changes(left: Sequence[Fact], right: Sequence[Fact], original: str, compressed: str) -> tuple[float, list[Loss]]:
    """Share of the facts that both programs have at the same place, and all others."""
    found: list[tuple[Fact, bool]] = []
    alike = 0
    for tag, i, j, k, m in _differences([fact.key for fact in left], [fact.key for fact in right]):
        if tag == "equal":
            alike += sum(fact.kind != "annotation" for fact in left[i:j])
        else:
            found += [(fact, False) for fact in left[i:j]]
            found += [(fact, True) for fact in right[k:m]]
    telling = [pair for pair in found if pair[0].what not in MARKS]
    if found and not telling:
        telling = [(_regrouped(left, right), False)]
    texts = {False: (original, _line_starts(original)), True: (compressed, _line_starts(compressed))}
    losses = [Loss(fact.kind, fact.what, _offset(fact, *texts[new]), new) for fact, new in telling]
    most = max(sum(fact.kind != "annotation" for fact in side) for side in (left, right))
    return (alike / most if most else 1.0), list(dict.fromkeys(losses))


def _regrouped(left: Sequence[Fact], right: Sequence[Fact]) -> Fact:
    """The first fact that stands in other brackets, or in another block, than it did."""
    shortest = min(len(left), len(right))
    first = next((n for n in range(shortest) if left[n].key != right[n].key), shortest)
    here = [*left[first : first + 1], *right[first : first + 1]]
    mark = next((fact for fact in here if fact.what in MARKS), here[0])
    named = next((fact for fact in (*left[first:], *reversed(left[:first])) if fact.what not in MARKS), mark)
    return Fact(mark.kind, named.what, named.line, named.column)


def _differences(left: Sequence[object], right: Sequence[object]) -> Iterable[tuple[str, int, int, int, int]]:
    """Runs that both have and runs that differ, as difflib gives them; what is alike at both ends costs nothing."""
    start, end = 0, 0
    shortest = min(len(left), len(right))
    while start < shortest and left[start] == right[start]:
        start += 1
    while end < shortest - start and left[-1 - end] == right[-1 - end]:
        end += 1
    a, b = left[start : len(left) - end], right[start : len(right) - end]
    if len(a) * len(b) > _MOST:
        codes = [("replace", 0, len(a), 0, len(b))]
    else:
        codes = list(SequenceMatcher(None, a, b, autojunk=False).get_opcodes())
    yield "equal", 0, start, 0, start
    yield from ((tag, i + start, j + start, k + start, m + start) for tag, i, j, k, m in codes)
    yield "equal", len(left) - end, len(left), len(right) - end, len(right)


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _offset(fact: Fact, text: str, starts: list[int]) -> int:
    """Where a fact stands: its name at or after the place it was found at."""
    start = starts[min(fact.line, len(starts)) - 1]
    return _find(text, fact.what.strip(".='\""), start)


# -- what it says in words -------------------------------------------------------------------


def _with_prose(
    original: str, compressed: str, trees: tuple[ast.Module, ast.Module], kept: float, losses: list[Loss]
) -> tuple[float, tuple[Loss, ...]]:
    """Adds the docstrings and comments, and weighs each part by its length."""
    before, after = map(docstrings, trees)
    words = sum(map(len, before.values()))
    told, untold = _documents(original, before, after)
    share, size, lost = _remarks(original, _lines(original), _lines(compressed))
    score = _weighed([(len(original) - words - size, kept), (words, told), (_COMMENTS * size, share)])
    return score, (*losses, *untold, *lost)


def _weighed(parts: list[tuple[float, float]]) -> float:
    """The mean of shares by their weights; the last part, the comments, weighs no more than `_COMMENTS` of the others."""
    *others, (size, share) = parts
    rest = sum(max(1.0, weight) for weight, _ in others)
    size = min(size, _COMMENTS * rest)
    total = sum(max(1.0, weight) * part for weight, part in others) + size * share
    return min(1.0, max(0.0, total / (rest + size)))


def _documents(original: str, before: dict[str, str], after: dict[str, str]) -> tuple[float, list[Loss]]:
    """Share of the docstrings' facts that survive, and the losses."""
    losses: list[Loss] = []
    weight = score = 0.0
    for name, doc in before.items():
        clean, short = cleandoc(doc), cleandoc(after.get(name, ""))
        weight += len(clean)
        if clean == short:
            score += len(clean)
            continue
        share, lost = compare_part(clean, short)
        score += share * len(clean)
        start = max(0, original.find(doc[:40]))
        losses += [
            Loss(x.kind, x.what, x.where if x.invented else _find(original, x.what, start), x.invented) for x in lost
        ]
    for name, doc in after.items():
        if name not in before:
            losses.append(Loss("statement", _shown(doc), None, invented=True))
    return (score / weight if weight else 1.0), losses


def _find(text: str, what: str, start: int) -> int:
    found = text.find(what, start)
    return start if found < 0 else found


def _remarks(original: str, before: list[list[str]], after: list[list[str]]) -> tuple[float, int, list[Loss]]:
    """Share of the comments that survive, their length, and the losses. One that now says something else is a lie."""
    size = sum(len(line) for block in before for line in block)
    here, there = (Counter(line for block in side for line in block) for side in (before, after))
    old, new = _others(before, there), _others(after, here)
    told = _told(old, new)
    kept_texts = frozenset(told)
    gone = [text for text in old if text not in kept_texts]
    losses = [Loss("comment", _shown(text), max(0, original.find(text[:30]))) for text in gone]
    kept = size - sum(map(len, gone))
    if new and not told:
        losses += [Loss("comment", _shown(text), None, invented=True) for text in new]
    elif told:
        _, lost = compare_part("\n".join(told), "\n".join(new))
        whole = "\n".join(line for block in before for line in block)
        _, again = compare_part(whole, "\n".join(new)) if any(loss.invented for loss in lost) else (1.0, ())
        known = {loss.what for loss in again if loss.invented}
        losses += [
            Loss(loss.kind, loss.what, None, loss.invented)
            for loss in lost
            if loss.hard and (not loss.invented or loss.what in known)
        ]
    return (max(0, kept) / size if size else 1.0), size, losses


def _others(comments: list[list[str]], known: Counter[str]) -> list[str]:
    """The comments without the lines known to the other side."""
    left = ["\n".join(line for line in block if not known[line]) for block in comments]
    return [text for text in left if any(map(str.isalnum, text))]


def _told(old: list[str], new: list[str]) -> list[str]:
    """The comments of which one of the new ones has enough: of the pairs of longer words, or of these words."""
    said, spoken = _places(map(_pairs, new)), _places(map(_words, new))
    return [
        text
        for text in old
        if _together(_pairs(text), said, _MOSTLY)
        or (len(words := _words(text)) > _FEW and _together(words, spoken, _MANY))
    ]


def _places(sets: Iterable[AbstractSet[T]]) -> dict[T, set[int]]:
    """In which of these sets, each taken once, an item is."""
    places: dict[T, set[int]] = {}
    for number, items in enumerate(dict.fromkeys(map(frozenset, sets))):
        for item in items:
            places.setdefault(item, set()).add(number)
    return places


def _together(items: AbstractSet[T], places: dict[T, set[int]], share: float) -> bool:
    """Whether one set has this share of `items`: it must have one of the rarest, so that only few sets are counted."""
    least = max(1, ceil(share * len(items) - 1e-9))
    found = sorted((places.get(item, set[int]()) for item in items), key=len)
    rare = len(found) - least + 1
    counts = Counter(number for place in found[:rare] for number in place)
    for place in found[rare:]:
        counts.update(place & counts.keys())
    return any(count >= least for count in counts.values())


def _words(text: str) -> set[str]:
    return set(_CONTENT.findall(text.lower()))


def _pairs(text: str) -> set[tuple[str, str]]:
    words = _CONTENT.findall(text.lower())
    return set(pairwise(words)) if len(words) > 1 else {("", word) for word in words}


def _lines(text: str) -> list[list[str]]:
    """The comments of a Python text, line by line."""
    return [[note.words for note in block] for block in blocks(comments(textwrap.dedent(text)))]
