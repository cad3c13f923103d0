"""A run to report on: prose and code, two judges, passes, rejections and failures, and texts that try to be markup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio

from corpora import texts
from semzip import Compression, Passage, Pipeline, Verdict
from semzip.errors import RefusalError
from semzip.evaluation import Evaluation
from semzip.gates import Target
from semzip.records import Loss, Usage
from semzip.stores import SQLiteStore
from semzip.testing import FakeCompressor, FakeTrainer

HOSTILE = (
    "</script><script>document.title = 'taken over'</script> <img src=x onerror=\"document.title='taken over'\"> is markup.",
    "<!-- <script> --> ]]> $data ${policy} {{ braces }} \u2028 ' \" ` <svg onload=alert(1)> is some more markup.",
)


class Refusing(FakeCompressor):
    """Drops every fourth word, and refuses what asks for it."""

    async def compress(self, passage: Passage) -> Compression:
        if "Graz" in passage.text and passage.domain == "code":
            raise RefusalError("<b>I would rather not</b>")
        return await super().compress(passage)


class Losing:
    """Rejects what is about a harbour or tries to be markup, at 20 cents a verdict."""

    id = "losing <judge> 0.8"

    async def judge(self, pair: Compression) -> Verdict:
        kinds = [kind for kind, word in (("number", "harbour"), ("negation", "markup")) if word in pair.original]
        losses = tuple(Loss(kind, f"<i>{kind}</i>", 3) for kind in kinds)
        passed = not kinds and not pair.compressor.startswith("canary")
        return Verdict(score=0.9 if passed else 0.4, passed=passed, losses=losses, usage=Usage(usd=0.2))


class Kind:
    """Passes nearly everything, and calls what stays a detail."""

    id = "kind"

    async def judge(self, pair: Compression) -> Verdict:
        passed = not pair.compressor.startswith("canary") and "tramway" not in pair.original
        return Verdict(score=0.95 if passed else 0.5, passed=passed, losses=(Loss("detail", "a word"),))


def pipeline(folder: Path, **parts: Any) -> Pipeline:
    defaults: dict[str, Any] = {
        "compressor": Refusing(),
        "judges": (Losing(), Kind()),
        "trainer": FakeTrainer(),
        "store": SQLiteStore(folder / "run.db"),
        "evaluation": Evaluation(curve=(0.5,)),
        "targets": (Target("passed", ">", 10), Target("evaluation.v2.ratio", "<", 0.1)),
        "allow_failing": True,
    }
    return Pipeline(**{**defaults, **parts})


def passages(n: int = 240) -> list[Passage]:
    ordinary = [
        Passage(text, "code" if domain == "code" else "nl", f"corpus:{n}") for n, (domain, text) in enumerate(texts(n))
    ]
    return [*ordinary, *(Passage(text, "nl", "<hostile>") for text in HOSTILE)]


def make(folder: Path, **parts: Any) -> Path:
    """Run it; the folder holds what `semzip run` leaves."""

    async def work() -> None:
        run = pipeline(folder, **parts)
        await run.run(passages())
        await run.aclose()

    anyio.run(work)
    return folder
