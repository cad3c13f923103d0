"""Whether shorthand asks what the program asks.

Shorthand may turn a guard round: `if not x: raise E` and then `return y` is `y if x else !E`. So a condition is contrary
only where what follows from it says that it was not turned, or was turned without its branches.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from keyword import iskeyword
from typing import Final

from attrs import frozen

from semzip.local.code_check.conditions import Question, Word
from semzip.local.code_check.guards import Guard, asking, saying
from semzip.local.syntax.python_tree import walk
from semzip.records import Loss

_CONTRARY: Final[dict[type[ast.cmpop], tuple[str, ...]]] = {
    ast.NotIn: ("in",), ast.NotEq: ("==",), ast.IsNot: ("==",), ast.Lt: (">=",), ast.LtE: (">",), ast.Gt: ("<=",), ast.GtE: ("<",),
}  # fmt: skip
_DENIED: Final = frozenset({"==", "<", "<=", ">", ">=", "in"})
_ASKED: Final = frozenset({"if", "elif", "while", "and", "or"})
_STEPS: Final = frozenset({"break", "continue"})
_LIKE, _NEAR = 0.5, 0.35
"""How much of a question another must share to be the same, and how much less than the best one may."""
_MOST: Final = 40_000
"""Pairs of questions that are compared."""


@frozen
class _Match:
    question: Question
    guard: Guard
    likeness: float
    straight: bool


@frozen
class Review:
    """What was found out about the conditions of a shorthand.

    Args:
        losses: Those that it turns into their contrary; one of the program has its line as its place.
        settled: Where it asks what the program asks: the offsets of the first and the last word.
        answered: Operators of the program whose every condition it asks, in whatever form.
    """

    losses: tuple[Loss, ...]
    settled: tuple[tuple[int, int], ...]
    answered: frozenset[str]


def review(
    tree: ast.Module, words: Sequence[Word], known: frozenset[str], sources: Mapping[str, frozenset[str]]
) -> Review:
    """Compare the conditions of a shorthand with those of the program.

    Args:
        tree: The program.
        words: The shorthand.
        known: Every name, number and word of the program.
        sources: For each name, those that its value is made of.
    """
    asks = list(asking(tree))
    says = list(saying(words))
    if sum(len(g.questions) for g in asks) * sum(len(g.questions) for g in says) > _MOST:
        return Review((), (), frozenset())
    losses: list[Loss] = []
    settled: list[tuple[int, int]] = []
    answered: set[Question] = set()
    for guard in says:
        found = [_matches(question, asks, known, sources) for question in guard.questions]
        for question, matches in zip(guard.questions, found, strict=True):
            losses += _judged(question, guard, matches)
            same = [m.question for m in matches if _agrees(question, guard, m) and _turned(guard, m) is not None]
            if same:
                settled.append((question.at, question.end))
                answered.update(same)
        for (_, one), (question, two) in pairwise(zip(guard.questions, found, strict=True)):
            losses += _joined(question, guard, one, two)
    if not any(question.twice for guard in asks for question in guard.questions):
        losses += [
            Loss("operator", "not", question.at, invented=True)
            for guard in says
            for question in guard.questions
            if question.twice
        ]
    losses += _denied(tree, words)
    every = [question for guard in asks for question in guard.questions]
    signs = frozenset[str]().union(*(question.signs for question in every))
    open_ = frozenset[str]().union(*(question.signs for question in every if question not in answered))
    return Review(tuple(losses), tuple(settled), signs - open_)


def _denied(tree: ast.Module, words: Sequence[Word]) -> Iterator[Loss]:
    """Comparisons denied by a `not` before them, of which the program has neither that form nor the contrary sign."""
    had: set[tuple[str, str]] = set()
    for node in walk(tree):
        if isinstance(node, ast.Compare):
            name = node.left.id if isinstance(node.left, ast.Name) else getattr(node.left, "attr", "")
            had.update((name, sign) for sign in _CONTRARY.get(type(node.ops[0]), ()))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Compare):
            had.update((getattr(part, "id", getattr(part, "attr", "")), "") for part in walk(node.operand))
    for n, word in enumerate(words):
        if word.text != "not" or n + 2 >= len(words) or (n and words[n - 1].text not in _ASKED):
            continue
        end = n + 1
        while end < len(words) and (
            words[end].text == "." or (words[end].kind == "name" and not iskeyword(words[end].text))
        ):
            end += 1
        name = words[end - 1].text
        sign = words[end].text if end < len(words) else ""
        if end > n + 1 and sign in _DENIED and not {(name, sign), (name, "")} & had:
            yield Loss("operator", "not", word.at, invented=True)


def _judged(question: Question, guard: Guard, matches: list[_Match]) -> Iterator[Loss]:
    if matches and not any(_agrees(question, guard, match) for match in matches):
        best = max(matches, key=lambda match: match.likeness).question
        yield Loss("operator", best.text, best.at)
        yield Loss("operator", question.text, question.at, invented=True)
    for step in _STEPS & guard.then:
        if matches and all(step not in m.guard.then | m.guard.other and _STEPS & m.guard.then for m in matches):
            yield Loss("control", step, question.at, invented=True)


def _agrees(question: Question, guard: Guard, match: _Match) -> bool:
    turned = _turned(guard, match)
    return match.straight and (turned is None or turned != (question.affirmed == match.question.affirmed))


def _turned(guard: Guard, match: _Match) -> bool | None:
    """Whether what followed from the condition now follows from its contrary; None where that is not known."""
    there = match.guard
    if guard.form == there.form != "if":
        return False
    if not {guard.form, there.form} <= {"if", "for"}:
        return None
    if not guard.other - {"None"} and not there.other:
        return False if guard.then and there.then else None
    both = (there.then & there.other) | match.question.left | match.question.right
    then, other = there.then - both, there.other - both
    mine, else_ = guard.then - _STEPS, guard.other - _STEPS
    same = len(mine & then) + len(else_ & other)
    cross = len(mine & other) + len(else_ & then)
    return None if same == cross else cross > same


def _joined(question: Question, guard: Guard, one: list[_Match], two: list[_Match]) -> Iterator[Loss]:
    """Where `and` and `or` changed places between two questions of one condition."""
    if not question.joined or len(one) != 1 or len(two) != 1 or one[0].guard is not two[0].guard:
        return
    there = one[0].guard.questions
    before, after = there.index(one[0].question), there.index(two[0].question)
    if after != before + 1 or not there[after].joined:
        return
    earlier = guard.questions[guard.questions.index(question) - 1]
    flips = [earlier.affirmed != there[before].affirmed, question.affirmed != there[after].affirmed]
    if flips[0] == flips[1] and (question.joined == there[after].joined) == flips[0]:
        yield Loss("operator", there[after].joined, there[after].at)
        yield Loss("operator", question.joined, question.at, invented=True)


# -- which question is which ------------------------------------------------------------------


def _matches(
    question: Question, guards: Iterable[Guard], known: frozenset[str], sources: Mapping[str, frozenset[str]]
) -> list[_Match]:
    found: list[_Match] = []
    for guard in guards:
        for there in guard.questions:
            if there.form == question.form:
                likeness, straight = _likeness(question, there, known, sources)
                if likeness >= _LIKE:
                    found.append(_Match(there, guard, likeness, straight))
    best = max((match.likeness for match in found), default=0.0)
    return [match for match in found if match.likeness >= best - _NEAR]


def _likeness(
    question: Question, there: Question, known: frozenset[str], sources: Mapping[str, frozenset[str]]
) -> tuple[float, bool]:
    """How much of a question another shares, and whether their sides stand the same way."""
    left, right = question.left & known, question.right & known
    if question.form in {"==", "truth"}:
        return _share(left, there.left, sources) or 0.0, True
    straight = _sides(left, right, there.left, there.right, sources)
    turned = _sides(left, right, there.right, there.left, sources) if question.form == "<" else 0.0
    return max(straight, turned), straight >= turned


def _sides(
    left: frozenset[str],
    right: frozenset[str],
    first: frozenset[str],
    second: frozenset[str],
    sources: Mapping[str, frozenset[str]],
) -> float:
    one, two = _share(left, first, sources), _share(right, second, sources)
    if one is None or two is None:
        return 0.8 * (one or two or 0.0)
    return min(one, two)


def _share(mine: frozenset[str], theirs: frozenset[str], sources: Mapping[str, frozenset[str]]) -> float | None:
    """How alike two sets are; a name may stand for what its value is made of. None where nothing is known."""
    if not mine:
        return None
    if not theirs:
        return 0.0
    wide = theirs.union(*(sources.get(name, frozenset()) for name in theirs))
    return max(len(mine & theirs) / len(mine | theirs), 0.55 * len(mine & wide) / len(mine))
