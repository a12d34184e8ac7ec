"""The native counter under random schedules against a real server: exactly the database's value.

Readers, writers, repeated and lost deliveries and evictions, one step at a time in an order that
a seed decides. Every row version's counts are known, so each read is checked exactly.
"""

import itertools
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from service.patterns.native_counter import NativeCounter, hashes, scripts

from .contract import Events
from .turns import Turns

SEEDS = range(150)

ADD_THAT_LEAVES_THE_LEASE = scripts.ADD.replace("DEL', KEYS[1], KEYS[2]", "DEL', KEYS[1]")
ADD_THAT_TRUSTS_DELIVERY = """
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('DEL', KEYS[2]) return 'not_cached' end
redis.call('HINCRBY', KEYS[1], ARGV[2], ARGV[3])
redis.call('HINCRBY', KEYS[1], ARGV[4], ARGV[5])
redis.call('HSET', KEYS[1], 'version', ARGV[1])
return 'added'
"""
ADD_THAT_CREATES = ADD_THAT_TRUSTS_DELIVERY.split("\n", 2)[2]
CREATE_WITHOUT_THE_TOKEN = scripts.CREATE.replace("~= ARGV[1]", "== 'never'")
CLAIM_WITHOUT_A_LOOK = """
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
return 1
"""


class World:
    """A row with its history, clients on one server, and what must hold of each read."""

    def __init__(self, key: str, turns: Turns) -> None:
        self.key = key
        self.turns = turns
        self.rand = turns.rand
        # By version: what the counters were. A version is a commit, so the list is the history.
        self.history = [(0, 0)]
        self.lost: list[tuple[int, int, int]] = []
        # The newest version whose step has reached the cache: no later read may be older.
        self.told = 0
        self.wrong: list[str] = []

    async def load(self) -> dict[str, int]:
        """Read the row in one statement; the answer takes its time."""
        await self.turns.turn()
        version = len(self.history) - 1
        likes, shares = self.history[version]
        await self.turns.turn()
        return {"likes": likes, "shares": shares, "version": version}

    def commit(self) -> tuple[int, int, int]:
        """Change both counters in one statement, up or down; return version and steps."""
        likes, shares = self.rand.choice([(1, 0), (-1, 2), (3, -1)])
        before = self.history[-1]
        self.history.append((before[0] + likes, before[1] + shares))
        return len(self.history) - 1, likes, shares

    async def tell(self, counts: NativeCounter, step: tuple[int, int, int]) -> None:
        """Deliver one step."""
        version, likes, shares = step
        await counts.add(self.key, version, likes=likes, shares=shares)
        self.told = max(self.told, version)

    async def idle(self) -> None:
        """Let the others get ahead, by a little or a lot."""
        for _ in range(self.rand.randrange(20)):
            await self.turns.turn()

    async def write(self, counts: NativeCounter) -> None:
        """Commit three times, and deliver once, twice, late, or not."""
        for _ in range(3):
            await self.idle()
            step = self.commit()
            await self.turns.turn()
            if self.rand.random() < 0.2:
                self.lost.append(step)
                continue
            for _ in range(self.rand.choice([1, 1, 2])):
                await self.tell(counts, step)

    async def relay(self, counts: NativeCounter) -> None:
        """Repeat any of the last steps, also those that were never lost."""
        for _ in range(2):
            await self.idle()
            if self.lost:
                await self.tell(counts, self.lost.pop(self.rand.randrange(len(self.lost))))

    async def read(self, counts: NativeCounter) -> None:
        """Read four times; each value must have been true, and not before what was told."""
        for _ in range(4):
            told = self.told
            value = await counts.get(self.key, self.load)
            assert value is not None
            if (value["likes"], value["shares"]) != self.history[value["version"]]:
                self.wrong.append(f"{value} never was, {self.history}")
            if value["version"] < told:
                self.wrong.append(f"{value} is older than {told}, which was told before")

    async def evict(self, redis: Redis) -> None:
        """Take the hash, the lease, or both away, as the server may at any time."""
        for _ in range(2):
            await self.idle()
            which = self.rand.choice(["h", "l", "hl"])
            await redis.delete(*(f"{self.key}:{part}" for part in which))

    async def settle(self, counts: NativeCounter) -> None:
        """Deliver what was lost; what is read and what stands must be the row then."""
        for step in self.lost:
            await self.tell(counts, step)
        version = len(self.history) - 1
        likes, shares = self.history[version]
        row = {"likes": likes, "shares": shares, "version": version}
        value = await counts.get(self.key, self.load)
        if value != row:
            self.wrong.append(f"{value} stayed, the row is {row}")


async def schedule(seed: int, clients: list[Redis], key: str, **settings: Any) -> list[str]:
    """Run one schedule; return what was wrong."""
    turns = Turns(seed)
    world = World(f"{key}:{seed}", turns)
    counters = [
        NativeCounter(
            turns.paced(client),
            **{
                "fields": ["likes", "shares"],
                "ttl": lambda _value: 60.0,
                "lease_s": 60.0,
                "wait_s": 0.1,
                "sleep": turns.pause,
                **settings,
            },
        )
        for client in clients
    ]
    one, two, three = counters
    await turns.run(
        *(world.read(each) for each in counters),
        *(world.write(each) for each in (one, two)),
        world.relay(three),
        world.evict(clients[0]),
    )
    await turns.run(world.settle(one))
    return world.wrong


async def first_wrong(
    clients: list[Redis],
    key: str,
    tokens: Callable[[], Callable[[], str]] = lambda: lambda: secrets.token_hex(16),
) -> list[str] | None:
    """Run schedules until one goes wrong; say how."""
    for seed in SEEDS:
        if wrong := await schedule(seed, clients, key, token=tokens()):
            return wrong
    return None


async def test_every_read_is_exact_in_every_schedule(
    connect: Callable[[], Redis], key: str
) -> None:
    """Nothing half, doubled or older than told; what was lost is healed. Fills were refused."""
    clients, events = [connect() for _ in range(3)], Events()
    for seed in SEEDS:
        assert (seed, []) == (seed, await schedule(seed, clients, key, observe=events))
    # The schedules went where the races are, and did not pass them by.
    for event in ("hit", "added", "repeated", "step_lost", "not_cached", "refused_fill", "waited"):
        assert events.counts[event] > 20, event


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("ADD", ADD_THAT_LEAVES_THE_LEASE),
        ("ADD", ADD_THAT_TRUSTS_DELIVERY),
        ("ADD", ADD_THAT_CREATES),
        ("CREATE", CREATE_WITHOUT_THE_TOKEN),
        ("CLAIM", CLAIM_WITHOUT_A_LOOK),
    ],
    ids=["lease stays", "no versions", "creates", "no token", "no second look"],
)
async def test_control_each_protection_is_needed(
    connect: Callable[[], Redis],
    key: str,
    name: str,
    script: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The switches: without any one of them some schedule goes wrong."""
    monkeypatch.setattr(hashes, name, script)
    clients = [connect() for _ in range(3)]
    assert await first_wrong(clients, key) is not None


async def test_control_tokens_from_a_counter_match_again(
    connect: Callable[[], Redis], key: str
) -> None:
    """The switch: numbers that start anew, and a late holder's token stands once more."""
    clients = [connect() for _ in range(3)]
    assert await first_wrong(clients, key, tokens=lambda: itertools.cycle("12").__next__)
