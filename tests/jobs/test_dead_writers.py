"""A writer that dies between its commit and the drop: the relay finishes for it."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Sequence

import pytest

from service.embedded.servers import Servers
from tests.faults.sizes import IS_PROOF, size
from tests.strategies.service import Service
from tests.waiting import until
from tests.world import Databases

WRITERS = size(20, 200)
# The promise is one second. On a machine that tests share, the short form only sees that it comes.
BOUND_S = 1.0 if IS_PROOF else 5.0


async def posts(service: Service) -> list[int]:
    """All of them, without votes, and read once: their entries are in the cache."""
    await service.rows("delete from post_votes")
    await service.rows("update posts set upvotes = 0, downvotes = 0")
    found = [row["id"] for row in await service.rows("select id from posts order by id")]
    await shown(service, found)
    return found


async def shown(service: Service, post_ids: Sequence[int]) -> list[int]:
    """The upvotes that the service tells of."""
    return [
        (await service.client.get(f"/v1/posts/{post_id}"))["counts"]["upvotes"]
        for post_id in post_ids
    ]


async def counted(service: Service, post_ids: Sequence[int]) -> list[int]:
    """The upvotes that the database knows of."""
    found = await service.rows("select id, upvotes from posts")
    upvotes = {row["id"]: row["upvotes"] for row in found}
    return [upvotes[post_id] for post_id in post_ids]


async def die_voting(service: Service, post_ids: Sequence[int]) -> None:
    """Writers vote and are killed; every vote changes a count."""
    users = [row["id"] for row in await service.rows("select id from users order by id")]
    votes = [[user, post, 1] for user in users for post in post_ids][:WRITERS]
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "tests.jobs.dying_writers", service.database_url],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate("".join(f"{json.dumps(v)}\n" for v in votes).encode())
    assert [-signal.SIGKILL] * WRITERS == [int(line) for line in told.split()]


async def test_every_entry_of_a_dead_writer_is_put_right(service: Service) -> None:
    """All rows are done, each within the promise, and the cache agrees with the database."""
    post_ids = await posts(service)
    await die_voting(service, post_ids)

    async def is_empty() -> bool:
        return not await service.rows("select from outbox where done_at is null")

    await until(is_empty)
    assert await counted(service, post_ids) == await shown(service, post_ids)
    rows = await service.rows(
        "select extract(epoch from done_at - created_at)::float8 as lag_s from outbox"
    )
    assert len(rows) == WRITERS
    assert max(row["lag_s"] for row in rows) < BOUND_S


async def test_control_without_the_relay_they_stay_as_they_were(without_relay: Service) -> None:
    """The switch: rows wait, and the cache tells of votes that are no more."""
    service = without_relay
    post_ids = await posts(service)
    before = await shown(service, post_ids)
    await die_voting(service, post_ids)

    async def they_are_overdue() -> bool:
        [row] = await service.rows("select max(created_at) < now() - interval '1 s' from outbox")
        return bool(row[0])

    await until(they_are_overdue)
    assert before == await shown(service, post_ids) != await counted(service, post_ids)
    assert len(await service.rows("select from outbox where done_at is null")) == WRITERS


@pytest.fixture
async def worked(
    without_relay: Service, databases: Databases, servers: Servers
) -> AsyncIterator[Service]:
    """The same service, and `corral worker` as a process beside it."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "service.cli", "worker", "--end-with-parent"],
        env={
            "DATABASE_URL": without_relay.database_url,
            "REDIS_URL": without_relay.client.redis_url,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    assert line.startswith("worker for layered: ")
    yield without_relay
    process.send_signal(signal.SIGTERM)
    rest = await asyncio.wait_for(process.communicate(), 10)
    assert (b"", b"") == rest
    assert process.returncode == 0


async def test_a_worker_alone_puts_them_right(worked: Service) -> None:
    """`corral worker` is the relay without the HTTP; told to end, it ends without a word."""
    post_ids = await posts(worked)
    await die_voting(worked, post_ids)

    async def is_empty() -> bool:
        return not await worked.rows("select from outbox where done_at is null")

    await until(is_empty)
    assert await counted(worked, post_ids) == await shown(worked, post_ids)
