"""semzip: far fewer tokens on which a language model reasons as it would on the original, proven text by text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from semzip._version import __version__ as __version__
from semzip.tokens import DEFAULT_TOKENIZER, count_tokens

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from semzip.chat import ChatCompressor
    from semzip.chat_judge import ChatJudge
    from semzip.costs import Budget
    from semzip.judging import Panel, Verified
    from semzip.pipeline import Pipeline
    from semzip.protocols import Chat, Compressor, Judge, Store, Trainer
    from semzip.records import (
        Adapter,
        Compression,
        Dataset,
        Domain,
        Failure,
        Loss,
        Passage,
        Reply,
        Report,
        Usage,
        Verdict,
    )

T = TypeVar("T")

__all__ = [
    "Adapter",
    "Budget",
    "Chat",
    "ChatCompressor",
    "ChatJudge",
    "Compression",
    "Compressor",
    "Dataset",
    "Failure",
    "Judge",
    "Loss",
    "Panel",
    "Passage",
    "Pipeline",
    "Reply",
    "Report",
    "Store",
    "Trainer",
    "Usage",
    "Verdict",
    "Verified",
    "check",
    "compress",
    "count_tokens",
    "expand",
]

_HOMES = {
    "semzip.chat": ("ChatCompressor",),
    "semzip.chat_judge": ("ChatJudge",),
    "semzip.costs": ("Budget",),
    "semzip.judging": ("Panel", "Verified"),
    "semzip.pipeline": ("Pipeline",),
    "semzip.protocols": ("Chat", "Compressor", "Judge", "Store", "Trainer"),
    "semzip.records": (
        "Adapter",
        "Compression",
        "Dataset",
        "Failure",
        "Loss",
        "Passage",
        "Reply",
        "Report",
        "Usage",
        "Verdict",
    ),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'semzip' has no attribute {name!r}")


def compress(  # noqa: PLR0917  # the public contract has them in this order
    text: str,
    target_ratio: float | None = None,
    max_tokens: int | None = None,
    question: str | None = None,
    domain: Domain | None = None,
    tokenizer: str = DEFAULT_TOKENIZER,
) -> Compression:
    """Shorten `text` without a model, and check that nothing was lost.

    Without a target, the shortest text that passes the check, or the text itself. With `target_ratio` or `max_tokens`
    the budget is kept exactly, and `verdict` says what had to go.

    Args:
        text: Any text.
        target_ratio: Compressed tokens / original tokens to reach, in (0, 1].
        max_tokens: Most tokens of the result.
        question: What the reader will be asked; what bears on it is kept first.
        domain: nl, code or data; detected by default.
        tokenizer: The tokenizer that counts.

    Returns:
        The compression with its verdict. Its text never has more tokens than `text`.
    """
    from semzip.judging import Verified
    from semzip.local.detect import domain as detect
    from semzip.local.faces import LocalCompressor, LocalJudge
    from semzip.records import Passage

    compressor = LocalCompressor(
        target_ratio=target_ratio, max_tokens=max_tokens, question=question, tokenizer=tokenizer
    )
    verified = Verified(compressor, LocalJudge(), fallback=target_ratio is None and max_tokens is None)
    return _finish(verified.compress(Passage(text, domain or detect(text))))


def check(original: str, compressed: str, domain: Domain | None = None) -> Verdict:
    """What `compressed` lost of `original` or invented, found without a model.

    Args:
        original: The text as it was.
        compressed: The text to be checked.
        domain: nl, code or data; detected by default.

    Returns:
        A verdict with `score` in [0, 1], `passed`, and `losses` with kind, fact and place.
    """
    from semzip.local.check import check as local_check

    return local_check(original, compressed, domain)


def expand(text: str) -> str:
    """The data that `compress` re-encoded: an equal JSON value or table, the same log, search hits or diff.

    Args:
        text: A compressed text. One that is no encoding of semzip's comes back as it is.
    """
    from semzip.local.structure.engine import expand as expand_structure

    return expand_structure(text)


def _finish(work: Coroutine[Any, Any, T]) -> T:
    # The embedded engine never suspends, so one step runs it to its end, inside or outside of an event loop.
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("the embedded engine suspended; use `await Verified(...).compress(...)` instead")
