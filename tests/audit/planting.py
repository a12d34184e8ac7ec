"""Planting: a keyspace with one of every finding, at sizes that are known, and clean keys beside.

Idle times are planted by RESTORE with IDLETIME, so that nobody has to wait.
"""

import json
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from redis import Redis

from service.audit import Declared, EnvelopeFormat, Options, Registry
from service.patterns.lease.envelope import pack

HEAD = EnvelopeFormat(18, 2, magic="c1", load_offset=14, codec_offset=1, zlib_codec=1)
DAY_S = 86_400
# All of the server's time, and no pauses because the machine is busy with other tests.
FULL = Options(duty=1.0, ping_slow_times=1e9, ping_abort_s=1e9)
LONG = "a:name:that:is:much:longer:than:what:it:is:the:name:of:"
REGISTRY = Registry(
    [
        Declared("feed:*", role="cache", ttl_s=3600, change="feeds.py: set(..., ex=3600)"),
        Declared("card:*", role="cache", ttl_s=3600, jitter=0.1, envelope=HEAD),
        Declared("page:*", role="cache", ttl_s=3600, jitter=0.1),
        Declared("huge:*", role="index"),
        Declared("graph:*", role="cache", ttl_s=3600, jitter=0.1),
        Declared("ids:*", role="cache", ttl_s=3600, jitter=0.1),
        Declared("old:*", role="cache", ttl_s=60 * DAY_S, jitter=0.1),
        Declared(f"{LONG}*", role="counter", ttl_s=3600, jitter=0.1),
        Declared("drift:*", role="cache", ttl_s=600, jitter=0.1),
        Declared("sync:*", role="cache", ttl_s=3600, jitter=0.1),
        Declared("lock:*", role="lock", ttl_s=600),
        Declared("clean:*", role="cache", ttl_s=3600, jitter=0.1, envelope=HEAD),
        Declared("bin:*", role="cache", ttl_s=3600, jitter=0.1),
    ]
)


@dataclass
class Planted:
    """What an audit has to find: the code and pattern, and the bytes that it may free."""

    found: set[tuple[str, str | None]] = field(default_factory=set)
    bytes: dict[tuple[str, str | None], int] = field(default_factory=dict)

    def add(self, code: str, pattern: str | None, size: int | None = None) -> None:
        """A finding; its size where it is known."""
        self.found.add((code, pattern))
        if size is not None:
            self.bytes[code, pattern] = size


def plant(server: Redis, times: int = 1) -> Planted:
    """Fill an empty server; `times` as many keys of the patterns that have many."""
    planted, rand = Planted(), random.Random(7)
    _evict(server)
    planted.add("K12", None)
    _endless(server, planted, times)
    _unread(server, planted, rand, times)
    _oversized(server, planted, rand)
    _formed(server, planted, rand, times)
    _stale(server, planted, rand, times)
    _expiring(server, planted, rand, times)
    _locked(server, planted)
    _clean(server, rand, times)
    return planted


def idle(
    server: Redis, keys: Iterable[str | bytes], idle_s: int, ttl_ms: Iterator[int] | None = None
) -> None:
    """Make keys idle for so long; without TTLs they get none."""
    pipe = server.pipeline(transaction=False)
    names = list(keys)
    for key in names:
        pipe.dump(key)
    raws = pipe.execute()
    for key, raw in zip(names, raws, strict=True):
        left_ms = next(ttl_ms) if ttl_ms else 0
        pipe.restore(key, left_ms, raw, replace=True, idletime=idle_s)
    pipe.execute()


def weight(server: Redis, keys: Iterable[str | bytes]) -> int:
    """What the server says that keys take."""
    pipe = server.pipeline(transaction=False)
    for key in keys:
        pipe.memory_usage(key, samples=0)
    return sum(pipe.execute())


def fill(
    server: Redis,
    keys: Iterable[str | bytes],
    values: Iterator[str | bytes],
    ttl_s: Iterator[float],
) -> None:
    """Strings with their TTLs."""
    pipe = server.pipeline(transaction=False)
    for key in keys:
        pipe.set(key, next(values), px=round(next(ttl_s) * 1000))
    pipe.execute()


def spread(rand: random.Random, most_s: float = 3600) -> Iterator[float]:
    """TTLs that a jitter of a tenth would give."""
    while True:
        yield most_s * (1 - 0.1 * rand.random()) - 5


def milliseconds(rand: random.Random, most_s: float = 3000) -> Iterator[int]:
    """The same, as RESTORE takes them."""
    return (round(ttl_s * 1000) for ttl_s in spread(rand, most_s))


def noise(rand: random.Random, length: int) -> Iterator[bytes]:
    """Values that mean nothing."""
    while True:
        yield b"\xff" + rand.randbytes(length)


def _evict(server: Redis) -> None:
    for i in range(20):
        server.set(f"victim:{i}", b"x" * 10_000, ex=60)
    server.config_set("maxmemory-policy", "volatile-ttl")
    server.config_set("maxmemory", int(server.info("memory")["used_memory"]) - 30_000)
    server.set("one-more", "x", ex=60)
    server.config_set("maxmemory", 0)
    server.config_set("maxmemory-policy", "noeviction")
    server.flushall(asynchronous=False)


def _endless(server: Redis, planted: Planted, times: int) -> None:
    keys = [f"feed:{i}" for i in range(300 * times)]
    pipe = server.pipeline(transaction=False)
    for i, key in enumerate(keys):
        pipe.set(key, b"\xfe" * (200 + i % 50))
    pipe.execute()
    dead = keys[: 200 * times]
    idle(server, dead, 7200)
    planted.add("K01", "feed:*", weight(server, dead))


def _unread(server: Redis, planted: Planted, rand: random.Random, times: int) -> None:
    now_s = time.time()
    keys = [f"card:{i}" for i in range(200 * times)]
    packed = pack(rand.randbytes(150), written_at_s=now_s - 600.1, fresh_for_s=60, load_s=0.1)
    fill(server, keys, iter(lambda: packed, b""), spread(rand))
    unread, read = keys[: 150 * times], keys[150 * times :]
    # Longer than they exist: however long the planting itself takes.
    idle(server, unread, 900, milliseconds(rand))
    idle(server, read, 100, milliseconds(rand))
    planted.add("K02", "card:*", weight(server, unread))


def _oversized(server: Redis, planted: Planted, rand: random.Random) -> None:
    fill(server, [f"page:{i}" for i in range(150)], noise(rand, 2000), spread(rand))
    large = [f"page:{i}" for i in range(150, 153)]
    fill(server, large, noise(rand, 300_000), spread(rand))
    planted.add("K04", "page:*", weight(server, large))
    server.zadd("huge:1", {f"member-{i}": i for i in range(6000)})
    planted.add("K04", "huge:*", weight(server, ["huge:1"]))


def _formed(server: Redis, planted: Planted, rand: random.Random, times: int) -> None:
    author = {"id": 7, "name": "Ann", "bio": "y" * 80}
    graphs = (
        json.dumps({"p": {"id": i, "author": author, "tags": [{"t": i}]}}, separators=(",", ":"))
        for i in range(10**9)
    )
    fill(server, [f"graph:{i}" for i in range(150)], graphs, spread(rand))
    planted.add("K05", "graph:*")
    keys = [f"ids:{i}" for i in range(200 * times)]
    lists = [[rand.randrange(10**6, 10**7) for _ in range(50)] for _ in keys]
    fill(server, keys, (json.dumps(one, separators=(",", ":")) for one in lists), spread(rand))
    packed = [f"idz:{i}" for i in range(200 * times)]  # names of the same length
    fill(server, packed, iter(lambda: bytes(4 * 50), b""), spread(rand))
    planted.add("K06", "ids:*", weight(server, keys) - weight(server, packed))
    server.delete(*packed)


def _stale(server: Redis, planted: Planted, rand: random.Random, times: int) -> None:
    for version in (1, 2):
        keys = [f"app:v{version}:{i}" for i in range(150 * times)]
        fill(server, keys, noise(rand, 120), spread(rand))
        size = weight(server, keys) if version == 1 else None
        planted.add("K07", f"app:v{version}:*", size)
    keys = [f"old:{i}" for i in range(150 * times)]
    fill(server, keys, noise(rand, 120), spread(rand))
    idle(server, keys, 8 * DAY_S, milliseconds(rand, 30 * DAY_S))
    planted.add("K07", "old:*", weight(server, keys))


def _expiring(server: Redis, planted: Planted, rand: random.Random, times: int) -> None:
    keys = [f"{LONG}{1000 + i}" for i in range(150 * times)]
    fill(server, keys, iter(lambda: "1", ""), spread(rand))
    planted.add("K08", f"{LONG}*", sum(len(key) for key in keys) - 16 * len(keys))
    keys = [f"drift:{i}" for i in range(150 * times)]
    fill(server, keys, noise(rand, 120), spread(rand, 9000))
    planted.add("K09", "drift:*")
    keys = [f"sync:{i}" for i in range(150 * times)]
    fill(server, keys, noise(rand, 120), spread(rand))
    at_ms = (int(time.time()) + 3000) * 1000 + 500
    pipe = server.pipeline(transaction=False)
    for key in keys[: 75 * times]:
        pipe.pexpireat(key, at_ms)
    pipe.execute()
    planted.add("K09", "sync:*")


def _locked(server: Redis, planted: Planted) -> None:
    left = [f"lock:{i}" for i in range(20)]
    for key in left:
        server.set(key, "token")
    for i in range(20, 25):
        server.set(f"lock:{i}", "token", px=590_000)
    planted.add("K11", "lock:*", weight(server, left))


def _clean(server: Redis, rand: random.Random, times: int) -> None:
    now_s = time.time()
    packed = pack(b'{"a":1}', written_at_s=now_s - 600, fresh_for_s=60, load_s=0.1)
    keys = [f"clean:{i}" for i in range(200 * times)]
    fill(server, keys, iter(lambda: packed, b""), spread(rand))
    names = [b"bin:" + rand.randbytes(12) for _ in range(150 * times)]
    fill(server, names, noise(rand, 90), spread(rand))
