"""When a service counts as at rest: nothing under way, nothing ends, nothing is owed."""

from collections.abc import Sequence
from typing import Any

import pytest

from loadtests import resting
from loadtests.errors import LoadTestError
from loadtests.resting import at_rest
from loadtests.services import Service, Stats

IDLE = {"requests": 0, "loads": 0, "db": 0, "redis": 0}


class Working(Service):
    """A service that tells, at each question, one more of these; the last for ever."""

    told: list[Stats]
    asked = 0

    async def stats(self, since: Any = None) -> list[Stats]:
        """The next."""
        type(self).asked += 1
        return [self.told.pop(0) if len(self.told) > 1 else self.told[0]]


def stats(made: int = 0, hits: int = 0, **in_flight: int) -> Stats:
    """Counters of a process in which this goes on."""
    return Stats(
        pid=1,
        strategy="layered",
        cpu_s=0.0,
        sql_statements=0,
        requests={"hit": hits},
        in_flight={**IDLE, **in_flight},
        loads_total=made,
        loads=[],
    )


def working(*told: Stats) -> Working:
    """A service that goes through these."""
    made = Working("layered", [], "token")
    object.__setattr__(made, "told", list(told))
    Working.asked = 0
    return made


@pytest.mark.parametrize("sort", ["requests", "loads", "db", "redis"])
async def test_what_is_under_way_is_waited_for(sort: str) -> None:
    """A write that its client has left, a refresh, a job on its way to a server: none ends yet."""
    under_way = stats(**{sort: 1})
    await at_rest(working(under_way, under_way, under_way, stats()), quiet_s=0.0)
    # The looks that saw it, and two that saw nothing.
    assert 5 == Working.asked


async def test_without_a_word_of_it_what_ends_has_to_do() -> None:
    """A service that is older tells what ended alone, and is taken at that."""
    older = stats(hits=1)
    del older["in_flight"]
    later = {**older, "requests": {"hit": 2}}
    await at_rest(working(older, later), quiet_s=0.0)  # type: ignore[arg-type]
    assert 3 == Working.asked


async def test_rows_of_an_outbox_are_waited_for() -> None:
    """What is still to be pushed or dropped belongs to who wrote it."""
    owed: Sequence[int] = [2, 1, 0]
    left = iter(owed)

    async def rows() -> int:
        return next(left)

    await at_rest(working(stats()), quiet_s=0.0, owed=rows)
    assert next(left, None) is None


async def test_who_never_rests_is_told_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be rows that nobody can apply."""
    monkeypatch.setattr(resting, "QUIET_WITHIN_S", 0.1)

    async def rows() -> int:
        return 7

    with pytest.raises(LoadTestError, match="7 rows of its outbox are undone"):
        await at_rest(working(stats()), quiet_s=0.01, owed=rows)
