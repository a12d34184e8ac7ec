"""Ids are made in the database: short enough for JavaScript, and in the order of time."""

import time
from itertools import pairwise

import asyncpg

from service.feed.ids import ID_EPOCH_MS, ID_SEQUENCE_BITS


async def ids(url: str, query: str) -> list[int]:
    """The ids that a query makes, in order."""
    connection = await asyncpg.connect(url)
    found = [row["id"] for row in await connection.fetch(query)]
    await connection.close()
    return found


async def test_ids_fit_into_53_bits(empty_database: str) -> None:
    """Now and for decades."""
    [made] = await ids(empty_database, "select corral_id() as id")
    assert 0 < made < 2**53
    largest_ms = (2**53 - 1) >> ID_SEQUENCE_BITS
    assert (largest_ms + ID_EPOCH_MS) / 1000 / 86_400 / 365.25 > 2075 - 1970


async def test_an_id_tells_when_it_was_made(empty_database: str) -> None:
    """Milliseconds since 2008 above twelve bits of a sequence."""
    before_ms = time.time_ns() // 1_000_000
    made = await ids(empty_database, "select corral_id() as id from generate_series(1, 100)")
    after_ms = time.time_ns() // 1_000_000
    for each in made:
        made_ms = (each >> ID_SEQUENCE_BITS) + ID_EPOCH_MS
        assert before_ms - 1 <= made_ms <= after_ms + 1  # both ends are rounded


async def test_ids_of_one_millisecond_differ(empty_database: str) -> None:
    """Ten thousand in one statement, twice round the sequence: none twice, none out of time."""
    made = await ids(empty_database, "select corral_id() as id from generate_series(1, 10000)")
    assert len(set(made)) == 10_000
    for earlier, later in pairwise(made):
        assert earlier >> ID_SEQUENCE_BITS <= later >> ID_SEQUENCE_BITS
    assert len({each % 2**ID_SEQUENCE_BITS for each in made}) == 2**ID_SEQUENCE_BITS


async def test_every_table_with_an_id_makes_it_so(empty_database: str) -> None:
    """All but the outbox, which is no list."""
    connection = await asyncpg.connect(empty_database)
    found = await connection.fetch("""
        select table_name, column_default, is_identity from information_schema.columns
        where table_schema = 'public' and column_name = 'id'
    """)
    await connection.close()
    assert {row["table_name"] for row in found} >= {"users", "posts", "comments", "tags"}
    for row in found:
        if row["table_name"] == "outbox":
            assert row["is_identity"] == "YES"
        else:
            assert row["column_default"] == "corral_id()"
