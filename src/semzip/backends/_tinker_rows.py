"""Chat rows as tokens: the base model's own template, its special tokens kept out of the texts, the loss on the answer alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from transformers import AutoTokenizer

from semzip.errors import ConfigError, DataError, MissingBackendError
from semzip.protocols import Message

INSTALL = "the Tinker backend needs tinker and jinja2: pip install 'semzip[tinker]'"
_FIXED: dict[str, Any] = {"enable_thinking": False, "date_string": "01 Jan 2026"}
"""Given to every template: answers without a thinking part, and no date of today, so that a resumed run sees the same tokens."""


class ChatTokenizer(Protocol):
    """What semzip needs of a Hugging Face tokenizer."""

    chat_template: Any
    eos_token_id: int | None
    all_special_ids: list[int]
    added_tokens_decoder: Mapping[int, Any]

    def apply_chat_template(self, conversation: list[dict[str, str]], **kwargs: Any) -> Any: ...

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]: ...

    def decode(self, token_ids: list[int], *, skip_special_tokens: bool = False) -> str: ...


@frozen(eq=False)
class Example:
    """One training row.

    Args:
        tokens: The rendered row, int32, truncated.
        start: Index of the first token that is learnt.
        stop: Index after the last token that is learnt: the end of the assistant's turn.
    """

    tokens: NDArray[np.int32] = field()
    start: int
    stop: int

    @property
    def trained(self) -> int:
        """Tokens that the model reads: what is trained on and paid for."""
        return len(self.tokens) - 1

    @property
    def inputs(self) -> list[int]:
        """What the model reads."""
        return [int(token) for token in self.tokens[:-1]]

    @property
    def targets(self) -> list[int]:
        """What it is to say after each input token."""
        return [int(token) for token in self.tokens[1:]]

    @property
    def weights(self) -> list[float]:
        """One per target: 1.0 for the answer and the end of its turn, 0.0 for all else."""
        return [1.0 if self.start <= index < self.stop else 0.0 for index in range(1, len(self.tokens))]


class Renderer:
    """Renders chats with the template of a tokenizer.

    A special token that is spelled out in a text stays plain text: no passage can end its turn or start another.

    Args:
        tokenizer: A Hugging Face tokenizer that has a chat template.
        name: Its name, for messages.

    Raises:
        ConfigError: The tokenizer has no chat template.
    """

    def __init__(self, tokenizer: ChatTokenizer, name: str) -> None:
        if not tokenizer.chat_template:
            raise ConfigError(f"{name} has no chat template: choose an instruct model, or give its tokenizer")
        self._tokenizer = tokenizer
        self._name = name
        self._special = frozenset(tokenizer.all_special_ids)
        added = tokenizer.added_tokens_decoder.values()
        spelled = {str(token) for token in added if token.special or re.fullmatch(r"<\S+>", str(token))}
        spelled |= {"<think>", "</think>"}  # templates look for them in the texts
        self._spelled = sorted((token for token in spelled if len(token) > 1), key=lambda token: (-len(token), token))
        probe = self.example([{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}], 1 << 20)
        last = int(probe.tokens[probe.stop - 1]) if probe else None
        end = last if last in self._special else tokenizer.eos_token_id
        self.stops = [] if end is None else [end]
        """Tokens that end the assistant's turn."""

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Tokens of a request, up to where the assistant's answer begins."""
        messages, mark = self._shield(messages)
        return self._encode(self._render(messages, add_generation_prompt=True), mark)

    def example(self, messages: Sequence[Message], max_length: int) -> Example | None:
        """Tokens of a row, truncated to `max_length`; None where nothing of the answer is left.

        Raises:
            DataError: The row is not a chat that ends with the assistant, or the template changes the answer.
        """
        if not messages or messages[-1].get("role") != "assistant":
            raise DataError("a training row must end with the assistant's message")
        messages, mark = self._shield(messages)
        request = self._render(messages[:-1], add_generation_prompt=True)
        whole = self._render(messages)
        begin = len(request) if whole.startswith(request) else whole.rfind(messages[-1]["content"])
        if begin < 0:  # a template may ask with an empty thinking part that its answered form leaves out; more is odd
            raise DataError(f"the chat template of {self._name} does not show the assistant's answer as it is")
        prompt = self._encode(request, mark)
        answer = self._encode(whole[begin:], mark)
        tokens = np.asarray(prompt + answer, dtype=np.int32)[:max_length]
        stop = min(len(prompt) + self._turn(answer), len(tokens))
        return Example(tokens, len(prompt), stop) if len(prompt) < stop else None

    def text(self, tokens: Sequence[int]) -> str:
        """The text of sampled tokens, without the end of the turn."""
        kept = list(tokens)
        while kept and kept[-1] in self.stops:
            kept.pop()
        return self._tokenizer.decode(kept, skip_special_tokens=True)

    def _turn(self, answer: list[int]) -> int:
        """Length of the answer with the end of its turn; white space that the template puts behind is not learnt."""
        for length in range(len(answer), 0, -1):
            if answer[length - 1] in self._special:
                return length if not self._tokenizer.decode(answer[length:]).strip() else len(answer)
        return len(answer)

    def _render(self, messages: Sequence[Message], *, add_generation_prompt: bool = False) -> str:
        return str(
            self._tokenizer.apply_chat_template(
                [dict(message) for message in messages],
                tokenize=False,
                add_generation_prompt=add_generation_prompt,
                **_FIXED,
            )
        )

    def _shield(self, messages: Sequence[Message]) -> tuple[list[Message], str]:
        """The messages with a mark inside each spelled-out special token, and the mark: a character none of them has."""
        texts = [message["content"] for message in messages]
        mark = next(char for char in map(chr, range(0xE000, 0xF900)) if not any(char in text for text in texts))
        shielded: list[Message] = []
        for message in messages:
            content = message["content"]
            for token in self._spelled:
                if token in content:
                    content = content.replace(token, token[0] + mark + token[1:])
            shielded.append({**message, "content": content})
        return shielded, mark

    def _encode(self, text: str, mark: str) -> list[int]:
        pieces = (piece for piece in text.split(mark) if piece)
        return [token for piece in pieces for token in self._tokenizer.encode(piece, add_special_tokens=False)]


def load_renderer(name: str) -> Renderer:
    """The renderer of a model on the Hugging Face hub, in its cache, or in a folder.

    Raises:
        MissingBackendError: jinja2 is not installed.
        ConfigError: There is no such tokenizer.
    """
    if find_spec("jinja2") is None:  # transformers looks for it only at the first template
        raise MissingBackendError(INSTALL)
    try:
        auto: Any = AutoTokenizer
        tokenizer: ChatTokenizer = auto.from_pretrained(name, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise ConfigError(f"no tokenizer for {name!r}; give one with tokenizer=: {error}") from error
    return Renderer(tokenizer, name)


def tokenizer_name(base_model: str) -> str:
    """The hub name of a Tinker base model: without `:variant`, and without a third part of the path."""
    name = base_model.split(":", 1)[0]
    parts = name.split("/")
    return "/".join(parts[:2]) if len(parts) == 3 and all(parts) else name
