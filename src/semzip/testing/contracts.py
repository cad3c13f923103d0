"""The contract checks: what every implementation of a protocol must do."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
from anyio.lowlevel import checkpoint

from semzip.errors import ReplyError, SemzipError
from semzip.protocols import Chat, Compressor, Judge, Store, Trainer
from semzip.records import Adapter, Compression, Passage, Reply, Verdict
from semzip.testing.fakes import TEXTS, sample_dataset

_STEPS_BEFORE_CANCELLING = 5
_PATIENCE_SECONDS = 60.0


class ContractError(AssertionError):
    """An implementation broke a promise of its protocol."""


async def check_compressor(compressor: Compressor, texts: Sequence[str] = TEXTS) -> None:
    """A Compressor answers each passage with its own compression, never longer, and can be cancelled.

    Raises:
        ContractError: It does not.
    """
    _is(compressor, Compressor, "it has `id` and `async compress(passage)`")
    _check_id(lambda: compressor.id)
    passages = [Passage(text) for text in texts]
    answers = await _all_at_once(compressor.compress, passages)
    for passage, answer in zip(passages, answers, strict=True):
        _is(answer, Compression, f"compress() gives a Compression, not {type(answer).__name__}")
        _promise(answer.original == passage.text, "each passage is answered with the compression of its own text")
        _promise(bool(answer.text.strip()), "the compressed text is not empty")
        counted = passage.compressed(answer.text, by="", tokenizer=answer.tokenizer)
        _promise(answer.tokens == counted.tokens, f"`tokens` is the exact count of {answer.tokenizer}")
        _promise(answer.tokens <= counted.original_tokens, "the compressed text has no more tokens than the original")
    await _check_cancellation(lambda: compressor.compress(passages[0]))


async def check_judge(judge: Judge, texts: Sequence[str] = TEXTS) -> None:
    """A Judge gives a verdict on each pair, passes a text against itself, and can be cancelled.

    Raises:
        ContractError: It does not.
    """
    _is(judge, Judge, "it has `id` and `async judge(pair)`")
    _check_id(lambda: judge.id)
    same = [Passage(text).compressed(text, by="same") for text in texts]
    for verdict in await _all_at_once(judge.judge, same):
        _is(verdict, Verdict, f"judge() gives a Verdict, not {type(verdict).__name__}")
        _promise(verdict.passed, "a text passes against itself")
    other = [Passage(text).compressed("Nothing of it.", by="other") for text in texts]
    for verdict in await _all_at_once(judge.judge, other):
        _promise(not verdict.passed, "a text that says nothing of the original fails")
    await _check_cancellation(lambda: judge.judge(same[0]))


async def check_chat(chat: Chat) -> None:
    """A Chat answers with text and usage, keeps to a schema or raises, and can be cancelled.

    Raises:
        ContractError: It does not.
    """
    _is(chat, Chat, "it has `id` and `async send(messages, *, schema, max_tokens)`")
    _check_id(lambda: chat.id)
    messages = [{"role": "user", "content": "Say yes."}]
    reply = await chat.send(messages, max_tokens=16)
    _is(reply, Reply, f"send() gives a Reply, not {type(reply).__name__}")
    _promise(reply.usage.input_tokens > 0, "the reply says how many input tokens were used")
    schema = {"type": "object", "properties": {"yes": {"type": "boolean"}}, "required": ["yes"]}
    try:
        value: Any = json.loads((await chat.send(messages, schema=schema, max_tokens=64)).text)
    except ReplyError:
        pass
    except ValueError as error:
        raise ContractError("broken promise: a reply under a schema is JSON, or ReplyError is raised") from error
    else:
        _promise(isinstance(value, dict) and "yes" in value, "a reply under a schema matches it")
    await _check_cancellation(lambda: chat.send(messages, max_tokens=16))


async def check_trainer(trainer: Trainer, folder: Path) -> None:
    """A Trainer makes an adapter in its folder, tells its steps, repeats itself, and loads what it made.

    Args:
        trainer: What is checked.
        folder: An empty folder to work in.

    Raises:
        ContractError: It does not.
    """
    _is(trainer, Trainer, "it has `id`, `async train(dataset, folder, on_step)` and `async load(adapter)`")
    _check_id(lambda: trainer.id)
    dataset = sample_dataset(folder / "dataset")
    steps: list[int] = []

    def note(step: int, _: Mapping[str, float]) -> None:
        steps.append(step)

    adapter = await trainer.train(dataset, folder / "adapter", note)
    _is(adapter, Adapter, f"train() gives an Adapter, not {type(adapter).__name__}")
    _promise(adapter.folder == folder / "adapter", "the adapter is in the folder that was given")
    _promise(any(path.is_file() for path in adapter.folder.rglob("*")), "the adapter's folder holds files")
    _promise(bool(steps) and steps == sorted(steps), "on_step is called, with steps that do not go back")
    again = await trainer.train(dataset, folder / "again", _ignore)
    _promise(again.id == adapter.id, "the same dataset gives the same adapter")
    compressor = await trainer.load(adapter)
    _is(compressor, Compressor, "load() gives a Compressor")
    answer = await compressor.compress(Passage(TEXTS[0]))
    _promise(answer.original == TEXTS[0], "the loaded compressor compresses")


async def check_store(make: Callable[[], Store]) -> None:
    """A Store keeps first values, gives them back whole and in order, and after `commit` to others too.

    Args:
        make: Opens the store; called twice, on the same place.

    Raises:
        ContractError: It does not.
    """
    store = make()
    _is(store, Store, "it has `get`, `put`, `scan` and `commit`")
    _promise(await store.get("kind", "none") is None, "get() of an unknown key is None")
    values = {
        f"{number:04d}": {"number": number, "text": "é→\u4e2d\ud800\n", "list": [1.5, None, True]}
        for number in range(1200)
    }
    for key in reversed(values):
        _promise(await store.put("kind", key, values[key]), "put() of a new key is True")
    _promise(not await store.put("kind", "0000", {"number": -1}), "put() of a known key is False")
    _promise(await store.get("kind", "0000") == values["0000"], "the first value of a key stays, whole")
    await store.put("other", "0000", {})
    scanned = [item async for item in store.scan("kind")]
    _promise(
        len(scanned) == len(values), f"scan() drops nothing: {len(values)} values were put, {len(scanned)} came back"
    )
    _promise(scanned == list(values.items()), "scan() gives every value of its kind in the order of the keys")
    await store.commit()
    _promise(await make().get("kind", "1199") == values["1199"], "a committed value is seen by whoever opens the store")


def _ignore(_step: int, _figures: Mapping[str, float]) -> None:
    pass


def _promise(kept: bool, promise: str) -> None:  # reads as a sentence at every call
    if not kept:
        raise ContractError(f"broken promise: {promise}")


def _is(value: object, kind: Any, promise: str) -> None:
    _promise(isinstance(value, kind), promise)


def _check_id(read: Callable[[], object]) -> None:
    first = read()
    _promise(isinstance(first, str) and bool(first), "`id` is a text that is not empty")
    _promise(first == read(), "`id` stays the same")


async def _all_at_once(func: Callable[[Any], Awaitable[Any]], items: Sequence[Any]) -> list[Any]:
    answers: dict[int, Any] = {}

    async def one(number: int) -> None:
        answers[number] = await func(items[number])

    try:
        with anyio.fail_after(_PATIENCE_SECONDS):
            async with anyio.create_task_group() as tasks:
                for number in range(len(items)):
                    tasks.start_soon(one, number)
    except TimeoutError as error:
        raise ContractError("broken promise: every call of many at once is answered") from error
    return [answers[number] for number in range(len(items))]


async def _check_cancellation(call: Callable[[], Awaitable[object]]) -> None:
    returned_after_cancelling = False

    async def watched() -> None:
        nonlocal returned_after_cancelling
        with suppress(SemzipError):  # an error is an answer too; what counts is when it comes
            await call()
        returned_after_cancelling = tasks.cancel_scope.cancel_called

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watched)
        for _ in range(_STEPS_BEFORE_CANCELLING):
            await checkpoint()
        tasks.cancel_scope.cancel()
    _promise(not returned_after_cancelling, "a cancelled call ends by the cancellation, and does not return")
