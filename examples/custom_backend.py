"""A backend of one's own: any model that answers messages compresses and judges, once it has `id` and `send`."""

from collections.abc import Sequence

import anyio

from semzip import ChatCompressor, Passage, Reply, Usage
from semzip.protocols import Message, Schema
from semzip.testing import check_chat

ABBREVIATIONS = {"approximately": "~", "percent": "%", " and ": " + ", "is equal to": "="}


class AbbreviatingChat:
    """Stands for a model: answers a request to compress with the text, abbreviated."""

    id = "abbreviating-chat-1"

    async def send(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int | None = None
    ) -> Reply:
        text = '{"yes": true}' if schema else messages[-1]["content"].removeprefix("Compress:\n")
        for long, short in ABBREVIATIONS.items():
            text = text.replace(long, short)
        text = " ".join(text.split(" ")[:max_tokens])
        return Reply(text, Usage(input_tokens=len(text.split()) + 1, output_tokens=len(text.split())))


async def main() -> None:
    await check_chat(AbbreviatingChat())
    passage = Passage("The yield and the price rose by approximately 12 percent, and the cost is equal to 3 euros.")
    pair = await ChatCompressor(AbbreviatingChat()).compress(passage)
    print(pair.text, f"({pair.tokens} of {pair.original_tokens} tokens)")


anyio.run(main)
