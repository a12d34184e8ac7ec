"""Our Lua scripts in Python, found by the SHA-1 of the production text.

A script that is changed is unknown here, and every schedule that needs it fails, until somebody
restates the change and puts the new digest beside it. `test_model.py` compares with a real server.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeAlias

from tests.simulation.keyspace import Reply

Call: TypeAlias = Callable[..., Reply]
Restated: TypeAlias = Callable[[Call, Sequence[bytes], Sequence[bytes]], Reply]


class UnknownScript(AssertionError):
    """The model has no Python for this text."""


def digest(source: str) -> str:
    """What EVALSHA is called with."""
    return hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


def claim(redis: Call, keys: Sequence[bytes], argv: Sequence[bytes]) -> Reply:
    """Value, or the lease, or how long somebody else's lives."""
    token, lease_ms, seen, waits = argv
    value = redis("GET", keys[0])
    if isinstance(value, bytes) and value and (not seen or value[: len(seen)] != seen):
        return [value, 0, 0]
    held = redis("SET", keys[1], token, "NX", "GET", "PX", lease_ms)
    if not isinstance(held, bytes):
        return [None, 1, 0]
    if waits == b"1" and not held.endswith(b"+"):
        redis("APPEND", keys[1], "+")
    return [None, 0, redis("PTTL", keys[1])]


def fill(redis: Call, keys: Sequence[bytes], argv: Sequence[bytes]) -> Reply:
    """Store, if the token stands."""
    held = _held(redis, keys, argv[0])
    return 0 if held is None else stored(redis, keys, argv, held)


def stored(redis: Call, keys: Sequence[bytes], argv: Sequence[bytes], held: bytes) -> Reply:
    """Store and give up the lease."""
    token, value, ttl_ms, channel, message = argv
    redis("SET", keys[0], value, *(() if ttl_ms == b"0" else ("PX", ttl_ms)))
    redis("DEL", keys[1])
    if len(held) > len(token):
        redis("PUBLISH", channel, message)
    return 1


def abort(redis: Call, keys: Sequence[bytes], argv: Sequence[bytes]) -> Reply:
    """Give up the lease, if it is ours."""
    token, channel, message = argv
    held = _held(redis, keys, token)
    if held is None:
        return 0
    redis("DEL", keys[1])
    if len(held) > len(token):
        redis("PUBLISH", channel, message)
    return 1


def renew(redis: Call, keys: Sequence[bytes], argv: Sequence[bytes]) -> Reply:
    """Prolong the lease, if it is ours."""
    token, lease_ms = argv
    return 0 if _held(redis, keys, token) is None else redis("PEXPIRE", keys[1], lease_ms)


def drop(redis: Call, keys: Sequence[bytes], argv: Sequence[bytes]) -> Reply:
    """Drop value and lease, and tell."""
    redis("DEL", keys[0], keys[1])
    redis("PUBLISH", *argv)
    return 1


def _held(redis: Call, keys: Sequence[bytes], token: bytes) -> bytes | None:
    """The lease, if it is this token's."""
    held = redis("GET", keys[1])
    return held if isinstance(held, bytes) and held[: len(token)] == token else None


KNOWN: dict[str, tuple[str, Restated]] = {
    "16701601fa898fb055a6ad3e1c69abb5b2529c0c": ("claim", claim),
    "032199ad5d5440f6851c7843a52080012bfdd699": ("fill", fill),
    "9b1ffe4feb427dd020aa5b13a462c1dec3b60493": ("abort", abort),
    "70c3c7568ff2927cce71e23d3945fb31e0ce039c": ("renew", renew),
    "a4c374a79532360561183cb0e2f9c10262eb2f33": ("drop", drop),
}


def restate(source: str, name: str, restated: Restated) -> None:
    """Add the Python of one more text; for scripts broken on purpose."""
    KNOWN[digest(source)] = (name, restated)
