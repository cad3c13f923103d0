"""Exact token counts, offline, by the tokenizers that splintr carries."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from semzip.errors import ConfigError

DEFAULT_TOKENIZER = "o200k_base"


class Tokenizer(Protocol):
    """What semzip needs of a tokenizer."""

    def encode_ordinary(self, text: str) -> list[int]:
        """Token ids of `text`; a special token spelled out in it is plain text."""
        ...


@lru_cache(maxsize=8)
def tokenizer(name: str = DEFAULT_TOKENIZER) -> Tokenizer:
    """The tokenizer of this name, loaded once.

    Args:
        name: A name that splintr carries: o200k_base, cl100k_base, llama3, deepseek_v3, qwen3, gemma3, …

    Raises:
        ConfigError: The name is unknown.
    """
    from splintr import Tokenizer as Splintr

    try:
        return Splintr.from_pretrained(name)
    except (ValueError, OSError) as error:
        raise ConfigError(
            f"unknown tokenizer {name!r}; try 'o200k_base', 'cl100k_base' or 'llama3': {error}"
        ) from error


def token_ids(text: str, tokenizer_name: str = DEFAULT_TOKENIZER) -> list[int]:
    """Token ids of `text`; a lone surrogate, which no encoding can carry, counts as a question mark."""
    encode = tokenizer(tokenizer_name).encode_ordinary
    try:
        return encode(text)
    except UnicodeEncodeError:
        return encode(text.encode("utf-8", "replace").decode("utf-8"))


def count_tokens(text: str, tokenizer: str = DEFAULT_TOKENIZER) -> int:
    """Number of tokens of `text`, special tokens spelled out in it counted as plain text."""
    return len(token_ids(text, tokenizer))
