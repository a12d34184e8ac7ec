"""When a relay looks for what it was told of: soon enough for each row, and not for each row."""

import contextlib
from collections.abc import AsyncIterator, Sequence

from service.patterns.outbox import Relay, Row, Taken
from service.patterns.outbox.hints import Hints

from .contract import Clock, until

GRACE_S = 0.4
APART_S = 0.1


def looks_for(hinted_at_s: Sequence[float]) -> list[float]:
    """When to look for these, if each look begins in time."""
    hints, looks = Hints(grace_s=GRACE_S, apart_s=APART_S), list[float]()
    for now_s in [*hinted_at_s, 3600.0]:
        while hints.due_at_s and hints.due_at_s[0] <= now_s:
            looks.append(hints.due_at_s[0])
            hints.looked(looks[-1])
        hints.hear(now_s)
    return looks


def test_each_hint_is_looked_into_after_its_grace_and_soon() -> None:
    """However close they come to each other, or to a look."""
    hinted_at_s = [number * step_s for step_s in (0.013, 0.07, 0.29, 0.55) for number in range(40)]
    hinted_at_s.sort()
    looks = looks_for(hinted_at_s)
    for hinted_s in hinted_at_s:
        late_s = [look_s - hinted_s - GRACE_S for look_s in looks]
        assert any(-1e-9 <= each_s <= APART_S + 1e-9 for each_s in late_s)


def test_a_storm_of_hints_is_ten_looks_a_second() -> None:
    """A thousand writes a second are no thousand statements of each relay."""
    looks = looks_for([number / 1000 for number in range(3000)])
    assert len(looks) <= 3.0 / APART_S + 1


class Looks:
    """A store without rows, which notes when it is asked."""

    def __init__(self, clock: Clock) -> None:
        self.at_s: list[float] = []
        self._clock = clock

    @contextlib.asynccontextmanager
    async def take(
        self, limit: int, *, older_s: float, but: Sequence[int]
    ) -> AsyncIterator[Taken[Row]]:
        """Nothing."""
        del limit, older_s, but
        self.at_s.append(round(self._clock.now_s, 6))
        yield Taken([], settle=nothing)

    async def recent(self, back_s: float, *, after: int, limit: int) -> Sequence[Row]:
        """Nothing."""
        del back_s, after, limit
        return []

    async def purge(self, older_s: float, most: int) -> int:
        """Nothing."""
        del older_s, most
        return 0


async def nothing(_: object) -> None:
    """Apply or settle them."""


async def server() -> str:
    """Always the same."""
    return "server"


async def test_a_hint_keeps_its_time_when_another_is_waited_for() -> None:
    """A relay that began the grace anew after its look would come at 0.85."""
    clock = Clock()
    clock.now_s = 0.0
    looks = Looks(clock)

    async def sleep(for_s: float) -> None:
        until_s = clock.now_s + for_s
        if len(looks.at_s) == 1:
            clock.now_s = 0.3
            relay.hint()
        clock.now_s = until_s

    async def is_idle() -> bool:
        return len(looks.at_s) == 1

    async def is_done() -> bool:
        return len(looks.at_s) == 3

    relay = Relay(
        looks, nothing, identity=server, poll_s=3600.0, grace_s=GRACE_S, clock=clock, sleep=sleep
    )
    async with relay:
        await until(is_idle)
        clock.now_s = 0.05
        relay.hint()
        await until(is_done)
    assert [0.0, 0.45, 0.7] == looks.at_s
