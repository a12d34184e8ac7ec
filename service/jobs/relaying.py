"""The relay on our tables: the outbox says what changed, the strategy's own table what to drop."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from service.jobs.notes import Notes
from service.patterns.outbox import Listen, Relay, Settling, server_identity
from service.queries.outbox import CHANNEL, OutboxRow, SqlOutbox, listening
from service.queries.payloads import decode
from service.strategies.counted import counted
from service.strategies.invalidation import AfterCommitAndOutbox, Drops
from service.strategies.outdated import FeedsOfFollowers, Outdated, outdated_by, told_again
from service.strategies.tools import Tools

# A row that a writer is late to mark is taken for a dead one's, and what is dropped twice is loaded
# twice (of what is trending: computed anew), by processes that were late as it was. So marks are
# made at once, and the grace is as long as the promise of a second allows: a row is looked at 0.1 s
# after it at the latest, so half of the second is left to the round under way and to the drop.
MARKED_AFTER_S = 0.05
GRACE_S = 0.4
LANES = 8  # as many loads as a process makes at once: a relay is no more important than its readers


@asynccontextmanager
async def relaying(tools: Tools, caches: Drops, notes: Notes) -> AsyncIterator[Relay[OutboxRow]]:
    """Relay for as long as the block: rows of dead writers, and of those who found no cache.

    The statements go through the engine that counts them; LISTEN, which is none that is counted,
    has a connection of its own.
    """
    relay = Relay(
        SqlOutbox(tools.engine),
        partial(drop_all, counted(caches, tools.metering, "replay")),
        identity=partial(server_identity, tools.redis),
        grace_s=GRACE_S,
        observe=notes,
    )
    listen = Listen(partial(listening, tools.engine), relay.hint, channel=CHANNEL, observe=notes)
    async with relay, listen:
        yield relay


@asynccontextmanager
async def relaying_own(
    announce: AfterCommitAndOutbox, tools: Tools, caches: Drops, notes: Notes
) -> AsyncIterator[AfterCommitAndOutbox]:
    """The same in a process that writes: it marks its own rows as well, once they are dropped."""
    announce = replace(
        announce, settling=Settling(tick_s=MARKED_AFTER_S, observe=notes), observe=notes
    )
    outbox = SqlOutbox(tools.engine)
    async with announce.settling.by(outbox.settle), relaying(tools, caches, notes):
        yield announce


async def drop_all(caches: Drops, rows: Sequence[OutboxRow]) -> None:
    """What writers drop after their commits, for many at once. Raises UnknownChange.

    Many changes outdate the same entries: those go once. Entries go in several lanes at a time, so
    that a replay of a minute takes seconds; what concerns one entry stays in order in one lane.
    """
    changes = [decode(row.change, row.payload) for row in rows]
    lanes: dict[int, dict[Outdated | FeedsOfFollowers, None]] = {}
    for entry in (told_again(entry) for change in changes for entry in outdated_by(change)):
        lanes.setdefault(hash(_place(entry)) % LANES, {})[entry] = None
    ended = await asyncio.gather(
        *(caches.drop(list(lane)) for lane in lanes.values()), return_exceptions=True
    )
    for error in ended:
        if error is not None:
            raise error


def _place(entry: Outdated | FeedsOfFollowers) -> tuple[str, int | str]:
    match entry:
        case Outdated(kind, of):
            return kind.name, of
        case FeedsOfFollowers(author_id):
            return "feeds", author_id
