"""ChatCompressor: what is cleaned, what is refused, how a candidate is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semzip import ChatCompressor, Compression, Passage, Reply, Usage, Verdict
from semzip._calls import _draw
from semzip.chat import clean
from semzip.errors import AccountError, BackendError, RefusalError, ReplyError
from semzip.prompts import COMPRESS_SYSTEM

TEXT = "The meeting of the committee was moved from Monday to Thursday because the chairwoman was ill on that day."
pytestmark = pytest.mark.anyio


class Script:
    """A Chat that says what stands in its script, by draw."""

    id = "script"

    def __init__(self, *answers: str) -> None:
        self.answers = answers
        self.asked: list[Any] = []

    async def send(
        self, messages: Sequence[Mapping[str, str]], *, schema: Any = None, max_tokens: int | None = None
    ) -> Reply:
        self.asked.append((messages, max_tokens))
        return Reply(self.answers[_draw.get() % len(self.answers)], Usage(10, 5, 0, 0.01))


class Needs:
    """A judge that passes texts with a word."""

    id = "needs"

    def __init__(self, word: str) -> None:
        self.word = word
        self.judged: list[str] = []

    async def judge(self, pair: Compression) -> Verdict:
        self.judged.append(pair.text)
        return Verdict(score=len(pair.text) / 1000, passed=self.word in pair.text, judge=self.id)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("<think>hmm\n</think>\nMeeting: Mon → Thu", "Meeting: Mon → Thu"),
        ("hmm\n</think>\nMeeting: Mon → Thu", "Meeting: Mon → Thu"),
        ("Meeting: Mon → Thu</tool_call>", "Meeting: Mon → Thu"),
        ("```text\nMeeting: Mon → Thu\n```", "Meeting: Mon → Thu"),
        ("```\nMeeting: Mon → Thu```", "Meeting: Mon → Thu"),
        ("see ```x``` and ```y```", "see ```x``` and ```y```"),
    ],
)
def test_artefacts_are_cleaned(answer: str, expected: str):
    assert clean(answer, TEXT) == expected


def test_what_the_original_has_is_no_artefact():
    assert clean("```py\nx = 1\n```", "```py\nx = 1  # one\n```") == "```py\nx = 1\n```"
    assert clean("use </tool_call> here", "please use </tool_call> here") == "use </tool_call> here"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str):
    assert clean(clean(text)) == clean(text)


async def test_the_plans_prompt_is_asked_and_usage_kept():
    chat = Script("Meeting: Mon → Thu (chairwoman ill)")
    short = await ChatCompressor(chat).compress(Passage(TEXT))
    messages, most = chat.asked[0]
    assert messages[0] == {"role": "system", "content": COMPRESS_SYSTEM}
    assert messages[1] == {"role": "user", "content": f"Compress:\n{TEXT}"}
    assert most >= 2 * short.original_tokens
    assert short.text == "Meeting: Mon → Thu (chairwoman ill)"
    assert short.usage.usd == 0.01
    assert short.compressor == ChatCompressor(chat).id


@pytest.mark.parametrize("answer", ["", "<think>all of it</think>", TEXT + " And so on."])
async def test_empty_and_longer_answers_are_refused(answer: str):
    with pytest.raises(ReplyError):
        await ChatCompressor(Script(answer)).compress(Passage(TEXT))


async def test_shortest_candidate_that_passes_is_kept():
    chat = Script(
        "Mon → Thu", "Meeting: Mon → Thu (chair ill)", "", "Meeting was moved: Mon → Thu, as the chair was ill"
    )
    judge = Needs("ill")
    short = await ChatCompressor(chat, candidates=4, judge=judge).compress(Passage(TEXT))
    assert short.text == "Meeting: Mon → Thu (chair ill)"
    assert short.verdict is not None
    assert short.verdict.passed
    assert judge.judged == ["Mon → Thu", "Meeting: Mon → Thu (chair ill)"]
    assert short.usage.input_tokens == 30


async def test_best_candidate_is_kept_where_none_passes():
    chat = Script("Mon → Thu", "Meeting: Mon → Thu (chair ill)")
    short = await ChatCompressor(chat, candidates=2, judge=Needs("absent")).compress(Passage(TEXT))
    assert short.text == "Meeting: Mon → Thu (chair ill)"
    assert short.verdict is not None
    assert not short.verdict.passed


async def test_a_candidate_that_fails_leaves_the_others_and_a_closed_account_ends_them():
    class Fails(Script):
        error: BackendError = RefusalError("not this one")

        async def send(self, *args: Any, **more: Any) -> Reply:
            reply = await super().send(*args, **more)
            if reply.text == "fails":
                raise self.error
            return reply

    short = await ChatCompressor(Fails("fails", "Mon → Thu"), candidates=2).compress(Passage(TEXT))
    assert short.text == "Mon → Thu"
    with pytest.raises(RefusalError):
        await ChatCompressor(Fails("fails", "fails"), candidates=2).compress(Passage(TEXT))
    closed = Fails("fails", "Mon → Thu")
    closed.error = AccountError("no credit")
    with pytest.raises(AccountError):
        await ChatCompressor(closed, candidates=2).compress(Passage(TEXT))


def test_settings_are_in_the_id():
    chat = Script("x")
    ids = [
        ChatCompressor(chat).id,
        ChatCompressor(chat, prompt="Shorten.").id,
        ChatCompressor(chat, candidates=2).id,
        ChatCompressor(chat, candidates=2, judge=Needs("x")).id,
    ]
    assert len(set(ids)) == 4
