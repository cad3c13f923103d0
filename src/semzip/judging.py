"""Verified: a compressor that hands out nothing its judge rejects. Panel: judges of whom the strictest decides."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from attrs import evolve, frozen

from semzip.errors import ConfigError
from semzip.protocols import Compressor, Gentler, Judge
from semzip.records import Compression, Passage, Usage, Verdict, digest


@frozen
class Verified:
    """A Compressor that checks what another compressor did, tries again less aggressively, and else returns the original.

    Args:
        compressor: What shortens. One with `gentler()` gets another try at each of its strengths.
        judge: What decides.
        fallback: Return the original where nothing passed. False returns the last try with its failed verdict, for
            targets that are a promise.
    """

    compressor: Compressor
    judge: Judge
    fallback: bool = True

    @property
    def id(self) -> str:
        """Fingerprint of both, and of the fallback."""
        return f"verified-{digest(self.compressor.id, self.judge.id, str(self.fallback))[:12]}"

    async def compress(self, passage: Passage) -> Compression:
        """The first try that passes, from the most aggressive on."""
        tried: set[str] = set()
        usage = Usage()
        compressor: Compressor | None = self.compressor
        last: Compression | None = None
        while compressor is not None:
            last = await compressor.compress(passage)
            usage += last.usage
            if last.text not in tried:
                tried.add(last.text)
                verdict = await self.judge.judge(last)
                usage += verdict.usage
                last = evolve(last, verdict=verdict, compressor=self.id, usage=usage)
                if verdict.passed or last.unchanged:
                    return last
            compressor = compressor.gentler() if isinstance(compressor, Gentler) else None
        if last is not None and not self.fallback:
            return last
        tokenizer = {} if last is None else {"tokenizer": last.tokenizer}
        verdict = Verdict(score=1.0, passed=True, judge=self.judge.id)
        return passage.compressed(passage.text, by=self.id, verdict=verdict, usage=usage, **tokenizer)


@frozen
class Panel:
    """A Judge made of judges: the lowest score decides, and all must pass.

    Args:
        judges: At least one; ids must differ.
    """

    judges: tuple[Judge, ...]

    def __attrs_post_init__(self) -> None:
        if not self.judges:
            raise ConfigError("a Panel needs at least one judge")
        if len({judge.id for judge in self.judges}) < len(self.judges):
            raise ConfigError("two judges of this Panel have the same id: each must be another model or method")

    @property
    def id(self) -> str:
        """Fingerprint of the members."""
        return f"panel-{digest(*(judge.id for judge in self.judges))[:12]}"

    async def judge(self, pair: Compression) -> Verdict:
        """Every member's verdict, asked for at once, combined. A member that fails fails the pair."""
        from semzip._stream import together

        return self.combine(await together(partial(judge.judge, pair) for judge in self.judges))

    def combine(self, verdicts: Sequence[Verdict]) -> Verdict:
        """One verdict of the members' verdicts."""
        if len(verdicts) == 1:
            return verdicts[0]
        return Verdict(
            score=min(verdict.score for verdict in verdicts),
            passed=all(verdict.passed for verdict in verdicts),
            losses=tuple(dict.fromkeys(loss for verdict in verdicts for loss in verdict.losses)),
            judge=self.id,
            parts=tuple(verdicts),
            usage=sum((verdict.usage for verdict in verdicts), Usage()),
        )
