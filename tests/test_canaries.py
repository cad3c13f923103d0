"""Canaries tell a judge that passes everything, and leave a careful one alone."""

from __future__ import annotations

import pytest

from semzip import Compression, Verdict
from semzip.canaries import Canaries, plant
from semzip.errors import ReplyError, UnreliableJudgeError

pytestmark = pytest.mark.anyio


class Judge:
    def __init__(self, passes, name="judge"):
        self.passes, self.id, self.calls = passes, name, 0

    async def judge(self, pair):
        self.calls += 1
        passed = self.passes(pair)
        if passed is None:
            raise ReplyError("unreadable")
        return Verdict(score=float(passed), passed=passed, judge=self.id)


def pair(number: int) -> Compression:
    original = f"The valve number {number} opens at {number + 40} bar and it is not closed before noon."
    return Compression(text=f"valve {number}: opens {number + 40} bar; not closed before noon", original=original)


@pytest.mark.parametrize(
    ("text", "planted"),
    [
        ("opens at 40 bar", "opens at 70 bar"),
        ("never open it", "open it"),
        ("the red valve leaks oil", "the red"),
        ("leak", "-"),
    ],
)
async def test_a_loss_that_changes_an_answer_is_planted(text, planted):
    assert plant(Compression(text=text, original=f"Note: {text} today.")).text == planted


async def test_about_one_in_so_many_is_chosen_and_always_the_same():
    canaries = Canaries(every=10)
    chosen = [number for number in range(2000) if canaries.chosen(pair(number))]
    assert 140 < len(chosen) < 260
    assert chosen == [number for number in range(2000) if Canaries(every=10).chosen(pair(number))]


async def asked(judge, pair):
    return await judge.judge(pair)


async def test_a_judge_that_passes_everything_ends_the_run():
    canaries = Canaries(every=1)
    with pytest.raises(UnreliableJudgeError, match="5 of 5"):
        for number in range(10):
            await canaries.watch(Judge(lambda _: True), pair(number), asked)


async def test_a_careful_judge_is_left_alone():
    careful = Judge(lambda shown: any(str(n + 40) in shown.text and f"valve {n}:" in shown.text for n in range(50)))
    canaries = Canaries(every=1)
    for number in range(30):
        await canaries.watch(careful, pair(number), asked)
    assert careful.calls == 30
    figures = canaries.figures["judge"]
    assert figures["judged"] == 30
    assert figures["passed"] <= 1


async def test_one_pass_in_twenty_is_allowed_and_more_is_not():
    canaries = Canaries(every=1)
    judge = Judge(lambda shown: judge.calls % 20 == 0)
    for number in range(200):
        await canaries.watch(judge, pair(number), asked)
    assert canaries.figures["judge"] == {"judged": 200, "passed": 10, "agreement": 0.95}
    lax = Judge(lambda shown: lax.calls % 10 == 0, "lax")
    with pytest.raises(UnreliableJudgeError):
        for number in range(200):
            await canaries.watch(lax, pair(number), asked)


async def test_bad_luck_at_the_start_does_not_end_the_run_but_the_whole_count_does():
    canaries = Canaries(every=1)
    judge = Judge(lambda shown: judge.calls % 12 == 0)
    for number in range(75):
        await canaries.watch(judge, pair(number), asked)
    assert canaries.figures["judge"]["passed"] == 6
    with pytest.raises(UnreliableJudgeError, match="6 of 75"):
        canaries.finish()


async def test_an_unreadable_verdict_is_no_pass():
    canaries = Canaries(every=1)
    await canaries.watch(Judge(lambda _: None), pair(1), asked)
    assert canaries.figures == {}
