"""A relay that is killed with rows in its hands."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from functools import partial

from service.feed.changes import FollowChanged
from service.patterns.outbox import Relay
from service.queries.engine import connect
from service.queries.outbox import OutboxRow, SqlOutbox, keep
from tests.waiting import until

CHANGES = [FollowChanged(number, "ada", 2, "barbara") for number in range(5)]


async def test_rows_of_a_killed_relay_are_taken_by_the_next(empty_database: str) -> None:
    """PostgreSQL sees the connection end, and gives its rows back: undone, every one."""
    engine = connect(empty_database)
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "tests.jobs.hanging_relay", empty_database],
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    async with engine.execution_options(isolation_level="READ COMMITTED").begin() as writing:
        ids = await keep(writing, CHANGES)
    assert await process.stdout.readline() == b"5\n"

    applied: list[int] = []

    async def apply(rows: Sequence[OutboxRow]) -> None:
        applied.extend(row.id for row in rows)

    async def identity() -> str:
        return "the one"

    outbox = SqlOutbox(engine)
    relay = Relay(outbox, apply, identity=identity, grace_s=0.0)
    assert await relay.look() == 0  # they are held
    applied.clear()  # what its start has replayed
    process.send_signal(signal.SIGKILL)
    await process.wait()
    await until(partial(looked, relay, len(CHANGES)))
    assert ids == applied
    await engine.dispose()


async def looked(relay: Relay[OutboxRow], rows: int) -> bool:
    """Whether a look finds so many rows."""
    return await relay.look() == rows
