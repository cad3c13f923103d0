from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from light_service import Service

from semzip.backends._tinker_chat import _json_object
from semzip.backends.tinker import TinkerChat, TinkerTrainer
from semzip.errors import ReplyError, SemzipError
from semzip.testing import check_chat, check_trainer

pytestmark = pytest.mark.anyio
SCHEMA = {"type": "object", "required": ["verdict"]}


async def test_the_chat_keeps_the_contract(light: Service, tiny: Path) -> None:
    chat = TinkerChat("tiny", tokenizer=str(tiny))
    await check_chat(chat)
    await chat.aclose()


async def test_the_trainer_keeps_the_contract(
    light: Service, trainer: Callable[..., TinkerTrainer], tmp_path: Path
) -> None:
    """Its last promise is a compression: what the light service says is nonsense, longer than the text."""
    with pytest.raises(ReplyError, match="longer than the passage"):
        await check_trainer(trainer(num_epochs=1), tmp_path)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('{"verdict": true}', '{"verdict": true}'),
        ('Here it is: {"verdict": {"a": 1}} done {', '{"verdict": {"a": 1}}'),
        ('{"other": 1} {"verdict": "é"}', '{"verdict": "é"}'),
        ('{not json} ```json\n{"verdict": 1}\n```', '{"verdict": 1}'),
    ],
)
def test_the_json_object_of_an_answer(answer: str, found: str) -> None:
    assert _json_object(answer, SCHEMA) == found


@pytest.mark.parametrize("answer", ["", "yes", "{", '{"other": 1}', '["verdict"]'])
def test_an_answer_without_it(answer: str) -> None:
    with pytest.raises(SemzipError, match="no JSON object"):
        _json_object(answer, SCHEMA)
