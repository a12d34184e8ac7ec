"""A relay that takes rows, says so, and never gets on: `python -m tests.jobs.hanging_relay URL`."""

import asyncio
import sys
from collections.abc import Sequence

from service.patterns.outbox import Relay
from service.queries.engine import connect
from service.queries.outbox import OutboxRow, SqlOutbox


async def identity() -> str:
    """Always the same server."""
    return "the one"


async def hang(rows: Sequence[OutboxRow]) -> None:
    """Hold the rows until somebody kills this process."""
    print(len(rows), flush=True)
    await asyncio.Event().wait()


def tell(event: str, **_: object) -> None:
    """Say when the replay of the start is over: what comes from now on is taken, and held."""
    if event == "replayed":
        print("ready", flush=True)


async def main() -> None:
    """Start with an empty outbox, then take what comes."""
    outbox = SqlOutbox(connect(sys.argv[1]))
    relay = Relay(
        outbox, hang, identity=identity, grace_s=0.0, apply_s=600.0, poll_s=0.05, observe=tell
    )
    async with relay:
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
