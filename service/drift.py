"""Do the counters say what their rows say? Counts them all anew, and mends what does not.

A difference should never be: each counter changes in the transaction of the row that it counts.
Whoever writes rows by hand, or restores half a backup, makes some.
"""

from collections.abc import Sequence
from typing import get_args

from sqlalchemy.ext.asyncio import AsyncEngine

from service.observing.metrics import Observer
from service.process import open_tools
from service.queries.drift import Difference, Table, compare
from service.queries.unit_of_work import Transactions
from service.settings import Settings
from service.strategies.caches import caches_of
from service.strategies.given import plan_of

ROWS_AT_ONCE = 1000
MENDED_AT_ONCE = 200  # rows that are locked together: their writers wait for so long


async def find(engine: AsyncEngine) -> tuple[list[Difference], int]:
    """Every counter that differs, and how many rows were looked at. Nobody waits for it."""
    found: list[Difference] = []
    looked_at = 0
    for table in get_args(Table):
        after = 0
        while (part := await compare(engine, table, after, ROWS_AT_ONCE)).rows:
            found += part.differences
            looked_at += part.rows
            after = part.last_id
    return found, looked_at


async def mend(transactions: Transactions, found: Sequence[Difference]) -> int:
    """Count those rows once more, under their locks, and set what differs; how many were set."""
    mended = 0
    for table in get_args(Table):
        ids = sorted({each.id for each in found if each.table == table})
        for start in range(0, len(ids), MENDED_AT_ONCE):
            async with transactions.begin() as writes:
                for change in await writes.recount(table, ids[start : start + MENDED_AT_ONCE]):
                    writes.record(change)
                    mended += 1
    return mended


async def find_and_mend(settings: Settings) -> tuple[list[Difference], int, int]:
    """Both, dropping cached entries as a process that serves does; the third is the mended rows."""
    plan = plan_of(settings.strategy, settings.plan, settings.set)
    async with open_tools(settings, plan, Observer(plan.name)) as tools:
        found, looked_at = await find(tools.engine)
        transactions = Transactions(tools.engine, plan.invalidation(caches_of(tools)))
        return found, looked_at, await mend(transactions, found)
