"""The frozen records that flow through semzip. They hold data and say what follows from it; they do nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from attrs import Factory, field, frozen
from attrs.validators import ge, in_, le

from semzip.errors import DataError
from semzip.tokens import DEFAULT_TOKENIZER, count_tokens

Domain = Literal["nl", "code", "data"]
DOMAINS: tuple[Domain, ...] = get_args(Domain)
Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

GIVEN = "given:"
"""How the compressor id of a pair begins that was read, not made."""

SOFT_KINDS = frozenset({"detail", "comment", "annotation"})
"""Kinds of loss that lower a score without failing the pair; every other kind fails it."""


def digest(*parts: str) -> str:
    """A fingerprint of these strings: 32 hexadecimal digits of SHA-256, each part delimited by its length."""
    sha = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        sha.update(len(data).to_bytes(8, "big"))
        sha.update(data)
    return sha.hexdigest()[:32]


@frozen
class Usage:
    """Tokens and money of one or more calls; `usd` is None where the price is unknown."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    usd: float | None = 0.0

    def __add__(self, other: Usage) -> Usage:
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            usd,
        )


@frozen
class Reply:
    """What a Chat answered: its text, what it cost, and the provider's raw answer as JSON."""

    text: str
    usage: Usage = Usage()
    raw: Mapping[str, Any] = field(factory=dict[str, Any])


@frozen
class Passage:
    """An input text. Its `id` is a hash of the text alone, so the same text is the same passage."""

    text: str
    domain: Domain = field(default="nl", validator=in_(DOMAINS))
    source: str = ""
    id: str = field(init=False, default=Factory(lambda self: digest(self.text), takes_self=True))

    def compressed(self, text: str, *, by: str, tokenizer: str = DEFAULT_TOKENIZER, **more: Any) -> Compression:
        """A Compression of this passage to `text`, by the compressor whose id is `by`."""
        return Compression(
            text=text, original=self.text, domain=self.domain, compressor=by, tokenizer=tokenizer, **more
        )


@frozen
class Loss:
    """A fact that the compressed text lost, or invented.

    Args:
        kind: number, unit, date, name, identifier, url, quote, negation, condition, bound, direction, attribution,
            statement, …; in code call, operator, constant, string, control, …; soft: detail, comment, annotation.
        what: The fact, as it stands in the text.
        where: Character offset of the fact in the original; of an invention, in the compressed text.
        invented: The compressed text has it and the original does not.
    """

    kind: str
    what: str
    where: int | None = None
    invented: bool = False

    @property
    def hard(self) -> bool:
        """Whether this loss alone fails the pair."""
        return self.kind not in SOFT_KINDS


@frozen(kw_only=True)
class Verdict:
    """What a judge says of one pair.

    Args:
        score: Share of the facts or answers that survive, in [0, 1].
        passed: The score reached the judge's threshold, and nothing hard was lost or invented.
        losses: What was lost or invented.
        judge: Id of the judge.
        parts: The members' verdicts, if a panel judged.
        usage: What the judging cost.
    """

    score: float = field(validator=[ge(0.0), le(1.0)])
    passed: bool
    losses: tuple[Loss, ...] = ()
    judge: str = ""
    parts: tuple[Verdict, ...] = ()
    usage: Usage = Usage()


@frozen(kw_only=True)
class Compression:
    """A text and its compressed form. Token counts are taken with `tokenizer` unless given."""

    text: str
    original: str
    domain: Domain = field(default="nl", validator=in_(DOMAINS))
    compressor: str = ""
    tokenizer: str = DEFAULT_TOKENIZER
    tokens: int = Factory(lambda self: count_tokens(self.text, self.tokenizer), takes_self=True)
    original_tokens: int = Factory(lambda self: count_tokens(self.original, self.tokenizer), takes_self=True)
    verdict: Verdict | None = None
    usage: Usage = Usage()

    @property
    def id(self) -> str:
        """Fingerprint of the pair: both texts."""
        return digest(self.original, self.text)

    @property
    def passage_id(self) -> str:
        """Id of the passage that was compressed."""
        return digest(self.original)

    @property
    def ratio(self) -> float:
        """Compressed tokens / original tokens; 1.0 for an empty original."""
        return self.tokens / self.original_tokens if self.original_tokens else 1.0

    @property
    def unchanged(self) -> bool:
        """The text came back as it was."""
        return self.text == self.original

    @property
    def given(self) -> bool:
        """The pair was read, not made."""
        return self.compressor.startswith(GIVEN)


@frozen(kw_only=True)
class Failure:
    """An item that a stage could not do: data, not a crash."""

    passage_id: str
    stage: str
    error: str
    message: str
    compression: Compression | None = None


@frozen(kw_only=True)
class Dataset:
    """Chat rows on disk: `folder`/{train,valid,test}.jsonl, as mlx_lm.lora and Tinker take them."""

    folder: Path
    id: str
    train: int = 0
    valid: int = 0
    test: int = 0
    left_out: int = 0

    def rows(self, split: Split) -> Iterator[dict[str, Any]]:
        """The rows of one split, each `{"id", "domain", "messages": [system, user, assistant]}`."""
        with (self.folder / f"{split}.jsonl").open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise DataError(f"{lines.name}:{number} is not a JSON object")
                yield row


@frozen(kw_only=True)
class Adapter:
    """A trained artefact in a folder. `id` is a hash of its weights and configuration."""

    folder: Path
    id: str
    trainer: str = ""
    base_model: str = ""
    metrics: Mapping[str, float] = field(factory=dict[str, float])


@frozen(kw_only=True)
class Report:
    """Figures of a run: counts of this run's passages, ratios, and the evaluation of v1 and v2."""

    figures: Mapping[str, Any] = field(factory=dict[str, Any])
    checklist: tuple[Mapping[str, Any], ...] = ()

    @property
    def met(self) -> bool:
        """Whether every target was met."""
        return all(bool(row["met"]) for row in self.checklist)
