"""The relay in a service: what it costs when nothing happens, and what it does not do twice."""

import logging
import re
import time
from collections.abc import Sequence
from functools import partial

import asyncpg
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from sqlalchemy.exc import OperationalError

from service import keys
from service.feed.changes import FollowChanged
from service.jobs import relaying
from service.jobs.notes import Notes, store_of
from service.patterns.outbox import Relay
from service.queries.outbox import OutboxRow
from service.queries.payloads import encode
from service.strategies import STRATEGIES
from service.strategies.invalidation import AfterCommitAndOutbox
from service.strategies.outdated import FeedsOfFollowers, Outdated
from tests.clients import serving
from tests.commands import problems_of
from tests.faults.valkey import Valkey
from tests.strategies.every_endpoint import post_of
from tests.strategies.service import Service
from tests.waiting import until


async def statements(service: Service) -> int:
    """Statements that the service has sent."""
    return int((await service.client.stats())["sql_statements"])


async def test_an_idle_process_asks_thrice_a_second_at_most(service: Service) -> None:
    """Its relay twice, and fan-out once: each pays for it, whether anything is written or not."""

    async def asked(times: int) -> float:
        before, began_s = await statements(service), time.monotonic()

        async def so_often() -> bool:
            return await statements(service) >= before + times

        await until(so_often)
        return time.monotonic() - began_s

    await asked(4)  # its start, with a replay and the hint of the new link
    took_s = await asked(10)
    assert took_s >= (10 - 2) / 3


async def test_what_a_living_writer_drops_no_relay_drops_again(
    world_database: str, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It marks its rows itself, while they have their grace: a hot entry is missed once."""
    monkeypatch.setattr(relaying, "Relay", partial(Relay, grace_s=3600.0))
    async with serving("layered", world_database, valkey.url) as client:
        service = Service("layered", client, world_database)
        post_id = await post_of(client)
        for value in (1, 0, -1):
            answer = await client.send(
                "PUT", f"/v1/posts/{post_id}/vote", by="ada", json={"value": value}
            )
            assert answer.status_code == 200
        await until(partial(is_done, service))
        assert len(await service.rows("select from outbox")) == 3


async def is_done(service: Service) -> bool:
    """Whether every row that can be read is done."""
    return not await service.rows(
        "select from outbox where done_at is null and change <> 'PostBurnt'"
    )


async def test_a_row_of_another_version_stops_no_other(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays, for a process that can read it; it is said once, not twice a second."""
    caplog.set_level(logging.WARNING, "corral.jobs")
    post_id = await post_of(service.client)
    row = {"post_id": post_id, "post_author_id": 1, "counts": {"version": 1}}
    connection = await asyncpg.connect(service.database_url)
    for change, payload in (("PostBurnt", "{}"), ("PostVoted", f"{row}".replace("'", '"'))):
        await connection.execute(
            "insert into outbox (change, payload) values ($1, $2)", change, payload
        )
    await connection.close()
    await until(partial(is_done, service))
    assert len(await service.rows("select from outbox where done_at is null")) == 1
    # On a busy machine a round may fail for another reason, and say so.
    [said] = [line for line in caplog.messages if "cannot be applied" in line]
    assert "there is no change 'PostBurnt'" in said
    counted = (await service.client.send("GET", "/metrics")).text
    assert re.search(r'invalidations_total\{cache="counts",reason="replay"\} [1-9]', counted)


class HalfAway:
    """Caches of which some entries cannot be dropped."""

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Drop the feed of one reader, and nothing else."""
        if any(entry != Outdated(keys.FEED, 1) for entry in entries):
            raise ConnectionError("away")


async def test_a_row_is_not_done_before_all_of_its_drops() -> None:
    """What could not be dropped is the relay's to try again."""
    row = OutboxRow(1, *encode(FollowChanged(1, "ada", 2, "barbara")))
    with pytest.raises(ConnectionError):
        await relaying.drop_all(HalfAway(), [row])


def test_only_a_strategy_with_an_outbox_writes_rows_or_relays() -> None:
    """The others promise nothing, and pay nothing for it."""
    having = [plan.name for plan in STRATEGIES.values() if is_kept(plan.invalidation)]
    assert having == ["layered"]


def is_kept(invalidation: object) -> bool:
    """Whether rows are written."""
    return invalidation is AfterCommitAndOutbox


def test_what_must_be_seen_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """And counted each time; what is normal is counted alone."""
    caplog.set_level(logging.WARNING, "corral.jobs")
    now_s, passed = [0.0], []
    notes = Notes(lambda event, **_: passed.append(event), clock=lambda: now_s[0])
    for _ in range(3):
        notes("drop_failed", error=ConnectionError("refused"))
        notes("applied", rows=1)
    assert notes.counts == {"drop_failed": 3, "applied": 3}
    assert len(passed) == 6
    assert len(caplog.records) == 1
    now_s[0] = 60.0
    notes("drop_failed", error=ConnectionError("refused"))
    assert "refused; 4 so far" in caplog.records[1].getMessage()


def test_an_outage_is_said_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    """By the name of the store; of an end that nobody heard the beginning of, nothing."""
    caplog.set_level(logging.WARNING, "corral.jobs")
    notes = Notes(lambda *_, **__: None, clock=lambda: 0.0)
    notes("round_again")
    for _ in range(2):  # two relays share the notes of their process
        notes("round_failed", error=RedisConnectionError("Connection refused."))
    for _ in range(2):
        notes("round_again")
    assert [record.getMessage() for record in caplog.records] == [
        "the relay cannot reach Redis; it goes on trying (Connection refused.; 1 so far)",
        "the relay reaches PostgreSQL and Redis again",
    ]


@pytest.mark.parametrize(
    ("error", "store"),
    [
        (RedisConnectionError("refused"), "Redis"),
        (RedisTimeoutError("slow"), "Redis"),
        (OperationalError("select 1", {}, Exception("away")), "PostgreSQL"),
        (ConnectionRefusedError(111, "refused"), "PostgreSQL"),
        (TimeoutError(), "PostgreSQL or Redis"),
        (None, "PostgreSQL or Redis"),
    ],
)
def test_a_fault_names_its_store(error: Exception | None, store: str) -> None:
    """Somebody has to look at one of two; only what waits for both is of neither."""
    assert store == store_of(error)


def test_a_worker_is_started_as_the_pages_say() -> None:
    """Its command and its target exist."""
    assert list(problems_of("corral worker --strategy layered")) == []
    assert list(problems_of("make worker")) == []
