"""`corral seed --keep`: the same data is not loaded twice, unless it has grown old."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from service.seeding import SeedError, seed_unless_there
from service.seeding.facts import describe
from service.seeding.sources import Generated, Size

TINY = Size("tiny", 40, 120, 300, 900)
KEPT = "what the last run left"


async def fill(url: str, *, seed: int = 1, hours_ago: float = 0.0, replace: bool = False) -> str:
    """Fill a database as of some hours ago; what is said."""
    said = StringIO()
    await seed_unless_there(
        url,
        Generated(TINY),
        seed=seed,
        now=datetime.now(UTC) - timedelta(hours=hours_ago),
        replace=replace,
        console=Console(file=said, width=100),
    )
    return said.getvalue()


async def test_the_same_source_and_seed_are_kept(empty_database: str) -> None:
    """Not a row is touched, with and without leave to replace them."""
    assert KEPT not in await fill(empty_database)
    before = await describe(empty_database)
    assert KEPT in await fill(empty_database)
    assert KEPT in await fill(empty_database, replace=True)
    after = await describe(empty_database)
    assert before is not None
    assert after is not None
    assert (before.stamp, before.counts) == (after.stamp, after.counts)


async def test_another_seed_is_not_the_same(empty_database: str) -> None:
    """It replaces what is there, or is refused."""
    await fill(empty_database)
    with pytest.raises(SeedError, match="not empty"):
        await fill(empty_database, seed=2)
    assert KEPT not in await fill(empty_database, seed=2, replace=True)
    assert KEPT in await fill(empty_database, seed=2)


async def test_data_of_this_morning_are_loaded_anew(empty_database: str) -> None:
    """Top of the day of older data would be an empty list."""
    await fill(empty_database, hours_ago=7)
    assert "hours old" in await fill(empty_database, replace=True)
    assert KEPT in await fill(empty_database)
