"""The write-behind counter: every count reaches the database once, whoever dies on the way."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from service.patterns import write_behind_counter
from service.patterns.write_behind_counter import WriteBehindCounter

from .contract import Events
from .turns import Died, Turns

SEEDS = range(50)

DONE_WHATEVER_STANDS = """
return redis.call('DEL', KEYS[1], KEYS[2])
"""
TAKE_WITH_A_NEW_ID = write_behind_counter._TAKE.replace("HSETNX", "HSET")
TAKE_BY_COPY = write_behind_counter._TAKE.replace("RENAME", "COPY")
DONE_WHOEVER_HOLDS_THE_LEASE = write_behind_counter._DONE.replace("== ARGV[1] then", "then")
LEAVE_ALL_AS_IT_IS = "return 1"
OUT_OF_ORDER = "return redis.error_reply('ERR out of order')"
ADD_WITHOUT_A_LIFE = "return redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])"


class Rows:
    """The database: counters, and the ids of the batches that were added to them."""

    def __init__(self, *, checks_ids: bool = True) -> None:
        self._checks_ids = checks_ids
        self.counts: Counter[str] = Counter()
        self.seen: set[str] = set()
        self.refused = 0
        self.started = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def write(self, batch: str, counts: Mapping[str, int]) -> None:
        """Note the id and add the counts, or neither; held at the gate before it commits."""
        self.started.set()
        await self.gate.wait()
        if batch in self.seen and self._checks_ids:
            self.refused += 1
            return
        self.seen.add(batch)
        self.counts.update(counts)

    def hold(self) -> None:
        """Make the next writes wait for ``gate``."""
        self.started.clear()
        self.gate.clear()


def make(redis: Redis, name: str, observe: Events | None = None, **settings: Any) -> Any:
    """Build a counter whose flushers leave each other alone for a minute."""
    return WriteBehindCounter(
        redis, name=name, observe=observe or Events(), **{"lease_s": 60.0, **settings}
    )


async def test_sums_are_written_in_one_batch(redis: Redis, key: str, events: Events) -> None:
    """A hundred counts of two members are one write of two sums."""
    views, rows = make(redis, key, events), Rows()
    await asyncio.gather(*(views.add(f"post {i % 2}") for i in range(100)))
    await views.add("post 1", -3)
    assert await views.flush(rows.write) == 2
    assert rows.counts == {"post 0": 50, "post 1": 47}
    assert len(rows.seen) == 1
    assert await views.flush(rows.write) == 0
    assert len(rows.seen) == 1
    assert await redis.exists(*(f"{key}:{part}" for part in "dbl")) == 0
    assert events.seen == [("flushed", {"size": 2})]


async def test_what_is_pending_is_seen_until_it_is_written(redis: Redis, key: str) -> None:
    """Also while a batch is set aside: a page can show row + pending."""
    views, rows = make(redis, key), Rows()
    await views.add("a", 2)
    rows.hold()
    flush = asyncio.create_task(views.flush(rows.write))
    await rows.started.wait()
    await views.add("a", 3)
    assert await views.pending(["a", "b"]) == {"a": 5, "b": 0}
    rows.gate.set()
    await flush
    assert await views.pending(["a", "b"]) == {"a": 3, "b": 0}
    assert await views.pending([]) == {}


class TwoReads(WriteBehindCounter):
    """The mutant: asks for the sums and for the batch one after the other, in either order."""

    parts = "db"

    async def pending(self, members: Sequence[str]) -> dict[str, int]:
        """Add up what two commands find."""
        found: Counter[str] = Counter()
        for part in self.parts:
            name = f"{self._sums[:-1]}{part}"
            for member, n in zip(members, await self._redis.hmget(name, members), strict=True):
                found[member] += int(n or 0)
        return found


class BatchFirst(TwoReads):
    """The other order."""

    parts = "bd"


async def seen_as_pending(
    connect: Callable[[], Redis], key: str, kind: type[WriteBehindCounter]
) -> set[int]:
    """Ask for the one count that there is, before, while and after it is set aside."""
    asking, flushing, seen = connect(), connect(), set()

    async def ask(counter: WriteBehindCounter) -> None:
        seen.add((await counter.pending(["a"]))["a"])

    async def set_aside(counter: WriteBehindCounter) -> None:
        with pytest.raises(Crash):
            await counter.flush(crash)

    for seed in SEEDS:
        turns, name = Turns(seed), f"{key}:{seed}"
        await make(flushing, name).add("a")
        await turns.run(
            ask(kind(turns.paced(asking), name=name)),
            set_aside(make(turns.paced(flushing), name)),
        )
    return seen


async def test_what_is_set_aside_is_pending_once(connect: Callable[[], Redis], key: str) -> None:
    """Sums and batch are read in one step: a count is in one of the two."""
    assert await seen_as_pending(connect, key, WriteBehindCounter) == {1}


@pytest.mark.parametrize(("kind", "seen"), [(TwoReads, {1, 2}), (BatchFirst, {0, 1})])
async def test_control_two_reads_see_a_count_twice_or_not_at_all(
    connect: Callable[[], Redis], key: str, kind: type[WriteBehindCounter], seen: set[int]
) -> None:
    """The switch: a batch is set aside between the two."""
    assert await seen_as_pending(connect, key, kind) == seen


async def test_counts_during_a_flush_are_for_the_next(redis: Redis, key: str) -> None:
    """They are in no batch twice, and in none lost."""
    views, rows = make(redis, key), Rows()
    await views.add("a")
    rows.hold()
    flush = asyncio.create_task(views.flush(rows.write))
    await rows.started.wait()
    for _ in range(10):
        await views.add("a")
    rows.gate.set()
    assert await flush == 1
    assert rows.counts == {"a": 1}
    await views.flush(rows.write)
    assert rows.counts == {"a": 11}


async def count_between_read_and_delete(redis: Redis, key: str) -> int:
    """A flush as one would write it by hand: read the sums, delete them. Return what arrived."""
    views, rows = make(redis, key), Rows()
    await views.add("a")
    held = cast("dict[bytes, bytes]", await redis.hgetall(f"{key}:d"))
    await views.add("a")
    await redis.delete(f"{key}:d")
    await rows.write("7f3a", {member.decode(): int(n) for member, n in held.items()})
    return rows.counts["a"]


async def test_control_read_then_delete_loses_what_comes_between(redis: Redis, key: str) -> None:
    """The switch: without setting the batch aside one of two counts is gone."""
    assert await count_between_read_and_delete(redis, key) == 1


class Crash(Exception):
    """Stands for the death of a flusher."""


async def die_and_flush_again(redis: Redis, key: str, rows: Rows, *, after_commit: bool) -> None:
    """Let a flusher die before or after its transaction commits; let another go on."""

    async def write_and_die(batch: str, counts: Mapping[str, int]) -> None:
        if after_commit:
            await rows.write(batch, counts)
        raise Crash

    events = Events()
    views = make(redis, key, events)
    await views.add("a")
    with pytest.raises(Crash):
        await views.flush(write_and_die)
    await views.add("a")
    assert await make(redis, key, events).flush(rows.write) == 2
    assert events.counts == {"left_behind": 1, "flushed": 2}


@pytest.mark.parametrize("after_commit", [True, False])
async def test_a_dead_flusher_loses_and_doubles_nothing(
    redis: Redis, key: str, after_commit: bool
) -> None:
    """Its batch is found and written under its own id; the next follows in the same flush."""
    rows = Rows()
    await die_and_flush_again(redis, key, rows, after_commit=after_commit)
    assert rows.counts == {"a": 2}
    assert rows.refused == after_commit


async def test_control_without_the_id_a_batch_counts_twice(redis: Redis, key: str) -> None:
    """The switch: a database that takes whatever comes."""
    rows = Rows(checks_ids=False)
    await die_and_flush_again(redis, key, rows, after_commit=True)
    assert rows.counts == {"a": 3}


async def test_control_an_id_per_attempt_is_no_id(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: the id must belong to the batch and not to the flush."""
    monkeypatch.setattr(write_behind_counter, "_TAKE", TAKE_WITH_A_NEW_ID)
    rows = Rows()
    await die_and_flush_again(redis, key, rows, after_commit=True)
    assert rows.counts == {"a": 3}


async def test_a_silent_flusher_is_waited_for_no_longer_than_its_lease(
    redis: Redis, key: str, events: Events
) -> None:
    """While it stands others do nothing; then they take over, and the silent one is refused."""
    slow, rows = make(redis, key), Rows()
    await slow.add("a")
    rows.hold()
    late = asyncio.create_task(slow.flush(rows.write))
    await rows.started.wait()
    assert 0 < await redis.pttl(f"{key}:l") <= 60_000
    other = make(redis, key, events)
    assert await other.flush(crash) == 0
    assert events.counts == {"busy": 1}
    await redis.delete(f"{key}:l")  # as its end would, or an eviction
    rows.started.clear()
    second = asyncio.create_task(other.flush(rows.write))
    await rows.started.wait()
    rows.gate.set()
    assert [await late, await second] == [1, 1]
    assert rows.counts == {"a": 1}
    assert rows.refused == 1


async def finish_late(redis: Redis, key: str) -> int:
    """Let a slow flusher end when the next batch is already set aside; return what arrived."""
    slow, other, rows = make(redis, key), make(redis, key), Rows()
    await slow.add("a")
    rows.hold()
    late = asyncio.create_task(slow.flush(rows.write))
    await rows.started.wait()
    await redis.delete(f"{key}:l")
    quick = Rows()
    await other.flush(quick.write)
    rows.seen = quick.seen  # one database
    await other.add("a", 10)
    with pytest.raises(Crash):
        await other.flush(crash)
    rows.gate.set()
    await late
    await other.flush(quick.write)
    return quick.counts["a"]


async def crash(_batch: str, _counts: Mapping[str, int]) -> None:
    """Die before anything is written."""
    raise Crash


async def test_a_late_flusher_deletes_only_its_own_batch(redis: Redis, key: str) -> None:
    """The next batch has another id, and stays."""
    assert await finish_late(redis, key) == 11


async def test_control_deleting_whatever_stands_loses_a_batch(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: without the look at the id the next batch is deleted unwritten."""
    monkeypatch.setattr(write_behind_counter, "_DONE", DONE_WHATEVER_STANDS)
    assert await finish_late(redis, key) == 1


async def leases_after_a_late_end(redis: Redis, key: str) -> int:
    """Let a slow flusher end while another is at work; return how many leases stand then."""
    slow, other, late_rows, rows = make(redis, key), make(redis, key), Rows(), Rows()
    await slow.add("a")
    late_rows.hold()
    late = asyncio.create_task(slow.flush(late_rows.write))
    await late_rows.started.wait()
    await redis.delete(f"{key}:l")  # as its end would, or an eviction
    rows.hold()
    second = asyncio.create_task(other.flush(rows.write))
    await rows.started.wait()
    late_rows.gate.set()
    await late
    standing = int(await redis.exists(f"{key}:l"))
    rows.gate.set()
    await second
    return standing


async def test_a_late_flusher_leaves_the_lease_of_its_successor(redis: Redis, key: str) -> None:
    """It gives up its own, which is gone already."""
    assert await leases_after_a_late_end(redis, key) == 1


async def test_control_a_lease_given_up_for_another_lets_a_third_in(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: without the look at the token."""
    monkeypatch.setattr(write_behind_counter, "_DONE", DONE_WHOEVER_HOLDS_THE_LEASE)
    assert await leases_after_a_late_end(redis, key) == 0


async def test_control_a_lease_that_is_kept_after_a_failure_stops_the_next(
    redis: Redis, key: str, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: nobody writes before the lease of the failed flush has run out."""
    monkeypatch.setattr(write_behind_counter, "_DONE", LEAVE_ALL_AS_IT_IS)
    views, rows = make(redis, key, events), Rows()
    await views.add("a")
    with pytest.raises(Crash):
        await views.flush(crash)
    assert await views.flush(rows.write) == 0
    assert events.counts == {"busy": 1}


async def test_a_failed_write_is_told_though_the_lease_cannot_be_given_up(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are away: what the caller sees is the error of the write."""
    monkeypatch.setattr(write_behind_counter, "_DONE", OUT_OF_ORDER)
    views = make(redis, key)
    await views.add("a")
    with pytest.raises(Crash):
        await views.flush(crash)


async def test_a_failed_write_is_raised_and_frees_the_next(redis: Redis, key: str) -> None:
    """The database is away: the counts wait, grow, and are written when it is back."""
    views, rows = make(redis, key), Rows()
    for n in range(3):
        await views.add("a")
        with pytest.raises(Crash):
            await views.flush(crash)
        assert await views.pending(["a"]) == {"a": n + 1}
    await views.flush(rows.write)
    assert rows.counts == {"a": 3}


async def test_a_link_that_is_cut_does_not_hide_the_error_of_the_write(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under uvloop a command on a cut link raises RuntimeError: not the caller's affair."""
    views = make(redis, key)
    await views.add("a")

    async def cut(*_command: object) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>")

    async def write(_batch: str, _counts: Mapping[str, int]) -> None:
        monkeypatch.setattr(views, "_run", cut)
        raise Crash

    with pytest.raises(Crash):
        await views.flush(write)


async def test_a_cancelled_flush_leaves_its_batch(redis: Redis, key: str) -> None:
    """Shutdown in the middle of a write: the next process goes on at once."""
    views, rows = make(redis, key), Rows()
    await views.add("a")
    rows.hold()
    flush = asyncio.create_task(views.flush(rows.write))
    await rows.started.wait()
    flush.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flush
    rows.gate.set()
    assert await make(redis, key).flush(rows.write) == 1
    assert rows.counts == {"a": 1}


async def test_every_key_has_a_life(redis: Redis, key: str) -> None:
    """Counts that nobody comes for go at last; a batch starts its life anew when it is taken."""
    views = make(redis, key, ttl_s=100)
    await views.add("a")
    assert 99_000 < await redis.pttl(f"{key}:d") <= 100_000
    await redis.pexpire(f"{key}:d", 5_000)
    with pytest.raises(Crash):
        await views.flush(crash)
    assert 99_000 < await redis.pttl(f"{key}:b") <= 100_000
    await views.add("a")
    await redis.pexpire(f"{key}:d", 5_000)
    await views.add("a")
    assert 99_000 < await redis.pttl(f"{key}:d") <= 100_000


async def test_control_a_bare_hincrby_lives_for_ever(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: a counter that is no longer flushed stays."""
    monkeypatch.setattr(write_behind_counter, "_ADD", ADD_WITHOUT_A_LIFE)
    await make(redis, key).add("a")
    assert await redis.pttl(f"{key}:d") == -1
    await redis.delete(f"{key}:d")


async def test_a_foreign_field_does_not_stop_the_rest(
    redis: Redis, key: str, events: Events
) -> None:
    """What is no number is left out and reported; the batch goes through."""
    views, rows = make(redis, key, events), Rows()
    await views.add("a")
    await cast("Any", redis.hset(f"{key}:d", "b", "many"))
    assert await views.pending(["a", "b"]) == {"a": 1, "b": 0}
    assert await views.flush(rows.write) == 1
    assert rows.counts == {"a": 1}
    assert events.seen[:2] == [("unreadable", {"member": b"b"})] * 2
    with pytest.raises(ValueError, match="needs a name"):
        await views.add("")


async def test_the_server_may_forget_the_scripts(redis: Redis, key: str) -> None:
    """After a restart or SCRIPT FLUSH each script is sent once more."""
    views, rows = make(redis, key), Rows()
    await redis.script_flush()
    await views.add("a")
    await redis.script_flush()
    await views.flush(rows.write)
    assert rows.counts == {"a": 1}


async def schedule(seed: int, clients: list[Redis], key: str, *, checks_ids: bool = True) -> int:
    """Count, flush and die in an order that a seed decides; return what is wrong in the end."""
    turns, rows, counted = Turns(seed), Rows(checks_ids=checks_ids), 0
    name = f"{key}:{seed}"

    async def count(client: Redis) -> None:
        nonlocal counted
        views = make(turns.paced(client), name)
        for _ in range(6):
            await views.add("a")
            counted += 1

    async def write(batch: str, counts: Mapping[str, int]) -> None:
        await turns.turn()
        await rows.write(batch, counts)
        await turns.turn()

    async def flush(client: Redis) -> None:
        for _ in range(4):
            mortal = turns.paced(client, lambda: turns.rand.random() < 0.1)
            # A dead flusher says nothing; a minute is short for who sets the clock.
            try:
                await make(mortal, name).flush(write)
            except Died:
                await clients[0].delete(f"{name}:l")

    await turns.run(*(count(each) for each in clients), *(flush(each) for each in clients))
    await clients[0].delete(f"{name}:l")
    for _ in range(2):
        await make(clients[0], name).flush(rows.write)
    return rows.counts["a"] - counted


async def test_every_count_arrives_once_in_every_schedule(
    connect: Callable[[], Redis], key: str
) -> None:
    """Three flushers that die anywhere, leases that end anywhere, counts all the time."""
    clients = [connect() for _ in range(3)]
    for seed in SEEDS:
        assert (seed, 0) == (seed, await schedule(seed, clients, key))


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("_TAKE", TAKE_WITH_A_NEW_ID),
        ("_TAKE", TAKE_BY_COPY),
        ("_DONE", DONE_WHATEVER_STANDS),
    ],
    ids=["new id", "not set aside", "any batch"],
)
async def test_control_each_protection_is_needed(
    connect: Callable[[], Redis],
    key: str,
    name: str,
    script: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The switches: without any one of them some schedule loses or doubles counts."""
    monkeypatch.setattr(write_behind_counter, name, script)
    assert await some_schedule_is_wrong(connect, key)


async def test_control_the_database_must_check_the_id(
    connect: Callable[[], Redis], key: str
) -> None:
    """The switch on the other side."""
    assert await some_schedule_is_wrong(connect, key, checks_ids=False)


async def some_schedule_is_wrong(
    connect: Callable[[], Redis], key: str, *, checks_ids: bool = True
) -> bool:
    """Run schedules until one is."""
    clients = [connect() for _ in range(3)]
    for seed in SEEDS:
        if await schedule(seed, clients, key, checks_ids=checks_ids):
            return True
    return False
