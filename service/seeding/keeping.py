"""Data that is there already and would be the same: kept, as long as it is of today."""

from datetime import datetime

from rich.console import Console

from service.seeding.facts import describe
from service.seeding.loading import seed as fill
from service.seeding.sources import Source

STALE_AFTER_S = 6 * 3600  # "top of the day" of older data would be an empty list


async def seed_unless_there(
    database_url: str, source: Source, *, seed: int, now: datetime, replace: bool, console: Console
) -> None:
    """Fill a migrated database, unless the same source and seed filled it less than six hours ago.

    Raises SeedError as `seed` does.
    """
    there = await describe(database_url)
    if there is not None and there.holds(source, seed):
        if (there.newest_age_s or 0) < STALE_AFTER_S:
            console.print(f"Data: what the last run left ({source}).", highlight=False)
            return
        console.print("Data: the last run's is hours old, and lists of the day would be empty.")
    await fill(database_url, source, seed=seed, now=now, replace=replace, console=console)
