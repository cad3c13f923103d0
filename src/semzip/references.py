"""What every compressor is measured against on the same rows: the original, a cut, no stop words, the embedded default."""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import field, frozen
from attrs.validators import and_, ge, le

from semzip.judging import Verified
from semzip.local import LocalCompressor, LocalJudge
from semzip.protocols import Compressor
from semzip.records import Compression, Passage, digest
from semzip.tokens import count_tokens

STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    a about after again all also am an and any are as at be because been before being but by can could did do does doing
    down during each few for from further had has have having he her here hers him his how i if in into is it its itself
    just me more most my no nor not now of off on once only or other our out over own same she should so some such than
    that the their them then there these they this those through to too under until up very was we were what when where
    which while who whom why will with would you your
    """,
    )
)
"""English function words, with the negations and conditions that such lists hold: what is usually thrown away."""

ORIGINAL = "original"
"""The name of the reference that hands out every text as it is."""

_WORD = re.compile(r"[A-Za-z]+")


def references(ratio: float) -> Mapping[str, Compressor]:
    """The references by their names; `ratio` = compressed / original tokens that the cut leaves of each text."""
    return {
        ORIGINAL: Original(),
        "truncation": Truncation(min(1.0, max(0.05, round(ratio, 2)))),
        "stop words": WithoutStopWords(),
        "embedded": Verified(LocalCompressor(), LocalJudge()),
    }


@frozen
class Original:
    """Hands out every text as it is: what a judge says of it is the most that a compressor can reach."""

    id: str = ORIGINAL

    async def compress(self, passage: Passage) -> Compression:
        """The passage's own text."""
        return passage.compressed(passage.text, by=self.id)


@frozen
class Truncation:
    """Keeps the beginning of a text, cut between words, up to `ratio` of its tokens."""

    ratio: float = field(validator=and_(ge(0.0), le(1.0)))

    @property
    def id(self) -> str:
        """Names the ratio."""
        return f"truncation-{self.ratio}"

    async def compress(self, passage: Passage) -> Compression:
        """As many words as fit, one at least."""
        ends = [match.end() for match in re.finditer(r"\S+", passage.text)]
        most = self.ratio * count_tokens(passage.text)
        low, high = 0, len(ends) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if count_tokens(passage.text[: ends[middle]]) <= most:
                low = middle
            else:
                high = middle - 1
        return passage.compressed(passage.text[: ends[low]] if ends else passage.text, by=self.id)


@frozen
class WithoutStopWords:
    """Leaves out STOP_WORDS, wherever they stand."""

    @property
    def id(self) -> str:
        """Fingerprint of the list."""
        return f"stop-words-{digest(*sorted(STOP_WORDS))[:8]}"

    async def compress(self, passage: Passage) -> Compression:
        """The other words, with their line breaks; the text itself where nothing is left or saved."""
        kept = _WORD.sub(lambda word: "" if word[0].lower() in STOP_WORDS else word[0], passage.text)
        text = re.sub(r"(?<=\S) {2,}", " ", kept)
        short = passage.compressed(text, by=self.id)
        if not text.strip() or short.tokens > short.original_tokens:
            return passage.compressed(passage.text, by=self.id)
        return short
