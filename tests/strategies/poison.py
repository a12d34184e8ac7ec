"""What can lie under a key that is not what was put there."""

import os
import pickle
import random
import zlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from redis.asyncio import Redis

from service.patterns.lease.envelope import HEADER_BYTES

Poison = Callable[[Redis, bytes, random.Random], Awaitable[None]]
LARGE_BYTES = 10_000_000
# Unfolds to a hundred megabytes.
BOMB = zlib.compress(bytes(100_000_000))


class Trap:
    """Whoever unpickles it makes a folder of the name that is in the environment."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (os.environ["CORRAL_TRAP"],)


async def _put(redis: Redis, key: bytes, value: bytes) -> None:
    await redis.set(key, value, keepttl=True)


async def _random(redis: Redis, key: bytes, rand: random.Random) -> None:
    await _put(redis, key, rand.randbytes(rand.randrange(1, 400)))


async def _pickle(redis: Redis, key: bytes, _: random.Random) -> None:
    await _put(redis, key, pickle.dumps(Trap()))


async def _empty(redis: Redis, key: bytes, _: random.Random) -> None:
    await _put(redis, key, b"")


async def _large(redis: Redis, key: bytes, _: random.Random) -> None:
    await _put(redis, key, bytes(LARGE_BYTES))


async def _before(redis: Redis, key: bytes, change: Callable[[bytes], bytes]) -> None:
    """Change the bytes that are there, where there are bytes; else put some."""
    found = await redis.get(key) if await redis.type(key) == b"string" else None
    await _put(redis, key, change(found if isinstance(found, bytes) else b"\xc1" * 40))


async def _version(redis: Redis, key: bytes, _: random.Random) -> None:
    await _before(redis, key, lambda raw: b"\xc2" + raw[1:])


async def _cut(redis: Redis, key: bytes, _: random.Random) -> None:
    await _before(redis, key, lambda raw: raw[: len(raw) // 2])


async def _bomb(redis: Redis, key: bytes, _: random.Random) -> None:
    await _before(redis, key, lambda raw: raw[:1] + b"\x01" + raw[2:HEADER_BYTES] + BOMB)


async def _list(redis: Redis, key: bytes, _: random.Random) -> None:
    left_ms = await redis.pttl(key)
    await redis.delete(key)
    await redis.rpush(key, "a", "b")
    if left_ms > 0:
        await redis.pexpire(key, left_ms)


POISONS: Mapping[str, Poison] = {
    "random bytes": _random,
    "a pickle": _pickle,
    "nothing": _empty,
    "another version": _version,
    "half of it": _cut,
    "a bomb": _bomb,
    "ten megabytes": _large,
    "another type": _list,
}


def trap(folder: Path) -> Path:
    """Where a pickle that is run leaves its mark."""
    return folder / "trapped"
