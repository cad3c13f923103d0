"""The evaluation of a run: arms and references on the same rows, a limit, a learning curve, and what the plan says of v1."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import texts
from semzip import Compression, Passage, Pipeline, Verdict
from semzip.evaluation import CURVE, Evaluation, spread
from semzip.records import Loss
from semzip.references import STOP_WORDS, Truncation, WithoutStopWords
from semzip.testing import FakeCompressor, FakeJudge, FakeTrainer, MemoryStore

pytestmark = pytest.mark.anyio
EVERYTHING = 300


@pytest.fixture
def anyio_backend() -> str:
    """One is enough: the stage only uses what the pipeline's tests run on both."""
    return "asyncio"


def passages(n: int = EVERYTHING) -> list[Passage]:
    return [Passage(text, "code" if domain == "code" else "nl") for domain, text in texts(n)]


def pipeline(folder: Path, **parts: Any) -> Pipeline:
    defaults: dict[str, Any] = {
        "compressor": FakeCompressor(),
        "judges": (FakeJudge(),),
        "trainer": FakeTrainer(),
        "store": MemoryStore(folder),
    }
    return Pipeline(**{**defaults, **parts})


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "evaluation.jsonl").read_text().splitlines()]


async def test_every_arm_and_reference_is_measured_on_the_same_rows(tmp_path: Path) -> None:
    report = await pipeline(tmp_path).run(passages())
    found = report.figures["evaluation"]
    n = report.figures["dataset"]["test"]
    arms = {"v1": found["v1"], "v2": found["v2"], **found["references"]}
    assert set(found["references"]) == {"original", "truncation", "stop words", "embedded"}
    assert {figures["n"] for figures in arms.values()} == {n}
    assert Counter(line["arm"] for line in lines(tmp_path)) == dict.fromkeys(arms, n)
    ids = {name: [line["id"] for line in lines(tmp_path) if line["arm"] == name] for name in arms}
    assert all(each == ids["v1"] for each in ids.values())
    original = found["references"]["original"]
    assert (original["ratio"], original["pass_rate"], original["equivalence"]) == (1.0, 1.0, 1.0)
    assert found["references"]["truncation"]["ratio"] <= round(found["v2"]["ratio"], 2) + 0.005
    assert found["rows"]["n"] == found["rows"]["of"] == n
    assert found["v2"]["losses"]["detail"] > 0
    assert "quoted" not in found


async def test_without_references_nothing_else_is_judged(tmp_path: Path) -> None:
    report = await pipeline(tmp_path, evaluation=Evaluation(references=False)).run(passages())
    assert "references" not in report.figures["evaluation"]
    assert {line["arm"] for line in lines(tmp_path)} == {"v1", "v2"}


async def test_a_limit_takes_the_first_rows_by_their_ids(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path)
    await pipeline(tmp_path, store=store).run(passages())
    every = [line["id"] for line in lines(tmp_path) if line["arm"] == "v2"]
    report = await pipeline(tmp_path, store=store).run(stages=("evaluate",), limit=7)
    assert report.figures["evaluation"]["v2"]["n"] == 7
    assert [line["id"] for line in lines(tmp_path) if line["arm"] == "v2"] == every[:7]
    limited = await pipeline(tmp_path, store=store, evaluation=Evaluation(limit=5)).run(passages())
    assert (limited.figures["passages"], limited.figures["evaluation"]["v2"]["n"]) == (EVERYTHING, 5)


async def test_a_curve_shows_what_more_data_give(tmp_path: Path) -> None:
    report = await pipeline(tmp_path, evaluation=Evaluation(curve=CURVE, references=False)).run(passages())
    curve = report.figures["evaluation"]["curve"]
    train = report.figures["dataset"]["train"]
    assert [(point["share"], point["train"]) for point in curve] == [
        (0.25, round(0.25 * train)),
        (0.5, round(0.5 * train)),
        (1.0, train),
    ]
    assert curve[-1]["ratio"] == report.figures["evaluation"]["v2"]["ratio"]
    taken = (tmp_path / "curve" / "0.25" / "dataset" / "train.jsonl").read_text().splitlines()
    whole = (tmp_path / "dataset" / "train.jsonl").read_text().splitlines()
    assert taken == whole[: len(taken)]


async def test_v1_is_measured_anew_or_quoted_and_marked_so(tmp_path: Path) -> None:
    given_pairs = [one.compressed(one.text[: len(one.text) // 2], by="given:file") for one in passages()]

    class Fair(FakeJudge):
        async def judge(self, pair: Compression) -> Verdict:
            return Verdict(score=0.9, passed=True)

    parts: dict[str, Any] = {"judges": (Fair(),), "evaluation": Evaluation(references=False)}
    quoted = await pipeline(tmp_path / "a", store=MemoryStore(tmp_path / "a"), compressor=None, **parts).run(
        pairs=given_pairs
    )
    assert quoted.figures["evaluation"]["quoted"]["v1"]["source"].startswith("quoted from the v2 plan")
    anew = await pipeline(tmp_path / "b", store=MemoryStore(tmp_path / "b"), **parts).run(pairs=given_pairs)
    assert "quoted" not in anew.figures["evaluation"]
    assert anew.figures["evaluation"]["v1"]["ratio"] != quoted.figures["evaluation"]["v1"]["ratio"]
    assert anew.figures["evaluation"]["rows"]["by"]["v1"] == FakeCompressor().id


async def test_judges_side_by_side(tmp_path: Path) -> None:
    class Strict(FakeJudge):
        async def judge(self, pair: Compression) -> Verdict:
            strict = pair.domain == "code"
            return Verdict(score=0.5 if strict else 1.0, passed=not strict, losses=(Loss("number", "3"),) * strict)

    judges = (FakeJudge(threshold=0.0, id="mild"), Strict(id="strict"))
    report = await pipeline(tmp_path, judges=judges).run(passages())
    assert report.figures["judges"]["mild"]["pass_rate"] == 1.0
    (pair,) = report.figures["side_by_side"]
    code = sum(one.domain == "code" for one in passages())
    assert pair == {"judges": ["mild", "strict"], "both": EVERYTHING - code, "one": code, "other": 0, "neither": 0}
    evaluated = report.figures["evaluation"]["v2"]
    assert set(evaluated["judges"]) == {"mild", "strict"}
    assert evaluated["domains"]["nl"]["pass_rate"] == 1.0
    assert sum(band["n"] for band in evaluated["lengths"].values()) == evaluated["n"]


@given(st.text(min_size=1, max_size=400), st.floats(0.0, 1.0))
async def test_a_cut_is_a_beginning_of_about_the_tokens_asked_for(text: str, ratio: float) -> None:
    passage = Passage(text)
    short = await Truncation(ratio).compress(passage)
    assert text.startswith(short.text)
    words = text.split()
    assert short.tokens <= ratio * short.original_tokens or len(short.text.split()) <= 1 or not words


async def test_stop_words_go_and_nothing_else() -> None:
    passage = Passage("If the valve is not open, the pump of the Graz plant stops.\n  It is 3 m away.")
    short = await WithoutStopWords().compress(passage)
    assert short.text.split() == ["valve", "open,", "pump", "Graz", "plant", "stops.", "3", "m", "away."]
    assert "not" in STOP_WORDS
    only = await WithoutStopWords().compress(Passage("it is not"))
    assert only.unchanged


def test_a_spread_is_of_the_measured_ones() -> None:
    assert spread([0.1, 0.2, 0.3]) == {"n": 3, "median": 0.2, "p95": 0.29}
    assert spread([]) == {"n": 0, "median": None, "p95": None}
