"""`corral drift`: whether counters say what their rows say, and on request that they do."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from service.commands.ending import or_exit
from service.commands.options import NO_REDIS, console, settings_or_exit
from service.settings import Settings

if TYPE_CHECKING:
    from service.queries.drift import Difference

DRIFTED = 3  # exit code; 1 is a fault, 2 a wrong word on the command line
SHOWN = 50


def drift(
    repair: Annotated[
        bool, typer.Option("--repair", help="Set them right, and drop what caches hold of them.")
    ] = False,
) -> None:
    """Count all counters of DATABASE_URL anew. Exit code 0: all right, 3: some were not."""
    settings = settings_or_exit() if repair else settings_or_exit(redis_url=NO_REDIS)
    or_exit(lambda: asyncio.run(_drift(settings, repair=repair)))


async def _drift(settings: Settings, *, repair: bool) -> int:
    from service import drift
    from service.queries.databases import refuse_without_tables
    from service.queries.engine import connect

    await refuse_without_tables(settings.database_url)
    mended = None
    if repair:
        found, looked_at, mended = await drift.find_and_mend(settings)
    else:
        engine = connect(settings.database_url)
        try:
            found, looked_at = await drift.find(engine)
        finally:
            await engine.dispose()
    _tell(found, looked_at, mended)
    return DRIFTED if found else 0


def _tell(found: "Sequence[Difference]", looked_at: int, mended: int | None) -> None:
    if not found:
        console.print(f"no drift: the counters of {looked_at:,} rows say what their rows say")
        return
    table = Table("table", "id", "counter", "stored", "counted")
    for difference in found[:SHOWN]:
        table.add_row(*map(str, difference))
    console.print(table)
    if len(found) > SHOWN:
        console.print(f"and {len(found) - SHOWN:,} more")
    said = f"{len(found):,} counters of {looked_at:,} rows differ"
    console.print(
        f"{said}; `--repair` mends them" if mended is None else f"{said}; mended: {mended:,} rows"
    )
