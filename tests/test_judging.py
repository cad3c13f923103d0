"""A panel asks its members at once; what a member raises is what the panel raises."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from semzip import Compression, Panel, Verdict
from semzip.errors import RefusalError

pytestmark = pytest.mark.anyio

PAIR = Compression(text="valve 40 bar", original="The valve opens at 40 bar.")


class Meets:
    """Answers only once all members have been asked."""

    def __init__(self, number: int, asked: list[int], everybody: anyio.Event, score: float = 1.0) -> None:
        self.number, self.asked, self.everybody, self.score = number, asked, everybody, score
        self.id = f"judge-{number}"
        self.ended = "no"

    async def judge(self, pair: Compression) -> Verdict:
        self.asked.append(self.number)
        if len(self.asked) == 3:
            self.everybody.set()
        try:
            await self.everybody.wait()
        except anyio.get_cancelled_exc_class():
            self.ended = "cancelled"
            raise
        return Verdict(score=self.score, passed=self.score >= 0.8, judge=self.id)


class Raises:
    id = "raises"

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def judge(self, pair: Compression) -> Verdict:
        await anyio.lowlevel.checkpoint()
        raise self.error


async def test_members_are_asked_at_once_and_the_lowest_score_decides() -> None:
    asked: list[int] = []
    everybody = anyio.Event()
    panel = Panel(tuple(Meets(number, asked, everybody, score) for number, score in enumerate((0.9, 0.7, 1.0))))
    with anyio.fail_after(60):
        verdict = await panel.judge(PAIR)
    assert (verdict.score, verdict.passed) == (0.7, False)
    assert [part.judge for part in verdict.parts] == ["judge-0", "judge-1", "judge-2"]


@pytest.mark.parametrize("error", [RefusalError("not this one"), ValueError("a fault in the judge")])
async def test_what_a_member_raises_comes_out_as_it_is_and_ends_the_others(error: Exception) -> None:
    waits = Meets(0, [], anyio.Event())
    with anyio.fail_after(60), pytest.raises(type(error)) as caught:
        await Panel((waits, Raises(error))).judge(PAIR)
    assert caught.value is error
    assert waits.ended == "cancelled"


async def test_a_cancelled_panel_cancels_its_members() -> None:
    members = tuple(Meets(number, [], anyio.Event()) for number in range(2))
    with anyio.move_on_after(0.05) as scope:
        await Panel(members).judge(PAIR)
    assert scope.cancelled_caught
    assert [member.ended for member in members] == ["cancelled"] * 2
