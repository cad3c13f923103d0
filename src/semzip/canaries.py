"""Canaries: pairs with a planted loss that every judge must fail. They tell a judge that passes everything.

One pair in a hundred, chosen by a hash, is judged a second time with a fact of it changed or cut out. A judge that
passes more than one in twenty of those ends the run: its other verdicts prove nothing.
"""

from __future__ import annotations

import re
from collections import Counter

from attrs import asdict, define, field
from attrs.validators import and_, ge, instance_of, le

from semzip.errors import SemzipError, UnreliableJudgeError
from semzip.protocols import Judge, Store
from semzip.records import Compression, digest

VERSION = "1"
EVERY = 100
MOST_PASSED = 0.05

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


@define(eq=False)
class Canaries:
    """Judges the judges of a run.

    Args:
        store: Keeps what was found, under `canary`, over all resumptions.
        every: One pair in so many carries a planted loss.
        most_passed: Largest share of them, in [0, 1], that a judge may pass.
    """

    store: Store | None = None
    every: int = field(default=EVERY, validator=and_(instance_of(int), ge(1)))
    most_passed: float = field(default=MOST_PASSED, validator=and_(ge(0.0), le(1.0)))
    _judged: Counter[str] = field(factory=Counter[str], init=False)
    _passed: Counter[str] = field(factory=Counter[str], init=False)
    _seen: set[str] = field(factory=set[str], init=False)

    async def restore(self) -> None:
        """Count what earlier runs on this store found."""
        if self.store is not None:
            async for key, row in self.store.scan("canary"):
                self._count(key, str(row["judge"]), passed=bool(row["passed"]))

    def chosen(self, pair: Compression) -> bool:
        """Whether this pair carries a planted loss; the same pairs in every run."""
        return not pair.unchanged and int(digest("canary", pair.id)[:8], 16) % self.every == 0

    async def watch(self, judge: Judge, pair: Compression) -> None:
        """Show `judge` the planted pair, if `pair` was chosen and was not shown to it before.

        Raises:
            UnreliableJudgeError: The judge passes too many of them.
        """
        if not self.chosen(pair):
            return
        planted = plant(pair)
        key = digest(VERSION, judge.id, planted.id)
        if key in self._seen:
            return
        try:
            verdict = await judge.judge(planted)
        except SemzipError as error:
            # No verdict is no pass; what ends a run ends it here too.
            if error.stops_run:
                raise
            return
        if self.store is not None:
            row = {"judge": judge.id, "passed": verdict.passed, "score": verdict.score, "text": planted.text}
            await self.store.put("canary", key, {**row, "pair": pair.id, "usage": asdict(verdict.usage)})
        self._count(key, judge.id, passed=verdict.passed)
        passed, judged = self._passed[judge.id], self._judged[judge.id]
        # A single one may be bad luck.
        if passed >= 2 and passed > self.most_passed * judged:
            raise UnreliableJudgeError(
                f"{judge.id} passed {passed} of {judged} pairs with a planted loss, more than {self.most_passed:.0%}: its "
                "verdicts prove nothing. Use another model or method; the other judges' verdicts are kept"
            )

    @property
    def figures(self) -> dict[str, dict[str, float]]:
        """By judge: planted pairs judged and passed, and the agreement, the share that it failed as it should."""
        return {
            judge: {"judged": judged, "passed": self._passed[judge], "agreement": 1 - self._passed[judge] / judged}
            for judge, judged in sorted(self._judged.items())
        }

    def _count(self, key: str, judge: str, *, passed: bool) -> None:
        self._seen.add(key)
        self._judged[judge] += 1
        self._passed[judge] += passed
