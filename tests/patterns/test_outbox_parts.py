"""Whose fault a failure is, which server answers, what a link tells, when rows are marked."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from redis.asyncio import Redis

from service.patterns.outbox import Listen, Row, Settling, server_identity
from service.patterns.outbox.applying import Applying
from service.patterns.outbox.identity import Servers
from service.patterns.outbox.replay import Replay

from .contract import Clock, Events, spin, until

# Without it the other patterns' tests, copied beside these, must run all the same.
if TYPE_CHECKING:
    import asyncpg
else:
    asyncpg = pytest.importorskip("asyncpg", reason="needs asyncpg: pip install asyncpg")

ROWS = [Row(number, "outdated", "") for number in range(1, 5)]


class Worker:
    """An ``apply`` that cannot do some rows, and a server that may be away."""

    def __init__(self, *bad: int) -> None:
        self.bad = set(bad)
        self.is_away = False
        self.done: list[int] = []
        self.tried: list[list[int]] = []

    async def apply(self, rows: Sequence[Row]) -> None:
        """Do all or none."""
        ids = [row.id for row in rows]
        self.tried.append(ids)
        if self.is_away:
            raise ConnectionError("away")
        if self.bad & set(ids):
            raise ValueError("no such change")
        self.done += ids

    async def server(self) -> str:
        """Answer, or not."""
        if self.is_away:
            raise ConnectionError("away")
        return "here"


async def test_a_bad_row_stops_no_other() -> None:
    """It fails alone and pauses; the rows behind it are done in the same round."""
    worker, clock, events = Worker(2), Clock(), Events()
    applying = Applying(worker.apply, worker.server, clock=clock, observe=events)
    done, untried = await applying.run(ROWS)
    assert [1, 3, 4] == [row.id for row in done]
    assert untried == ()
    assert worker.tried == [[1, 2, 3, 4], [1], [2], [3], [4]]
    assert applying.paused() == [2]
    [(event, details)] = events.seen
    assert (event, details["id"], details["failures"]) == ("row_failed", 2, 1)


async def test_control_a_batch_that_is_never_divided_stands_still() -> None:
    """The switch: one bad row, and nothing behind it is ever done."""
    worker = Worker(2)
    for _ in range(3):
        with contextlib.suppress(ValueError):
            await worker.apply(ROWS)
    assert worker.done == []


async def test_a_bad_row_is_tried_again_with_growing_pauses() -> None:
    """Twice as long each time, a minute at most; once it goes it is forgotten."""
    worker, clock = Worker(1), Clock()
    applying = Applying(worker.apply, worker.server, clock=clock)
    pauses = []
    for _ in range(9):
        await applying.run(ROWS[:1])
        began_s = clock.now_s
        while applying.paused():
            clock.now_s += 1
        pauses.append(clock.now_s - began_s)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    worker.bad.clear()
    assert await applying.run(ROWS[:1]) == (ROWS[:1], ())
    worker.bad.add(1)
    await applying.run(ROWS[:1])
    clock.now_s += 1
    assert applying.paused() == []


async def test_a_server_that_is_away_is_blamed_on_no_row() -> None:
    """The round ends at the first row, and all of them are due as soon as it is back."""
    worker = Worker()
    applying = Applying(worker.apply, worker.server)
    worker.is_away = True
    with pytest.raises(ConnectionError):
        await applying.run(ROWS)
    assert worker.tried == [[1, 2, 3, 4], [1]]
    assert applying.paused() == []


async def test_many_bad_rows_end_a_round_and_not_the_next() -> None:
    """A round holds a transaction open, so it does not try hundreds in vain."""
    rows = [Row(number, "unheard-of", "") for number in range(50)] + [Row(99, "outdated", "")]
    worker = Worker(*range(50))
    applying = Applying(worker.apply, worker.server, clock=Clock())
    assert await applying.run(rows) == ([], rows[20:])
    assert len(applying.paused()) == 20
    for _ in range(2):
        await applying.run([row for row in rows if row.id not in applying.paused()])
    assert worker.done == [99]


async def test_bad_rows_between_good_ones_end_no_round() -> None:
    """Twenty in a row look like more than bad rows; these are only some of many."""
    rows = [Row(number, "outdated", "") for number in range(60)]
    worker = Worker(*range(0, 60, 2))
    await Applying(worker.apply, worker.server, clock=Clock()).run(rows)
    assert worker.done == list(range(1, 60, 2))


async def test_slow_failures_end_a_round() -> None:
    """After twice the time of one batch: a transaction is open, and its rows are locked."""
    clock, worker = Clock(), Worker(*range(19))

    async def apply(rows: Sequence[Row]) -> None:
        clock.now_s += 1
        await worker.apply(rows)

    rows = [Row(number, "outdated", "") for number in range(19)]
    await Applying(apply, worker.server, apply_s=5, clock=clock).run(rows)
    assert len(worker.tried) == 1 + 10


async def test_what_hangs_ends() -> None:
    """A hanging server would hold the rows, and their transaction, for as long."""
    worker = Worker()

    async def hang(_rows: Sequence[Row]) -> None:
        await asyncio.Event().wait()

    applying = Applying(hang, worker.server, apply_s=0.001)
    async with asyncio.timeout(5):
        done, _untried = await applying.run(ROWS[:1])
    assert done == []
    assert applying.paused() == [1]


async def test_the_identity_is_that_of_one_start(redis: Redis) -> None:
    """It does not change by asking; what changes it is tried on a server of its own elsewhere."""
    said = await server_identity(redis)
    assert said == await server_identity(redis)
    assert (await redis.info("server"))["run_id"] in said


async def test_only_a_long_gap_makes_the_same_server_news() -> None:
    """After seconds without an answer another server may have come and gone."""
    worker, clock = Worker(), Clock()
    servers = Servers(worker.server, gap_s=5, clock=clock)
    assert servers.is_news(await servers.check())  # at the start: who knows what was before
    servers.accept("here")

    async def away_for(seconds: float) -> bool:
        worker.is_away = True
        for _ in range(2):
            with pytest.raises(ConnectionError):
                await servers.check()
            clock.now_s += seconds / 2
        worker.is_away = False
        return servers.is_news(await servers.check())

    assert not await away_for(4)
    assert not await away_for(4)  # gaps do not add up
    assert await away_for(5)


class Recent:
    """Of a store, what a replay asks for."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows

    async def recent(self, back_s: float, *, after: int, limit: int) -> list[Row]:
        """The next rows."""
        return [row for row in self.rows if row.id > after][:limit]

    def take(self, limit: int, *, older_s: float, but: Sequence[int]) -> Any:
        """Not asked for."""
        raise NotImplementedError

    async def purge(self, keep_s: float, limit: int) -> int:
        """Not asked for."""
        raise NotImplementedError


def replay_of(worker: Worker, rows: Sequence[Row], clock: Clock, events: Events) -> Replay[Row]:
    """A replay with everything by hand."""
    applying = Applying(worker.apply, worker.server, clock=clock)
    servers = Servers(worker.server, clock=clock)
    return Replay(Recent(rows), applying, servers, limit=30, clock=clock, observe=events)


async def test_a_row_that_fails_in_a_replay_is_owed() -> None:
    """Its mark says done, so nobody else will try it; all others are done at once."""
    worker, clock, events = Worker(2), Clock(), Events()
    replay = replay_of(worker, ROWS, clock, events)
    await replay.catch_up()
    assert worker.done == [1, 3, 4]
    await replay.catch_up()  # it pauses
    worker.bad.clear()
    assert worker.done == [1, 3, 4]
    clock.now_s += 1
    await replay.catch_up()
    await replay.catch_up()
    assert worker.done == [1, 3, 4, 2]
    assert events.counts == {"replayed": 1}


async def test_a_row_is_not_owed_for_ever() -> None:
    """After a minute it is given up, aloud."""
    worker, clock, events = Worker(2), Clock(), Events()
    replay = replay_of(worker, ROWS, clock, events)
    for _ in range(70):
        await replay.catch_up()
        clock.now_s += 1
    tried = len(worker.tried)
    await replay.catch_up()
    assert tried == len(worker.tried)
    assert events.counts == {"replayed": 1, "replay_failed": 1}


async def test_a_replay_tries_every_row_however_many_fail() -> None:
    """A round ends after many failures, a replay goes on where it ended."""
    rows = [Row(number, "outdated", "") for number in range(1, 100)]
    worker, events = Worker(*range(1, 61)), Events()
    await replay_of(worker, rows, Clock(), events).catch_up()
    assert worker.done == list(range(61, 100))
    assert events.seen == [("replayed", {"rows": 39})]


class Hints:
    """Counts what a link tells of, and can wait for it."""

    def __init__(self) -> None:
        self.count = 0

    def hear(self) -> None:
        """Take a hint."""
        self.count += 1

    async def reach(self, count: int) -> None:
        """Return when so many have come."""

        async def reached() -> bool:
            return self.count >= count

        await until(reached)


async def test_a_link_tells_of_commits(postgres_url: str, channel: str) -> None:
    """Of those that come, and once for those that nobody heard of before it stood."""
    hints = Hints()
    async with Listen(partial(asyncpg.connect, postgres_url), hints.hear, channel=channel):
        await hints.reach(1)
        await notify(postgres_url, channel)
        await hints.reach(2)


async def test_a_lost_link_is_made_anew_and_counts_as_a_hint(
    postgres_url: str, channel: str, events: Events
) -> None:
    """What was committed in between was told to nobody."""
    hints, made = Hints(), []

    async def connect() -> Any:
        made.append(await asyncpg.connect(postgres_url))
        return made[-1]

    async with Listen(connect, hints.hear, channel=channel, observe=events):
        await hints.reach(1)
        await end_session(postgres_url, made[0].get_server_pid())
        await hints.reach(2)
        await notify(postgres_url, channel)
        await hints.reach(3)
    assert events.counts == {"link_up": 2, "link_lost": 1}
    assert all(connection.is_closed() for connection in made)


async def notify(postgres_url: str, channel: str) -> None:
    """Commit something."""
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("select pg_notify($1, '')", channel)
    await connection.close()


async def end_session(postgres_url: str, pid: int) -> None:
    """Close a connection from the other side, as a restart of the server would."""
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("select pg_terminate_backend($1)", pid)
    await connection.close()


class Marks:
    """A ``settle`` that notes its calls."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.error: Exception | None = None

    async def __call__(self, ids: Sequence[int]) -> None:
        """Mark rows done."""
        self.calls.append(list(ids))
        if self.error:
            raise self.error


class Ticks:
    """A sleep that ends when the test says so."""

    def __init__(self) -> None:
        self.over = asyncio.Semaphore(0)

    async def __call__(self, _pause_s: float) -> None:
        """Wait for ``over``."""
        await self.over.acquire()


async def test_marks_are_made_together() -> None:
    """One statement a tick, however many writes; none without."""
    marks, ticks = Marks(), Ticks()
    settling = Settling(sleep=ticks)
    async with settling.by(marks):
        for number in range(3):
            settling.add([number])
            await spin()
        assert marks.calls == []
        ticks.over.release()
        await spin()
        assert marks.calls == [[0, 1, 2]]
        ticks.over.release()
        await spin()
    assert marks.calls == [[0, 1, 2]]


async def test_marks_that_fail_are_made_with_the_next() -> None:
    """The database may be away for a moment; the writer has answered long ago."""
    marks, ticks, events = Marks(), Ticks(), Events()
    settling = Settling(sleep=ticks, observe=events)
    async with settling.by(marks):
        marks.error = ConnectionError("away")
        settling.add([1])
        ticks.over.release()
        await spin()
        marks.error = None
        settling.add([2])
    assert marks.calls == [[1], [1, 2]]  # the last at the end of the block
    assert events.counts == {"settle_failed": 1}


async def test_marks_that_pile_up_are_bounded() -> None:
    """The oldest are forgotten, however long the database is away: a relay finds their rows."""
    marks = Marks()
    settling = Settling(sleep=Ticks())
    settling.add(range(10_005))
    async with settling.by(marks):
        pass
    assert [list(range(5, 10_005))] == marks.calls


@pytest.mark.parametrize("end", ["cancelled", "left"])
async def test_marks_are_made_when_the_process_ends(end: str) -> None:
    """However the block is left."""
    marks = Marks()
    settling = Settling(sleep=Ticks())

    async def block(wait: Callable[[], Any]) -> None:
        async with settling.by(marks):
            settling.add([7])
            await wait()

    task = asyncio.create_task(block(asyncio.Event().wait if end == "cancelled" else spin))
    await spin(2)
    if end == "cancelled":
        task.cancel()
    await asyncio.wait([task])
    assert marks.calls == [[7]]
