"""Prompt texts and their version ids. A changed text gets a new id, so that stored answers are not mixed up."""

from __future__ import annotations

from semzip.protocols import Message
from semzip.records import digest

COMPRESS_SYSTEM = (
    "You are a semantic compression engine. Compress the input into minimal tokens while preserving all information "
    "for equivalent LLM reasoning. Use dense notation: labeled fields, standard abbreviations, and symbols (→ | + @). "
    "Never lose information."
)
"""The bytes that the v1 adapter was trained on."""

COMPRESS_USER = "Compress:\n{text}"

COMPRESS_ID = "compress-" + digest(COMPRESS_SYSTEM, COMPRESS_USER)[:8]


def compress_messages(text: str) -> list[Message]:
    """The messages that ask for a compression of `text`."""
    return [
        {"role": "system", "content": COMPRESS_SYSTEM},
        {"role": "user", "content": COMPRESS_USER.replace("{text}", text)},
    ]


def chat_row(text: str, compressed: str) -> list[Message]:
    """The messages of one training row: the request, answered with the compressed text."""
    return [*compress_messages(text), {"role": "assistant", "content": compressed}]


def row_texts(messages: list[Message]) -> tuple[str, str]:
    """The original and the compressed text of a training row."""
    prefix = COMPRESS_USER.replace("{text}", "")
    return messages[1]["content"].removeprefix(prefix), messages[2]["content"]
