"""ChatJudge: any Chat as a judge, by one of three methods.

- `tasks`: the model does the same tasks on both texts, and the answers are compared. Four calls, of which the two on
  the original are paid once per passage.
- `probes`: one call writes an examination on the original (once per passage), one sits it with the compressed text alone.
- `verdict`: one call compares the two texts, without being told which is which.

Verdicts come as JSON that matches a schema. What does not match is no verdict: ReplyError, never a guess.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Literal

from attrs import field, frozen
from attrs.validators import and_, ge, in_, le

from semzip import prompts
from semzip._stream import together
from semzip.costs import CallShape
from semzip.errors import ReplyError
from semzip.local import check
from semzip.protocols import Chat, Schema
from semzip.records import Compression, Domain, Loss, Reply, Usage, Verdict, digest
from semzip.tokens import count_tokens

Method = Literal["tasks", "probes", "verdict"]
Compare = Callable[[str, str, Domain], float | Awaitable[float]]
"""Says how far the second answer supports what the first does, in [0, 1]; the domain is that of the answers."""

VERSION = "1"

FRAME = 24
"""Tokens around the texts of a request, for an estimate."""

NOT_STATED = "not stated"
LETTERS = "ABCDE"


def compare_facts(original: str, compressed: str, domain: Domain) -> float:
    """The weighted share of the facts of the first answer that stand in the second: no model, no download."""
    return check.check(original, compressed, domain).score


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _array(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_STRING = {"type": "string"}
_KIND = {"type": "string", "enum": list(prompts.KINDS)}
PROBES: Schema = _object(
    probes=_array(_object(question=_STRING, answer=_STRING, distractors=_array(_STRING), kind=_KIND))
)
ANSWERS: Schema = _object(
    answers=_array(_object(probe={"type": "integer"}, choice={"type": "string", "enum": [*LETTERS]}))
)
VERDICT: Schema = _object(
    differences=_array(_object(kind=_KIND, fact=_STRING, stands={"type": "string", "enum": ["1", "2", "both"]})),
    same_answers={"type": "integer"},
)


@frozen(kw_only=True)
class ChatJudge:
    """Says whether a compressed text supports the same answers, by asking a Chat.

    Args:
        chat: The model.
        method: tasks, probes or verdict.
        threshold: Lowest score in [0, 1] that passes.
        compare: How `tasks` compares two answers; by their facts by default. Its `id`, or its name, is part of the id.
    """

    chat: Chat = field(kw_only=False)
    method: Method = field(default="probes", validator=in_(("tasks", "probes", "verdict")))
    threshold: float = field(default=check.THRESHOLD, validator=and_(ge(0.0), le(1.0)))
    compare: Compare = compare_facts

    @property
    def id(self) -> str:
        """Fingerprint of the chat, the method, its prompts and the threshold."""
        parts = (VERSION, prompts.JUDGE_ID, str(self.threshold), self._compared_by if self.method == "tasks" else "")
        return f"{self.method}-{self.chat.id}-{digest(*parts)[:12]}"

    @property
    def _compared_by(self) -> str:
        by = getattr(self.compare, "id", None) or getattr(self.compare, "__qualname__", repr(self.compare))
        return f"{getattr(self.compare, '__module__', '')}.{by}"

    @property
    def shapes(self) -> tuple[CallShape, ...]:
        """The calls for each pair, for an estimate; lengths of answers are those of short passages in prose."""

        def fixed(*texts: str) -> int:
            return sum(count_tokens(text) for text in (prompts.FENCE, *texts)) + FRAME

        if self.method == "verdict":
            return (CallShape(fixed=fixed(prompts.VERDICT_SYSTEM), original=1, compressed=1, output=80),)
        if self.method == "probes":
            writer = CallShape(fixed=fixed(prompts.PROBE_WRITER), original=1, output=420)
            return writer, CallShape(fixed=fixed(prompts.PROBE_READER) + 330, compressed=1, output=110)
        return tuple(
            CallShape(fixed=fixed(prompts.TASK_SYSTEM, ask), **{text: 1.0}, output=30, output_share=0.6)
            for _, ask in prompts.TASKS["nl"]
            for text in ("original", "compressed")
        )

    async def judge(self, pair: Compression) -> Verdict:
        """The verdict on `pair`; a text that came back as it was passes without a call."""
        if pair.unchanged:
            return Verdict(score=1.0, passed=True, judge=self.id)
        method = {"tasks": self._tasks, "probes": self._probes, "verdict": self._verdict}[self.method]
        score, losses, usage = await method(pair)
        passed = score >= self.threshold and not any(loss.hard for loss in losses)
        return Verdict(score=score, passed=passed, losses=losses, judge=self.id, usage=usage)

    async def _tasks(self, pair: Compression) -> tuple[float, tuple[Loss, ...], Usage]:
        tasks = prompts.TASKS[pair.domain]
        requests = [
            prompts.judge_messages(prompts.TASK_SYSTEM, ("The text:", text), after=ask)
            for _, ask in tasks
            for text in (pair.original, pair.text)
        ]
        replies = await together(partial(self.chat.send, request) for request in requests)
        scores: list[float] = []
        losses: list[Loss] = []
        for (name, _), original, compressed in zip(tasks, replies[::2], replies[1::2], strict=True):
            if not original.text.strip() or not compressed.text.strip():
                raise ReplyError(f"the judge gave no answer to the task {name!r}")
            domain: Domain = "code" if name == "generation" else "nl"
            compared = self.compare(_bare(original.text), _bare(compressed.text), domain)
            scores.append(await compared if isinstance(compared, Awaitable) else compared)
            if scores[-1] < self.threshold:
                losses.append(Loss("detail", f"the answers to the task {name!r} agree to {scores[-1]:.2f}"))
        score = min(1.0, max(0.0, sum(scores) / len(scores)))
        return score, tuple(losses), sum((reply.usage for reply in replies), Usage())

    async def _probes(self, pair: Compression) -> tuple[float, tuple[Loss, ...], Usage]:
        count = min(12, max(4, count_tokens(pair.original) // 25))
        system = prompts.PROBE_WRITER.replace("{count}", str(count))
        written = await self.chat.send(prompts.judge_messages(system, ("The text:", pair.original)), schema=PROBES)
        probes = _usable(read_json(written, PROBES)["probes"])
        options = [_drawn(pair.original, probe) for probe in probes]
        asked = "\n\n".join(
            f"{number}. {probe['question']}\n" + "\n".join(f"{a}) {b}" for a, b in zip(LETTERS, choices, strict=False))
            for number, (probe, choices) in enumerate(zip(probes, options, strict=True), 1)
        )
        messages = prompts.judge_messages(prompts.PROBE_READER, ("The text:", pair.text), ("The examination:", asked))
        answered = await self.chat.send(messages, schema=ANSWERS)
        chosen = {int(each["probe"]): str(each["choice"]) for each in read_json(answered, ANSWERS)["answers"]}
        if sorted(chosen) != list(range(1, len(probes) + 1)):
            raise ReplyError("the judge did not answer each question of its examination once")
        losses: list[Loss] = []
        for number, (probe, choices) in enumerate(zip(probes, options, strict=True), 1):
            place = LETTERS.index(chosen[number])
            if place >= len(choices):
                raise ReplyError("the judge chose an answer that was not offered")
            if choices[place] != probe["answer"]:
                losses.append(Loss(probe["kind"], f"{probe['question']} {probe['answer']}"))
        return 1 - len(losses) / len(probes), tuple(losses), written.usage + answered.usage

    async def _verdict(self, pair: Compression) -> tuple[float, tuple[Loss, ...], Usage]:
        # Drawn by a hash of the pair: half of the pairs have the original first, and each always the same way.
        swapped = int(digest(pair.original, pair.text)[0], 16) % 2 == 1
        texts = (pair.text, pair.original) if swapped else (pair.original, pair.text)
        messages = prompts.judge_messages(prompts.VERDICT_SYSTEM, ("Text 1:", texts[0]), ("Text 2:", texts[1]))
        reply = await self.chat.send(messages, schema=VERDICT)
        verdict = read_json(reply, VERDICT)
        if not 0 <= verdict["same_answers"] <= 100:
            raise ReplyError("the judge's score is not between 0 and 100")
        compressed = "1" if swapped else "2"
        losses = tuple(
            Loss(each["kind"], each["fact"], invented=each["stands"] == compressed) for each in verdict["differences"]
        )
        return verdict["same_answers"] / 100, losses, reply.usage


def read_json(reply: Reply, schema: Schema) -> dict[str, Any]:
    """The JSON object in `reply`, checked against `schema`. Raises ReplyError: a judge that cannot be read has not judged.

    Servers that ignore schemas may wrap the object in thoughts or a code fence; nothing else around it is accepted.
    """
    try:
        value = json.loads(_bare(reply.text))
    except ValueError as error:
        raise ReplyError("the judge's reply is not JSON") from error
    if (fault := _fault(value, schema, "reply")) is not None:
        raise ReplyError(f"the judge's reply does not match its schema: {fault}")
    return dict[str, Any](value)


def _bare(text: str) -> str:
    text = re.sub(r"\A\s*<think>.*?</think>", "", text, flags=re.DOTALL).strip()
    fenced = re.fullmatch(r"```[\w+-]*\n(.*?)\n?```", text, re.DOTALL)
    return fenced[1] if fenced else text


_KINDS: Mapping[str, type] = {"object": dict, "array": list, "string": str, "integer": int}


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _KINDS[kind]) and not isinstance(value, bool)


def _fault(value: Any, schema: Schema, where: str) -> str | None:
    if not _is(value, schema["type"]):
        return f"{where} is no {schema['type']}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} is none of the allowed values"
    inner: list[tuple[Any, Schema, str]] = []
    if schema["type"] == "object":
        if sorted(value) != sorted(schema["required"]):
            return f"{where} has other fields than asked for"
        inner = [(value[name], form, f"{where}.{name}") for name, form in schema["properties"].items()]
    elif schema["type"] == "array":
        inner = [(item, schema["items"], f"{where}[{number}]") for number, item in enumerate(value)]
    return next((fault for each in inner if (fault := _fault(*each)) is not None), None)


def _usable(probes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    good: list[dict[str, Any]] = []
    for probe in probes:
        wrong = [d for d in dict.fromkeys(probe["distractors"]) if d.strip() and d != probe["answer"]][:3]
        if probe["question"].strip() and probe["answer"].strip() and wrong:
            good.append({**probe, "distractors": wrong})
    if not good:
        raise ReplyError("the judge wrote no usable question about the original")
    return good


def _drawn(original: str, probe: Mapping[str, Any]) -> list[str]:
    choices = [probe["answer"], *probe["distractors"]]
    # Seeded by the texts: the same examination has the same order, so that it is not paid for twice.
    random.Random(digest(original, probe["question"])).shuffle(choices)  # noqa: S311 - drawn by the text
    return [*choices, NOT_STATED]
