"""The async faces of the embedded engine. They never suspend, so `semzip.compress` can run them without an event loop."""

from __future__ import annotations

import math

from attrs import evolve, field, frozen
from attrs.validators import and_, ge, gt, instance_of, le, optional

from semzip.local import check, engine
from semzip.local.prose.salience import Salience
from semzip.local.prose.salience import default as default_salience
from semzip.records import Compression, Passage, Verdict, digest
from semzip.tokens import DEFAULT_TOKENIZER, count_tokens


@frozen(kw_only=True)
class LocalCompressor:
    """Shortens a text by rules and trained salience.

    Args:
        salience: Trained weights; by default those that semzip ships. None works by rules alone.
        level: How aggressive, from 0 to engine.LEVELS - 1. Of no effect with a target.
        target_ratio: Compressed tokens / original tokens to reach, in (0, 1].
        max_tokens: Most tokens of the result.
        question: What the reader will be asked; what bears on it is kept first.
        tokenizer: The tokenizer that counts.
        dense: Write Python in shorthand (`fn:name(args)->type=…`), which no longer runs, where that is shorter. Of no
            effect with a target.
        piecewise: Shorten each piece of a prose or mixed text as far as its own check allows, `level` at most: slower, for
            texts that lose something as a whole. Of no effect with a target.
    """

    salience: Salience | None = field(factory=default_salience)
    level: int = field(default=engine.LEVELS - 1, validator=and_(ge(0), le(engine.LEVELS - 1)))
    target_ratio: float | None = field(default=None, validator=optional(and_(gt(0.0), le(1.0))))
    max_tokens: int | None = field(default=None, validator=optional(and_(instance_of(int), ge(0))))
    question: str | None = None
    tokenizer: str = DEFAULT_TOKENIZER
    dense: bool = False
    piecewise: bool = False

    @property
    def id(self) -> str:
        """Fingerprint of engine version, weights and settings."""
        parts = (
            *(self.level, self.target_ratio, self.max_tokens, self.question),
            *(self.tokenizer, self.dense, self.piecewise),
        )
        weights = self.salience.id if self.salience else "rules"
        return f"local-{engine.VERSION}-{digest(weights, *map(str, parts))[:12]}"

    async def compress(self, passage: Passage) -> Compression:
        """The shortened text; the passage's own text where nothing is saved."""
        budget = self._budget(passage.text)
        if budget is None and self.piecewise and passage.domain == "nl":
            from semzip.local import piecewise

            text = piecewise.shorten(passage.text, level=self.level, salience=self.salience)
        elif budget is None:
            text = engine.shorten(
                passage.text, passage.domain, level=self.level, salience=self.salience, dense=self.dense
            )
        else:
            text = engine.fit(
                passage.text,
                passage.domain,
                budget=budget,
                tokenizer=self.tokenizer,
                question=self.question,
                salience=self.salience,
            )
        short = passage.compressed(text, by=self.id, tokenizer=self.tokenizer)
        return (
            short
            if short.tokens < short.original_tokens
            else evolve(short, text=passage.text, tokens=short.original_tokens)
        )

    def gentler(self) -> LocalCompressor | None:
        """The same level piece by piece, then the next lower; None at the lowest, and with a target, which is a promise."""
        if self.target_ratio is not None or self.max_tokens is not None:
            return None
        if not self.piecewise:
            return evolve(self, piecewise=True)
        return evolve(self, level=self.level - 1) if self.level else None

    def _budget(self, text: str) -> int | None:
        limits = [] if self.max_tokens is None else [self.max_tokens]
        if self.target_ratio is not None:
            limits.append(math.floor(self.target_ratio * count_tokens(text, self.tokenizer)))
        return min(limits, default=None)


@frozen(kw_only=True)
class LocalJudge:
    """Checks a pair by its facts, without a model.

    Args:
        threshold: Lowest score in [0, 1] that passes.
    """

    threshold: float = field(default=check.THRESHOLD, validator=and_(ge(0.0), le(1.0)))

    @property
    def id(self) -> str:
        """Fingerprint of the check's version and the threshold."""
        return f"local-check-{check.VERSION}-{self.threshold}"

    async def judge(self, pair: Compression) -> Verdict:
        """The verdict of `semzip.check`."""
        verdict = check.check(pair.original, pair.text, pair.domain, threshold=self.threshold)
        return evolve(verdict, judge=self.id)


__all__ = ["LocalCompressor", "LocalJudge"]
