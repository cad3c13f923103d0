"""ChatCompressor: any Chat as a compressor. It asks, cleans the answer, and refuses what is empty or longer."""

from __future__ import annotations

import re
from functools import partial

from attrs import evolve, field, frozen
from attrs.validators import ge

from semzip import _calls, prompts
from semzip._stream import together
from semzip.chat_judge import FRAME, ChatJudge
from semzip.costs import CallShape
from semzip.errors import BackendError, ReplyError
from semzip.protocols import Chat, Judge
from semzip.records import Compression, Passage, Reply, Usage, digest
from semzip.tokens import DEFAULT_TOKENIZER, count_tokens

_THINKING = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_TOOL_TAG = re.compile(r"</?tool_(?:call|response)>")
_FENCE = re.compile(r"\A```[\w+-]*\n(.*?)\n?```\Z", re.DOTALL)


def clean(answer: str, original: str = "") -> str:
    """`answer` without what models leave around a text: thoughts, stray tool tags, a code fence around the whole.

    Args:
        answer: What the model said.
        original: The text that was to be compressed: what it has itself is no artefact.
    """
    text = _THINKING.sub("", answer)
    # A template may have opened the thoughts in the prompt, so that only their end is in the answer.
    text = text.rpartition("</think>")[2] if "</think>" not in original else text
    if not _TOOL_TAG.search(original):
        text = _TOOL_TAG.sub("", text)
    text = text.strip()
    fenced = _FENCE.match(text)
    return fenced[1].strip() if fenced and not original.lstrip().startswith("```") else text


@frozen(kw_only=True)
class ChatCompressor:
    """Shortens a passage by asking a Chat.

    Args:
        chat: The model.
        prompt: The system prompt; by default the one that the v1 adapter was trained on.
        candidates: Answers sampled for each passage.
        judge: Chooses among candidates: the shortest that it passes, else the one with the best score. Without one, the
            shortest.
        tokenizer: The tokenizer that counts.
    """

    chat: Chat = field(kw_only=False)
    prompt: str = prompts.COMPRESS_SYSTEM
    candidates: int = field(default=1, validator=ge(1))
    judge: Judge | None = None
    tokenizer: str = DEFAULT_TOKENIZER

    @property
    def id(self) -> str:
        """Fingerprint of the chat, the prompt, and how a candidate is chosen."""
        judge = self.judge.id if self.judge else ""
        parts = (self.prompt, prompts.COMPRESS_USER, str(self.candidates), judge, self.tokenizer)
        return f"chat-{self.chat.id}-{digest(*parts)[:12]}"

    @property
    def shapes(self) -> tuple[CallShape, ...]:
        """The calls for each passage, for an estimate."""
        fixed = count_tokens(self.prompt) + FRAME
        return (CallShape(fixed=fixed, original=1.0, output_share=0.62, times=self.candidates),)

    async def compress(self, passage: Passage) -> Compression:
        """The compressed passage. Raises BackendError where the model gives none, or a longer text."""
        if self.candidates == 1:
            return self._compression(passage, await self._ask(passage, 0))

        async def candidate(number: int) -> Compression | BackendError:
            try:
                return self._compression(passage, await self._ask(passage, number))
            except BackendError as error:
                if error.stops_run:
                    raise
                return error

        made = await together(partial(candidate, number) for number in range(self.candidates))
        found = [each for each in made if isinstance(each, Compression)]
        if not found:
            raise next(each for each in made if isinstance(each, BackendError))
        usage = sum((each.usage for each in found), Usage())
        return await self._choose(list({each.text: each for each in found}.values()), usage)

    async def _choose(self, found: list[Compression], usage: Usage) -> Compression:
        found.sort(key=lambda each: (each.tokens, each.text))
        if self.judge is None:
            return evolve(found[0], usage=usage)
        judged: list[tuple[float, Compression]] = []
        for each in found:
            verdict = await self.judge.judge(each)
            usage += verdict.usage
            judged.append((verdict.score, evolve(each, verdict=verdict)))
            if verdict.passed:
                return evolve(judged[-1][1], usage=usage)
        return evolve(max(judged, key=lambda pair: pair[0])[1], usage=usage)

    async def _ask(self, passage: Passage, number: int) -> Reply:
        # No answer may be longer than the passage; other tokenizers may count it as up to twice as many tokens.
        most = 2 * count_tokens(passage.text, self.tokenizer) + 64
        with _calls.draw(number):
            return await self.chat.send(prompts.compress_request(passage.text, self.prompt), max_tokens=most)

    def _compression(self, passage: Passage, reply: Reply) -> Compression:
        if reply.raw.get("finish_reason") == "length":
            raise ReplyError("the model's compression was cut off before its end")
        text = clean(reply.text, passage.text)
        if not text:
            raise ReplyError("the model's compression is empty")
        short = passage.compressed(text, by=self.id, tokenizer=self.tokenizer, usage=reply.usage)
        if short.tokens > short.original_tokens:
            raise ReplyError(
                f"the model's compression is longer than the passage: {short.tokens} of {short.original_tokens} tokens"
            )
        return short


__all__ = ["ChatCompressor", "ChatJudge", "clean"]
