"""The server in memory answers as a real one does, command by command."""

import random
from collections.abc import AsyncIterator, Sequence

import pytest
from redis.asyncio import Redis

from service.embedded.servers import Servers
from service.patterns.lease import scripts as lua
from service.patterns.native_counter import scripts as hashes
from tests.simulation.counter_scripts import add  # noqa: F401 - it makes those scripts known
from tests.simulation.keyspace import Argument, Keyspace, Reply, to_bytes
from tests.simulation.scripts import KNOWN, digest

SEEDS = 40
COMMANDS = 150
LONG_MS, SHORT_MS = 60_000, 1
NAMES = ("a", "b")
LEASES = (lua._CLAIM, lua._FILL, lua._ABORT, lua._RENEW, lua._DROP)
COUNTERS = (hashes.READ, hashes.CLAIM, hashes.CREATE, hashes.RELEASE, hashes.ADD, hashes.DROP)
TOKENS, TEXTS = ("0" * 32, "1" * 32), ("", "one", "two")
LIVES_MS = (LONG_MS, LONG_MS, SHORT_MS)
KEYS = [f"model:{{{name}}}:{part}" for name in NAMES for part in "vlh"]


class Model:
    """The server's data, and a clock moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0
        self.published: list[tuple[bytes, bytes]] = []
        self.keyspace = Keyspace(lambda: self.now_s, self._publish)

    def run(self, command: Sequence[Argument]) -> Reply:
        """What the server in memory would answer."""
        if command[0] != "EVAL":
            return self.keyspace.call(str(command[0]), *command[1:])
        keys = int(str(command[2]))
        given = [to_bytes(argument) for argument in command[3:]]
        return KNOWN[digest(str(command[1]))][1](self.keyspace.call, given[:keys], given[keys:])

    def _publish(self, channel: bytes, message: bytes) -> int:
        self.published.append((channel, message))
        return 0


@pytest.fixture
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    """A real server; only keys of this test's own are touched."""
    async with Redis.from_url(servers.redis_urls["layered"]) as client:
        client.response_callbacks.clear()  # answers as they are on the wire
        await client.delete(*KEYS)
        yield client
        await client.delete(*KEYS)


def draw_command(draw: random.Random) -> Sequence[Argument]:
    """Any command or script of ours, with arguments that meet often."""
    name = f"model:{{{draw.choice(NAMES)}}}"
    draws = (draw_lease_script, draw_counter_script, draw_string_command, draw_hash_command)
    return draw.choice(draws)(draw, name)


def draw_lease_script(draw: random.Random, name: str) -> Sequence[Argument]:
    """One of the lease's."""
    token, life_ms = draw.choice(TOKENS), draw.choice(LIVES_MS)
    scripts: Sequence[Sequence[Argument]] = (
        (lua._CLAIM, token, life_ms, draw.choice(("", "on", "two")), draw.choice((0, 1))),
        (lua._FILL, token, draw.choice(TEXTS), life_ms, "model", f"filled {name}"),
        (lua._ABORT, token, "model", f"failed {name}"),
        (lua._RENEW, token, life_ms),
        (lua._DROP, "model", f"dropped {name}"),
    )
    source, *arguments = draw.choice(scripts)
    return ["EVAL", source, 2, f"{name}:v", f"{name}:l", *arguments]


def draw_counter_script(draw: random.Random, name: str) -> Sequence[Argument]:
    """One of the counters'; most often the one with most cases."""
    token, life_ms, version = draw.choice(TOKENS), draw.choice(LIVES_MS), draw.randrange(1, 5)
    made = draw.choice((("x", 1, "y", 2, "version", version), ("version", "absent")))
    step = ("y", draw.choice((1, -2)))
    scripts: Sequence[Sequence[Argument]] = (
        (hashes.CLAIM, token, life_ms, "x", "y", "version"),
        (hashes.CREATE, token, life_ms, *made),
        (hashes.RELEASE, token),
        (hashes.ADD, version, "x", 1, *draw.choice(((), step))),
        (hashes.ADD, version, *step),
        (hashes.DROP,),
        (hashes.READ, "x", "version"),
    )
    source, *arguments = draw.choice(scripts)
    return ["EVAL", source, 2, f"{name}:h", f"{name}:l", *arguments]


def draw_string_command(draw: random.Random, name: str) -> Sequence[Argument]:
    """A command on a value or a lease."""
    value, lease = f"{name}:v", f"{name}:l"
    text, token, life_ms = draw.choice(TEXTS), draw.choice(TOKENS), draw.choice(LIVES_MS)
    commands: Sequence[Sequence[Argument]] = (
        ["GET", value],
        ["MGET", value, lease],
        ["SET", value, text],
        ["SET", value, text, "PX", life_ms],
        ["SET", lease, token, "NX", "PX", life_ms],
        ["SET", lease, token, "NX", "GET", "PX", life_ms],
        ["DEL", value, lease],
        ["APPEND", value, text],
        ["PEXPIRE", value, life_ms],
        ["PTTL", lease],
    )
    return draw.choice(commands)


def draw_hash_command(draw: random.Random, name: str) -> Sequence[Argument]:
    """A command on a hash."""
    key, field = f"{name}:h", draw.choice(("x", "y", "version"))
    commands: Sequence[Sequence[Argument]] = (
        ["TYPE", key],
        ["EXISTS", key, f"{name}:v"],
        ["HSET", key, field, 1, "z", 2],
        ["HGET", key, field],
        ["HGETALL", key],
        ["HMGET", key, "x", "y", "z"],
        ["HEXISTS", key, field],
        ["HINCRBY", key, "z", draw.choice((1, -2))],
        ["PTTL", key],
    )
    return draw.choice(commands)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_the_model_answers_as_a_real_server(redis: Redis, seed: int) -> None:
    """The same commands, one after the other, have the same answers and leave the same data."""
    draw, model = random.Random(seed), Model()
    async with redis.pubsub() as pubsub:
        await pubsub.subscribe("model")
        await pubsub.get_message(timeout=1)
        for number in range(COMMANDS):
            command = draw_command(draw)
            real = await redis.execute_command(*command)  # type: ignore[no-untyped-call]
            assert about(real) == about(model.run(command)), f"command {number}: {command}"
            if SHORT_MS in command:
                await forget_what_was_short(redis, model)
        heard = [await pubsub.get_message(timeout=1) for _ in model.published]
    assert model.published == [(each["channel"], each["data"]) for each in heard if each]
    for key in KEYS:
        assert about(await redis.pttl(key)) == about(model.run(["PTTL", key])), key


async def forget_what_was_short(redis: Redis, model: Model) -> None:
    """Lives of a millisecond end here: neither server may have one end between two commands."""
    for key in KEYS:
        if 0 <= await redis.pttl(key) <= SHORT_MS:
            await redis.delete(key)
        left_ms = model.run(["PTTL", key])
        if isinstance(left_ms, int) and 0 <= left_ms <= SHORT_MS:
            model.run(["DEL", key])


def about(answer: object) -> object:
    """Times left as 'long': the real server's clock runs."""
    if isinstance(answer, list):
        return [about(part) for part in answer]
    if isinstance(answer, int) and answer > LONG_MS / 2:
        return "long"
    return answer


def test_every_production_script_is_restated() -> None:
    """A script whose text has changed is unknown, until its Python has been looked at again."""
    assert [] == [script for script in (*LEASES, *COUNTERS) if digest(script) not in KNOWN]
    assert digest(lua._FILL + " ") not in KNOWN
