"""An outage: how far back a replay goes, which server counts as one, what hangs meanwhile."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest
from redis.asyncio import Redis, RedisCluster
from redis.exceptions import ReadOnlyError, RedisError

from service.patterns.outbox import Listen, Relay, Row, Settling, Taken, server_identity
from service.patterns.outbox.applying import Applying
from service.patterns.outbox.identity import Servers
from service.patterns.outbox.replay import Replay

from .contract import Clock, Events, spin

BACK_S = 60.0


class Site:
    """A cache server that may be away, or another one; rows by the second they were done in."""

    def __init__(self, replay: type[Replay[Row]] = Replay) -> None:
        self.clock, self.events = Clock(), Events()
        self.server = "first"
        self.done_at_s: dict[int, float] = {}
        self.hanging: set[int] = set()
        self.applied: list[int] = []
        servers = Servers(self.identity, clock=self.clock)
        self.applying = Applying(self.apply, servers.check, clock=self.clock)
        self.replay = replay(
            self, self.applying, servers, back_s=BACK_S, clock=self.clock, observe=self.events
        )

    async def identity(self) -> str:
        """Answer, or not."""
        if not self.server:
            raise ConnectionError("away")
        return self.server

    async def apply(self, rows: Sequence[Row]) -> None:
        """Do all or none; what hangs is ended after five seconds."""
        if self.hanging & {row.id for row in rows}:
            self.clock.now_s += 5
            raise TimeoutError
        self.applied += [row.id for row in rows]

    async def recent(self, back_s: float, *, after: int, limit: int) -> list[Row]:
        """The next rows by id."""
        since_s = self.clock() - back_s
        return [
            Row(number, "outdated", "")
            for number, done_s in sorted(self.done_at_s.items())
            if number > after and done_s > since_s
        ][:limit]

    def take(self, limit: int, *, older_s: float, but: Sequence[int]) -> Any:
        """Not asked for."""
        raise NotImplementedError

    async def purge(self, keep_s: float, limit: int) -> int:
        """Delete rows."""
        gone = [i for i, done_s in self.done_at_s.items() if done_s < self.clock() - keep_s]
        for number in gone[:limit]:
            del self.done_at_s[number]
        return len(gone[:limit])

    async def round(self) -> list[int]:
        """What the replay applies in one round."""
        self.applied.clear()
        await self.replay.catch_up()
        return list(self.applied)

    async def away_for(self, seconds: float, then: str) -> None:
        """Nobody answers for some time, and afterwards another server does."""
        self.server = ""
        ends_s = self.clock() + seconds
        while self.clock() < ends_s:
            with pytest.raises(ConnectionError):
                await self.replay.catch_up()
            self.clock.now_s += 2
        self.server = then


class FixedReach(Replay[Row]):
    """The mutant: the last minute, whatever was before."""

    async def _next(self) -> Sequence[Row]:
        return await self._store.recent(self._back_s, after=self._after, limit=self._limit)


@pytest.mark.parametrize("away_s", [10, 600])
async def test_a_replay_goes_back_to_before_the_outage(away_s: float) -> None:
    """A drop of its last second was lost, however long ago that is by now."""
    site = Site()
    await site.round()
    site.done_at_s[1] = site.clock()
    site.done_at_s[2] = site.clock() - BACK_S - 1  # the replica had that long to hear of it
    await site.away_for(away_s, "second")
    assert [1] == await site.round()
    assert [] == await site.round()


async def test_control_the_last_minute_alone_misses_it() -> None:
    """The switch: an outage of ten minutes, and the lost drop is too old to be found."""
    site = Site(FixedReach)
    await site.round()
    site.done_at_s[1] = site.clock()
    await site.away_for(600, "second")
    assert [] == await site.round()


async def test_a_server_that_was_replayed_to_may_be_lost_as_well() -> None:
    """Its successor lacks the replay, and the drops of before: they are due once more."""
    site = Site()
    await site.round()
    site.clock.now_s += BACK_S
    await site.round()
    site.done_at_s[1] = site.clock()
    await site.away_for(600, "second")
    assert [1] == await site.round()
    site.clock.now_s += BACK_S - 1
    assert not site.replay.is_over
    site.server = "third"
    assert [1] == await site.round()
    site.clock.now_s += BACK_S
    assert site.replay.is_over
    assert [] == await site.round()
    site.clock.now_s += 1
    site.server = "fourth"  # after a minute the third has handed it on
    assert [] == await site.round()


async def test_rows_are_not_purged_before_they_are_replayed() -> None:
    """After a long outage they are old: whoever purges by age alone deletes them first."""
    site = Site()
    relay = relay_of(site)
    await relay.look()
    site.done_at_s = {number: site.clock() for number in range(1, 4)}
    site.clock.now_s += 600
    site.hanging, site.server = {1}, "second"
    await relay.look()  # its turn is over before its rows are
    site.hanging.clear()
    await relay.look()
    assert [2, 3] == site.applied
    assert len(site.done_at_s) == 3
    site.clock.now_s += BACK_S
    await relay.look()
    assert site.done_at_s == {}


def relay_of(site: Site) -> Relay[Row]:
    """A relay on it, to which nothing is new."""

    async def settle(_ids: Sequence[int]) -> None:
        """Nothing to mark."""

    class Nothing:
        async def __aenter__(self) -> Taken[Row]:
            return Taken((), settle)

        async def __aexit__(self, *_: object) -> None:
            return None

    site.take = lambda *_, **__: Nothing()  # type: ignore[method-assign]
    return Relay(site, site.apply, identity=site.identity, back_s=BACK_S, clock=site.clock)


async def test_rows_that_hang_give_new_ones_their_turn() -> None:
    """A replay ends its turn after some seconds, goes on in the next round, and tries all."""
    site = Site()
    site.done_at_s = {number: site.clock() for number in range(1, 11)}
    site.hanging = set(range(1, 6))
    turns_s, applied = [], []
    while not site.events.counts["replayed"]:
        began_s = site.clock()
        applied += await site.round()
        turns_s.append(site.clock() - began_s)
        assert len(turns_s) < 10
    assert max(turns_s) <= 15
    assert sum(turns_s) >= 25
    assert sorted(applied) == list(range(6, 11))
    site.hanging.clear()
    site.clock.now_s += 1
    assert [1, 2, 3, 4, 5] == sorted(await site.round())


async def test_blame_for_what_another_relay_did_is_forgotten() -> None:
    """Such rows never come back here, and would be kept for as long as the process lives."""
    site = Site()
    site.hanging = set(range(100))
    for number in site.hanging:
        await site.applying.run([Row(number, "outdated", "")])
    site.clock.now_s += 3600
    assert site.applying.paused() == []
    assert site.applying._blamed == {}


INFO = {"run_id": "a", "role": "master", "master_replid": "b"}


class ReadOnly:
    """A server that answers, and takes no writes."""

    async def info(self, *_sections: str) -> dict[str, str]:
        """Answer."""
        return INFO

    async def delete(self, *_keys: str) -> None:
        """Refuse."""
        raise ReadOnlyError("You can't write against a read only replica.")


async def test_a_server_that_takes_no_writes_is_none() -> None:
    """It answers INFO all the same; its refusals must not be blamed on rows."""
    server = cast("Redis", ReadOnly())
    assert await server.info()  # the control: it is there
    with pytest.raises(ReadOnlyError):
        await server_identity(server)


async def test_asking_who_answers_leaves_nothing(redis: Redis) -> None:
    """The write that it takes is one that changes nothing."""
    before = len(await redis.keys("outbox*"))
    await server_identity(redis)
    assert before == len(await redis.keys("outbox*"))


class OnePrimary(RedisCluster):
    """redis-py's answers of a cluster that has one primary: itself, and no dict of nodes."""

    def __init__(self) -> None:
        """Connect to nothing."""

    async def execute_command(self, *_command: Any, **_options: Any) -> Any:
        """Answer whatever it is."""
        return INFO


class TwoPrimaries(OnePrimary):
    """The same for more."""

    async def execute_command(self, *_command: Any, **_options: Any) -> Any:
        """Answer for each."""
        return {"127.0.0.1:1": INFO, "127.0.0.1:2": {**INFO, "run_id": "c"}}


async def test_a_cluster_of_one_primary_has_a_name() -> None:
    """Like one of several."""
    assert await server_identity(OnePrimary()) == "a master b"
    assert await server_identity(TwoPrimaries()) == "a master b | c master b"


class LosesOne:
    """Work that loses its first cancellation, as a `wait_for` of Python 3.11 can."""

    def __init__(self) -> None:
        self.started = asyncio.Event()

    async def wait(self) -> None:
        """Wait for ever."""
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return


async def test_settling_ends_though_a_cancellation_is_lost() -> None:
    """Else the process would wait at its end for a task that goes on."""
    work = LosesOne()

    async def settle(_ids: Sequence[int]) -> None:
        if not work.started.is_set():
            await work.wait()

    settling = Settling(tick_s=0.0)

    async def run() -> None:
        async with settling.by(settle):
            settling.add([1])
            await work.started.wait()

    await asyncio.wait_for(run(), 5)


async def test_a_link_ends_though_a_cancellation_is_lost() -> None:
    """The same for the one that listens."""
    work = LosesOne()

    async def connect() -> Any:
        if not work.started.is_set():
            await work.wait()
            raise RedisError
        await asyncio.Event().wait()

    async def run() -> None:
        async with Listen(connect, lambda: None, sleep=lambda _: spin()):
            await work.started.wait()

    await asyncio.wait_for(run(), 5)
