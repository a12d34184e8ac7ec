"""The data of one Redis server, on the virtual clock: as many commands as our patterns use.

Keys, arguments and values are bytes, as they are on the wire.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

Reply: TypeAlias = bytes | int | list["Reply"] | dict[bytes, bytes] | None
Argument: TypeAlias = bytes | str | int | float
Value: TypeAlias = bytes | dict[bytes, bytes]


def to_bytes(argument: Argument) -> bytes:
    """What redis-py makes of an argument."""
    if isinstance(argument, bytes):
        return argument
    return (repr(argument) if isinstance(argument, float) else str(argument)).encode()


class Keyspace:
    """Keys with a value and a deadline in milliseconds (`None`: none)."""

    def __init__(
        self, clock: Callable[[], float], publish: Callable[[bytes, bytes], int] = lambda *_: 0
    ) -> None:
        self.keys: dict[bytes, tuple[Value, int | None]] = {}
        self._clock = clock
        self._tell = publish

    def call(self, name: str, *arguments: Argument) -> Reply:
        """Run one command."""
        command = cast("Callable[..., Reply]", getattr(self, f"_{name.lower()}"))
        return command(*map(to_bytes, arguments))

    def restore(self, keys: Mapping[bytes, tuple[Value, int | None]]) -> None:
        """Become what another server was."""
        self.keys = dict(keys)

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)

    def _live(self, key: bytes) -> tuple[Value, int | None] | None:
        found = self.keys.get(key)
        if found is not None and found[1] is not None and self._now_ms() > found[1]:
            del self.keys[key]
            return None
        return found

    def _string(self, key: bytes) -> bytes | None:
        found = self._live(key)
        value = found[0] if found else None
        assert not isinstance(value, dict), f"{key!r} is no string"
        return value

    def _hash(self, key: bytes) -> dict[bytes, bytes]:
        found = self._live(key)
        value = found[0] if found else {}
        assert isinstance(value, dict), f"{key!r} is no hash"
        return value

    def _ping(self) -> Reply:
        return b"PONG"

    def _keep(self, key: bytes, value: Value) -> None:
        found = self._live(key)
        self.keys[key] = (value, found[1] if found else None)

    def _get(self, key: bytes) -> Reply:
        return self._string(key)

    def _mget(self, *keys: bytes) -> Reply:
        return [self._string(key) for key in keys]

    def _set(self, key: bytes, value: bytes, *options: bytes) -> Reply:
        rest = [option.upper() for option in options]
        before = self._string(key)
        answer: Reply = before if b"GET" in rest else b"OK"
        if b"NX" in rest and before is not None:
            return answer if b"GET" in rest else None
        deadline = None
        if b"PX" in rest:
            deadline = self._now_ms() + int(options[rest.index(b"PX") + 1])
        if b"EX" in rest:
            deadline = self._now_ms() + 1000 * int(options[rest.index(b"EX") + 1])
        self.keys[key] = (value, deadline)
        return answer

    def _append(self, key: bytes, more: bytes) -> Reply:
        value = (self._string(key) or b"") + more
        self._keep(key, value)
        return len(value)

    def _del(self, *keys: bytes) -> Reply:
        return sum(self._live(key) is not None and bool(self.keys.pop(key)) for key in keys)

    def _type(self, key: bytes) -> Reply:
        found = self._live(key)
        if found is None:
            return b"none"
        return b"hash" if isinstance(found[0], dict) else b"string"

    def _exists(self, *keys: bytes) -> Reply:
        return sum(self._live(key) is not None for key in keys)

    def _pexpire(self, key: bytes, life_ms: bytes) -> Reply:
        found = self._live(key)
        if found is None:
            return 0
        self.keys[key] = (found[0], self._now_ms() + int(life_ms))
        return 1

    def _pttl(self, key: bytes) -> Reply:
        found = self._live(key)
        if found is None:
            return -2
        return -1 if found[1] is None else found[1] - self._now_ms()

    def _hset(self, key: bytes, *pairs: bytes) -> Reply:
        kept = self._hash(key)
        new = dict(zip(pairs[::2], pairs[1::2], strict=True))
        self._keep(key, kept | new)
        return len(new.keys() - kept.keys())

    def _hget(self, key: bytes, field: bytes) -> Reply:
        return self._hash(key).get(field)

    def _hexists(self, key: bytes, field: bytes) -> Reply:
        return int(field in self._hash(key))

    def _hmget(self, key: bytes, *fields: bytes) -> Reply:
        kept = self._hash(key)
        return [kept.get(field) for field in fields]

    def _hgetall(self, key: bytes) -> Reply:
        return dict(self._hash(key))

    def _hincrby(self, key: bytes, field: bytes, step: bytes) -> Reply:
        kept = self._hash(key)
        now = int(kept.get(field, b"0")) + int(step)
        self._keep(key, {**kept, field: b"%d" % now})
        return now

    def _publish(self, channel: bytes, message: bytes) -> Reply:
        return self._tell(channel, message)
