"""The Lua of service/patterns/native_counter in Python; see scripts.py."""

import re
from collections.abc import Sequence

from tests.simulation.keyspace import Reply
from tests.simulation.scripts import KNOWN, Call

SOUND = re.compile(rb"-?\d{1,20}")


def read(redis: Call, keys: Sequence[bytes], argv: Sequence[bytes]) -> Reply:
    """The counts of each hash."""
    return [redis("HMGET", key, *argv) if redis("TYPE", key) == b"hash" else None for key in keys]


def claim(redis: Call, keys: Sequence[bytes], argv: Sequence[bytes]) -> Reply:
    """The counts, or the lease, or neither."""
    token, lease_ms, *fields = argv
    if redis("TYPE", keys[0]) == b"hash":
        values = redis("HMGET", keys[0], *fields)
        assert isinstance(values, list)
        if values[-1] == b"absent" or all(
            isinstance(value, bytes) and SOUND.fullmatch(value) for value in values
        ):
            return values
    if redis("SET", keys[1], token, "NX", "PX", lease_ms) is None:
        return 0
    redis("DEL", keys[0])
    return 1


def create(redis: Call, keys: Sequence[bytes], argv: Sequence[bytes]) -> Reply:
    """Write the hash whole, if the token stands."""
    if redis("GET", keys[1]) != argv[0]:
        return 0
    return created(redis, keys, argv)


def created(redis: Call, keys: Sequence[bytes], argv: Sequence[bytes]) -> Reply:
    """Write the hash whole."""
    _token, ttl_ms, *pairs = argv
    redis("DEL", keys[0], keys[1])
    redis("HSET", keys[0], *pairs)
    return redis("PEXPIRE", keys[0], ttl_ms)


def release(redis: Call, keys: Sequence[bytes], argv: Sequence[bytes]) -> Reply:
    """Give up the lease, if it is ours."""
    if redis("GET", keys[1]) == argv[0]:
        redis("DEL", keys[1])
    return 1


def add(redis: Call, keys: Sequence[bytes], argv: Sequence[bytes]) -> Reply:
    """Step the hash, if it lacks just this step; else leave it, or drop it with its lease."""
    held = version_of(redis, keys[0])
    if held is None:
        return _drop(redis, keys, b"not_cached")
    if held >= int(argv[0]):
        return b"repeated"
    if held < int(argv[0]) - 1:
        return _drop(redis, keys, b"step_lost")
    return stepped(redis, keys, argv)


def stepped(redis: Call, keys: Sequence[bytes], argv: Sequence[bytes]) -> Reply:
    """Step the hash."""
    version, *steps = argv
    for field, step in zip(steps[::2], steps[1::2], strict=True):
        value = redis("HGET", keys[0], field)
        if not isinstance(value, bytes) or not SOUND.fullmatch(value):
            return _drop(redis, keys, b"not_cached")
        redis("HINCRBY", keys[0], field, step)
    redis("HSET", keys[0], "version", version)
    return b"added"


def drop(redis: Call, keys: Sequence[bytes], _argv: Sequence[bytes]) -> Reply:
    """Drop hash and lease."""
    return redis("DEL", keys[0], keys[1])


def version_of(redis: Call, key: bytes) -> int | None:
    """The version of a hash, if it has one."""
    if redis("TYPE", key) != b"hash":
        return None
    held = redis("HGET", key, "version")
    return int(held) if isinstance(held, bytes) and SOUND.fullmatch(held) else None


def _drop(redis: Call, keys: Sequence[bytes], why: bytes) -> Reply:
    redis("DEL", keys[0], keys[1])
    return why


KNOWN.update(
    {
        "93698f72ed5a0fbb5f9fb4f458fe4754f533356f": ("counter read", read),
        "9f135a80ea9441124a058e85cca97d69a526cf25": ("counter claim", claim),
        "c9dfa6139b597ef66380e6537ba7c77fc8f09ff0": ("counter create", create),
        "54151f5933c910f27f92021737a3ed74f706281f": ("counter release", release),
        "ce590b6faa5360110967b22cb38bc6f30d8604c0": ("counter add", add),
        "7cecd6a7ad253451c9e0a77ebd80ff8a6c978850": ("counter drop", drop),
    }
)
