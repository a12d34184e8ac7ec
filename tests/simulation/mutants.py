"""The protocol with one protection taken away; each of these must be caught, or we prove nothing.

They are made of the production pieces: a script with a line less, a subclass with a method less.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from unittest.mock import patch

from service.patterns.lease import scripts as lua
from service.patterns.lease.copies import Copies
from service.patterns.native_counter import hashes
from service.patterns.near_cache import NearCache, Push
from service.strategies.invalidation import InsideTransaction
from tests.simulation.counter_scripts import add, created, stepped, version_of
from tests.simulation.plan import Pieces, Plan
from tests.simulation.scheduler import Scheduler
from tests.simulation.scripts import Call, Restated, restate, stored
from tests.simulation.server import Server


@dataclass(frozen=True)
class Mutant:
    """`kind` is the class of faults in which it shows; `patched` is what is broken meanwhile."""

    name: str
    kind: str
    pieces: Pieces = field(default_factory=Pieces)
    patched: Callable[[], contextlib.AbstractContextManager[object]] = contextlib.nullcontext


def _script(
    name: str, line: str, instead: str, restated: Restated, module: ModuleType = lua
) -> Callable[[], contextlib.AbstractContextManager[object]]:
    """Another line in a production script, and the same in Python for the model."""
    source: str = getattr(module, name)
    assert line in source, f"{name} has changed: say anew what the mutant takes away"
    broken = source.replace(line, instead)
    restate(broken, name.strip("_").lower(), restated)
    return lambda: patch.object(module, name, broken)


def _fill_anyway(redis: Call, keys: Any, argv: Any) -> Any:
    held = redis("GET", keys[1])
    return stored(redis, keys, argv, held if isinstance(held, bytes) else b"")


def _drop_value(redis: Call, keys: Any, argv: Any) -> Any:
    redis("DEL", keys[0])
    redis("PUBLISH", *argv)
    return 1


def _drop_present(redis: Call, keys: Any, argv: Any) -> Any:
    if redis("DEL", keys[0]):
        redis("DEL", keys[1])
    redis("PUBLISH", *argv)
    return 1


def _step_anyway(redis: Call, keys: Any, argv: Any) -> Any:
    held = version_of(redis, keys[0])
    again = held is not None and held >= int(argv[0])
    return stepped(redis, keys, argv) if again else add(redis, keys, argv)


def _step_on(redis: Call, keys: Any, argv: Any) -> Any:
    held = version_of(redis, keys[0])
    lost = held is not None and held < int(argv[0])
    return stepped(redis, keys, argv) if lost else add(redis, keys, argv)


def _add_keeps_lease(redis: Call, keys: Any, argv: Any) -> Any:
    lease = redis("GET", keys[1])
    answer = add(redis, keys, argv)
    if isinstance(lease, bytes):
        redis("SET", keys[1], lease, "PX", 1000)
    return answer


class WithoutTickets(NearCache[int]):
    """Stores what was loaded, whatever was invalidated meanwhile."""

    def _store(self, key: str, value: int, ticket: Any) -> None:
        self._tickets[key] = ticket
        super()._store(key, value, ticket)


class Trusting(Push):
    """Keeps all that was kept when its link breaks."""

    def _distrust(self) -> None:
        pass


@contextlib.contextmanager
def _without_epoch() -> Iterator[None]:
    keep = Copies.keep

    def keep_anyway(copies: Copies[int], *args: Any, epoch: int, **rest: Any) -> None:
        keep(copies, *args, epoch=copies.epoch, **rest)

    with patch.object(Copies, "keep", keep_anyway):
        yield


def _counted(_loop: Scheduler, server: Server) -> Callable[[], str]:
    """Numbers instead of random bits, kept in the cache: they begin again when it forgets."""

    def token() -> str:
        number = server.keyspace.call("HINCRBY", "tokens", "last", 1)
        return str(number).zfill(32)

    return token


_CHECK = "if not held or string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then return 0 end"
_DELETE = "redis.call('DEL', KEYS[1], KEYS[2])"

# Nobody waits for long, and everybody has copies: what this one is about is rare elsewhere.
IMPATIENT = Plan(near=False, ttl_s=60.0, fresh_s=60.0, wait_s=0.1, stale_for_s=10.0, batches=False)
COUNTERS = Pieces(counters=True)

MUTANTS = (
    Mutant("no token check", "none", patched=_script(
        "_FILL", _CHECK, "held = held or ''", _fill_anyway,
    )),
    Mutant("one token for all", "none", Pieces(tokens=lambda _loop, _server: lambda: "0" * 32)),
    Mutant("counter tokens", "eviction", Pieces(tokens=_counted)),
    Mutant("plain delete", "none", patched=_script(
        "_DROP", _DELETE, "redis.call('DEL', KEYS[1])", _drop_value,
    )),
    Mutant("absent values skipped", "none", patched=_script(
        "_DROP", _DELETE,
        "if redis.call('DEL', KEYS[1]) == 1 then redis.call('DEL', KEYS[2]) end", _drop_present,
    )),
    Mutant("invalidate before commit", "none", Pieces(announce=InsideTransaction)),
    Mutant("no outbox", "writer_crash", Pieces(relay=False)),
    Mutant("no outbox, lost drops", "lost_invalidation", Pieces(relay=False)),
    Mutant("no replay", "failover", Pieces(replays=False)),
    Mutant("no epoch near", "none", Pieces(near=WithoutTickets)),
    Mutant("no epoch for copies", "none", Pieces(plan=IMPATIENT), _without_epoch),
    Mutant("links trusted", "lost_messages", Pieces(push=Trusting)),
    Mutant("counters: no token check", "none", COUNTERS, _script(
        "CREATE", "if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end", "",
        created, hashes,
    )),
    Mutant("counters: steps unversioned", "lost_invalidation", COUNTERS, _script(
        "ADD", "if held >= version then return 'repeated' end", "", _step_anyway, hashes,
    )),
    Mutant("counters: lost steps unnoticed", "writer_crash", COUNTERS, _script(
        "ADD", "if held < version - 1 then return drop('step_lost') end", "", _step_on, hashes,
    )),
    Mutant("counters: lease outlives step", "none", COUNTERS, _script(
        "ADD", "redis.call('DEL', KEYS[1], KEYS[2])", "redis.call('DEL', KEYS[1])",
        _add_keeps_lease, hashes,
    )),
)  # fmt: skip
