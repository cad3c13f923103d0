"""Canaries: pairs with a planted loss that every judge must fail. They tell a judge that passes everything.

One pair in a hundred, chosen by a hash, is judged a second time with a fact of it changed or cut out. A judge that
passes more than one in twenty of those ends the run, as soon as that is no bad luck: its other verdicts prove nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Awaitable, Callable

from attrs import define, field
from attrs.validators import and_, ge, instance_of, le

from semzip.errors import SemzipError, UnreliableJudgeError
from semzip.protocols import Judge
from semzip.records import Compression, Verdict, digest

VERSION = "1"
EVERY = 100
MOST_PASSED = 0.05
ENOUGH = 5
_LUCK = 0.01
"""How likely a judge that passes just MOST_PASSED would pass as many by chance, at which it is blamed before the end."""

_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")
_NEGATION = re.compile(r"\b(?:not|no|never|without|cannot|n't)\b ?", re.IGNORECASE)


def plant(pair: Compression) -> Compression:
    """`pair` with a loss that changes an answer: a number swapped, a negation gone, or its second half cut off."""
    text = pair.text
    numbers = [match for match in _NUMBER.finditer(text) if match[0] in pair.original]
    if numbers:
        match = numbers[int(pair.id[:8], 16) % len(numbers)]
        text = text[: match.start()] + _other(match[0]) + text[match.end() :]
    elif (negation := _NEGATION.search(text)) is not None and negation[0].strip().lower() in pair.original.lower():
        text = text[: negation.start()] + text[negation.end() :]
    else:
        words = text.split()
        text = " ".join(words[: len(words) // 2]) or "-"
    return Compression(
        text=text,
        original=pair.original,
        domain=pair.domain,
        compressor=f"canary-{VERSION}",
        tokenizer=pair.tokenizer,
        original_tokens=pair.original_tokens,
    )


def _other(number: str) -> str:
    """Another number of the same form: its first digit moved by 3, and never to 0."""
    return str((int(number[0]) + 2) % 9 + 1) + number[1:]


def _at_least(hits: int, tries: int, share: float) -> float:
    """How likely `hits` or more of `tries` are, if each is one with the chance `share`."""
    return 1 - sum(math.comb(tries, n) * share**n * (1 - share) ** (tries - n) for n in range(hits))


Ask = Callable[[Judge, Compression], Awaitable[Verdict]]
"""Gets a judge's verdict on a pair, from the store where it has one."""


@define(eq=False)
class Canaries:
    """Judges the judges of a run. The verdicts on planted pairs are kept like all others, so a resumed run knows them.

    Args:
        every: One pair in so many carries a planted loss.
        most_passed: Largest share of them, in [0, 1], that a judge may pass.
        enough: So many must be passed before a judge is blamed: fewer may be bad luck.
    """

    every: int = field(default=EVERY, validator=and_(instance_of(int), ge(1)))
    most_passed: float = field(default=MOST_PASSED, validator=and_(ge(0.0), le(1.0)))
    enough: int = field(default=ENOUGH, validator=and_(instance_of(int), ge(1)))
    _shown: set[tuple[str, str]] = field(factory=set[tuple[str, str]], init=False)
    _judged: Counter[str] = field(factory=Counter[str], init=False)
    _passed: Counter[str] = field(factory=Counter[str], init=False)

    def chosen(self, pair: Compression) -> bool:
        """Whether this pair carries a planted loss; the same pairs in every run."""
        return not pair.unchanged and int(digest("canary", pair.id)[:8], 16) % self.every == 0

    async def watch(self, judge: Judge, pair: Compression, ask: Ask) -> None:
        """Show `judge` the planted pair, if `pair` was chosen.

        Raises:
            UnreliableJudgeError: The judge passes too many of them.
        """
        if not self.chosen(pair) or (judge.id, pair.id) in self._shown:
            return
        try:
            verdict = await ask(judge, plant(pair))
        except SemzipError as error:
            # No verdict is no pass; what ends a run ends it here too.
            if error.stops_run:
                raise
            return
        self._shown.add((judge.id, pair.id))
        self._judged[judge.id] += 1
        self._passed[judge.id] += verdict.passed
        self._blame(judge.id, _LUCK)

    def finish(self) -> None:
        """No more pairs come: what was too few to tell is now all there is.

        Raises:
            UnreliableJudgeError: A judge passed too many of the planted pairs.
        """
        for judge in sorted(self._judged):
            self._blame(judge, 1.0)

    def _blame(self, judge: str, luck: float) -> None:
        passed, judged = self._passed[judge], self._judged[judge]
        if (
            passed >= self.enough
            and passed > self.most_passed * judged
            and _at_least(passed, judged, self.most_passed) <= luck
        ):
            raise UnreliableJudgeError(
                f"{judge} passed {passed} of {judged} pairs with a planted loss, more than {self.most_passed:.0%}: its "
                "verdicts prove nothing. Use another model or method; the other judges' verdicts are kept"
            )

    @property
    def figures(self) -> dict[str, dict[str, float]]:
        """By judge: planted pairs judged and passed, and the agreement, the share that it failed as it should."""
        return {
            judge: {
                "judged": judged,
                "passed": self._passed[judge],
                "agreement": round(1 - self._passed[judge] / judged, 6),
            }
            for judge, judged in sorted(self._judged.items())
        }
