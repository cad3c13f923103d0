"""What is known about the names of a program and of its shorthand, and where shorthand only declares them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from attrs import frozen

from semzip.local.code_check.conditions import CLOSE, OPEN, Word
from semzip.local.code_check.context import BINDING, COMMON, bound
from semzip.records import Loss


@frozen
class Names:
    """What is known about the names of a program and of its shorthand.

    Args:
        known: Names of the program that stand for values.
        types: Names of annotations alone.
        bound: Names that the shorthand binds.
        made: What each name's value is made of.
    """

    known: frozenset[str]
    types: frozenset[str]
    bound: frozenset[str]
    made: Mapping[str, frozenset[str]]

    def judged(self, word: Word) -> bool:
        """Whether this name may only stand where the program has it."""
        named = word.kind == "name" and word.text.isidentifier() and len(word.text) > 1
        return named and word.text in self.known - COMMON - self.types - self.bound

    @classmethod
    def of(
        cls, program: Sequence[Word], words: Sequence[Word], types: frozenset[str], made: Mapping[str, frozenset[str]]
    ) -> Names:
        """Those of a program and its shorthand, by their words."""
        known = frozenset(word.text for word in program if word.kind == "name")
        return cls(known, types, bound(words, assigned=False), made)

    def related(self, name: str, others: Iterable[str]) -> bool:
        """Whether a name is one of these, or its value is made of one, or the other way round."""
        return any(
            name.strip("_") == other.strip("_") or name in self.made.get(other, ()) or other in self.made.get(name, ())
            for other in others
        )

    def differs(self, word: Word, values: Sequence[frozenset[str]]) -> Iterator[Loss]:
        """The loss where a name is none of these values, nor made of one."""
        if values and all(value and not self.related(word.text, value) for value in values):
            yield Loss("identifier", word.text, word.at, invented=True)


def without_self(words: Sequence[Word]) -> list[Word]:
    """The words without `self.` and `cls.`, which shorthand leaves out."""
    out: list[Word] = []
    silent = False
    for one, two in pairwise([*words, Word("operator", "", 0, None)]):
        if not silent and not (silent := one.text in {"self", "cls"} and two.text == "."):
            out.append(one)
        elif one.text == ".":
            silent = False
    return out


def headers(words: Sequence[Word]) -> frozenset[int]:
    """The places of the words in the head of a function or class: its parameters, and the type that it returns."""
    out: set[int] = set()
    stack: list[int] = []
    for n, word in enumerate(words):
        behind = words[n + 1].text if n + 1 < len(words) else ""
        if word.text in OPEN:
            stack.append(n)
        elif word.text in CLOSE and stack:
            start = stack.pop()
            named = start > 0 and words[start - 1].kind == "name"
            heads = behind in {"->", "="} or (start > 1 and words[start - 2].text in BINDING | {":"})
            if named and not stack and heads:
                out.update(range(start, n))
        elif word.text == "->":
            end = next((m for m in range(n, min(len(words), n + 30)) if words[m].text == "="), n)
            out.update(range(n, end))
        if word.text in BINDING:
            out.add(n + 1)
            out.add(n + 2)
    return frozenset(out)
