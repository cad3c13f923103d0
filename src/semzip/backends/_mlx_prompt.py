"""How messages become tokens: by the model's chat template, thinking off, with the texts kept apart from control tokens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from semzip.backends._mlx_models import sdk
from semzip.errors import ConfigError, DataError
from semzip.protocols import Message

_SLOT = re.compile("(\ue000[0-9]+\ue001)")


class Prompter:
    """Renders messages for one tokenizer.

    Args:
        tokenizer: mlx-lm's wrapper of it.
        name: The model's name, for errors.

    Raises:
        ConfigError: The model has no chat template.
    """

    def __init__(self, tokenizer: Any, name: str) -> None:
        if not tokenizer.has_chat_template:
            raise ConfigError(f"{name} has no chat template: take an instruct or chat model")
        self.tokenizer = tokenizer
        self._template_error: type[Exception] = sdk("jinja2").TemplateError
        added = tokenizer.added_tokens_decoder.values()
        self._controls = tuple(sorted(token.content for token in added if token.special))

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Token ids that ask for the next answer."""
        rows, texts = self._fenced(messages)
        return self._encode(self._render(rows, ask=True), texts)

    def example(self, messages: Sequence[Message]) -> tuple[list[int], int]:
        """Token ids of a whole training row, and how many of them are the prompt, exactly as `prompt` makes it."""
        rows, texts = self._fenced(messages)
        asked, whole = self._render(rows[:-1], ask=True), self._render(rows, ask=False)
        if whole.startswith(asked):
            answer = whole[len(asked) :]
        else:
            # A template that asks without thinking need not show the empty thought in an answer that was given.
            start = whole.rfind(rows[-1]["content"])
            if start < 0:
                raise DataError("the chat template does not show the assistant's answer as it is; it cannot be learnt")
            answer = whole[start:]
        prompt = self._encode(asked, texts)
        return [*prompt, *self._encode(answer, texts)], len(prompt)

    def _fenced(self, messages: Sequence[Message]) -> tuple[list[dict[str, str]], dict[str, str]]:
        # A text that spells out a control token must not end its message: it goes through the template as a slot.
        rows = [dict(message) for message in messages]
        if not any(control in row["content"] for row in rows for control in self._controls):
            return rows, {}
        texts: dict[str, str] = {}
        for number, row in enumerate(rows):
            slot = f"\ue000{number}\ue001"
            texts[slot], row["content"] = row["content"], slot
        return rows, texts

    def _encode(self, rendered: str, texts: dict[str, str]) -> list[int]:
        if not texts:
            return list(self.tokenizer.encode(rendered, add_special_tokens=False))
        ids: list[int] = []
        for piece in _SLOT.split(rendered):
            plain = texts.get(piece)
            if plain is not None:
                ids += self.tokenizer.encode(plain, add_special_tokens=False, split_special_tokens=True)
            elif piece:
                ids += self.tokenizer.encode(piece, add_special_tokens=False)
        return ids

    def _render(self, rows: list[dict[str, str]], *, ask: bool) -> str:
        try:
            return self._apply(rows, ask=ask)
        except self._template_error as error:
            # Some templates know no system role; there the user's message opens with it.
            if len(rows) > 1 and rows[0]["role"] == "system":
                first = {**rows[1], "content": f"{rows[0]['content']}\n\n{rows[1]['content']}"}
                return self._apply([first, *rows[2:]], ask=ask)
            raise ConfigError(f"the model's chat template refuses these messages: {error}") from error

    def _apply(self, rows: list[dict[str, str]], *, ask: bool) -> str:
        return str(
            self.tokenizer.apply_chat_template(rows, tokenize=False, add_generation_prompt=ask, enable_thinking=False)
        )
