"""Acts are done at their times while something goes on, and what was done is on the timeline."""

import time

import pytest

from loadtests.generator import Moment
from loadtests.trials.meanwhile import Act, Meanwhile
from tests.waiting import until


def moment(at_s: float) -> Moment:
    """The traffic has come so far."""
    return Moment(at_s=at_s, rate_per_s=0.0, p99_ms=0.0)


def noting(acts: Meanwhile, said: str, at_s: float) -> Act:
    """An act that is on the timeline."""

    async def do() -> None:
        acts.note(said)

    return Act(at_s, do)


async def test_acts_wait_for_the_traffic_and_come_in_order() -> None:
    """Time 0 is when the first request was meant to start, not when the block began."""
    acts = Meanwhile()
    acts.acts = [noting(acts, "first", 100.0), noting(acts, "second", 100.05)]
    started_at = time.time()

    async def both_done() -> bool:
        return len(acts.events(started_at)) == 2

    async with acts.going_on():
        assert [] == acts.events(started_at)
        acts.watch(moment(100.0))
        acts.watch(moment(0.0))  # only the first word counts
        await until(both_done)
    (first_s, first), (second_s, second) = acts.events(started_at)
    assert ("first", "second") == (first, second)
    assert second_s - first_s >= 0.04


async def test_what_was_not_due_before_the_end_is_done_at_it() -> None:
    """A fault that was begun is ended, and a fault that was promised is on the timeline."""
    acts = Meanwhile()
    acts.acts = [noting(acts, "late", 0.05)]
    async with acts.going_on():
        pass
    assert ["late"] == [said for _, said in acts.events(0.0)]


async def test_when_the_traffic_fails_nothing_more_is_done() -> None:
    """Its error is the one that counts."""
    acts = Meanwhile()
    acts.acts = [noting(acts, "never", 0.0)]
    with pytest.raises(ValueError, match="the generator broke"):
        async with acts.going_on():
            raise ValueError("the generator broke")
    assert [] == acts.events(0.0)


async def test_an_act_that_fails_is_not_swallowed() -> None:
    """It ends the run of which it was a part."""

    async def fail() -> None:
        raise ValueError("the gate is gone")

    acts = Meanwhile([Act(0.0, fail)])
    with pytest.raises(ValueError, match="the gate is gone"):
        async with acts.going_on():
            acts.watch(moment(1.0))
