"""The ladder's steps and the mistakes answer as the strategies do, and keep what their TTL says.

Short here: all reads cold and warm, all writes, all reads. With CORRAL_PROOF=1 everything is read
again after each write, under each piece that is set alone as well.
"""

import pytest

from service.embedded.servers import Servers
from service.strategies import RUNGS, WRONG
from service.strategies.layered import LAYERED
from service.strategies.pieces import PIECES
from tests.faults.sizes import IS_PROOF
from tests.strategies.service import on_copy
from tests.strategies.test_keyspace import NOT_CACHED, kind_of
from tests.strategies.test_same_answers import (
    NEW_READS,
    READS,
    TIME_DRIVEN,
    WRITES,
    Session,
    Step,
)
from tests.world import Databases

NAMES = [*RUNGS, *WRONG]
SHORT = [*READS, *TIME_DRIVEN, *READS, *WRITES, *READS, *NEW_READS, *NEW_READS]
AT_LENGTH = [*READS, *(step for write in WRITES for step in (write, *READS)), *NEW_READS]
# Kept by steps, or on their way to the database: they end under every plan.
STEPPED = {"counts", "ranking", "timeline"} | {kind.name for kind in NOT_CACHED}
# What cannot be changed alone, and what with it.
TOGETHER = {
    "invalidation=after_commit": "entries=small_entries",
    "invalidation=inside_transaction": "entries=small_entries",
    "entries=uncached": "shared=empty",
}
PLANS = [
    ("layered", ",".join(filter(None, (change, TOGETHER.get(change)))))
    for change in (
        f"{field}={piece}"
        for field, pieces in PIECES.items()
        for piece in pieces
        if getattr(LAYERED, field) is not pieces[piece]
    )
]
Stores = tuple[Databases, Servers]
Answers = list[tuple[int, str | None, object]]


@pytest.fixture(scope="module")
def stores(databases: Databases, servers: Servers) -> Stores:
    """Where services are run."""
    return databases, servers


async def answers(
    steps: list[Step], name: str, stores: Stores, *, changes: str = ""
) -> tuple[Answers, dict[str, int | None]]:
    """What a client is told who takes the steps, and the lives of all keys then, in ms."""
    async with on_copy(name, "corral_test_world", *stores, set=changes) as service:
        session = Session(service.client)
        await session.begin()
        return [await session.take(step) for step in steps], await service.ttls()


@pytest.fixture(scope="module")
async def short(stores: Stores) -> Answers:
    """The answers without a cache."""
    return (await answers(SHORT, "no_cache", stores))[0]


@pytest.fixture(scope="module")
async def at_length(stores: Stores) -> Answers:
    """The same, with everything read again after each write."""
    return (await answers(AT_LENGTH, "no_cache", stores))[0]


@pytest.mark.parametrize("name", NAMES)
async def test_a_plan_answers_as_all_do_and_lets_go(
    name: str, short: Answers, stores: Stores
) -> None:
    """No key without a TTL, but where that is the mistake: there everything that was loaded."""
    told, ttls = await answers(SHORT, name, stores)
    for step, expected, answer in zip(SHORT, short, told, strict=True):
        assert expected == answer, step
    endless = {kind_of(key).name for key, ttl_ms in ttls.items() if ttl_ms is None}
    loaded = {kind_of(key).name for key in ttls if not key.endswith(":l")} - STEPPED
    assert endless == (loaded if name == "layered.no-ttl" else set())
    assert {"post", "profile", "author", "feed"} <= loaded


@pytest.mark.skipif(not IS_PROOF, reason="takes five minutes; CORRAL_PROOF=1 runs it")
@pytest.mark.parametrize(("name", "changes"), [*((name, "") for name in RUNGS), *PLANS])
async def test_a_plan_answers_as_all_do_after_each_write(
    name: str, changes: str, at_length: Answers, stores: Stores
) -> None:
    """Each step of the ladder, and each piece alone; so each mistake as well."""
    told, _ = await answers(AT_LENGTH, name, stores, changes=changes)
    for number, (step, expected, answer) in enumerate(zip(AT_LENGTH, at_length, told, strict=True)):
        assert expected == answer, (number, step)
