"""The migrations make the schema that `tables.py` describes, and take it away again."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Column, Connection, Index, Integer, MetaData, Table, text
from sqlalchemy.ext.asyncio import create_async_engine

from service.queries.engine import driver_url
from service.queries.migrate import migrate
from service.queries.tables import metadata

OURS = """
select relname as name from pg_class where relnamespace = 'public'::regnamespace
union all select proname from pg_proc where pronamespace = 'public'::regnamespace
union all select conname from pg_constraint where connamespace = 'public'::regnamespace
"""
CONSTRAINTS = """
select r.relname as table, c.conname as name, c.contype::text as type
from pg_constraint c join pg_class r on r.oid = c.conrelid
where c.connamespace = 'public'::regnamespace and r.relname <> 'alembic_version'
"""
PREFIXES = {"p": "pk", "f": "fk", "u": "uq", "c": "ck"}


async def rows(url: str, query: str) -> Sequence[Any]:
    """Ask a database once."""
    engine = create_async_engine(driver_url(url))
    async with engine.connect() as connection:
        found = (await connection.execute(text(query))).all()
    await engine.dispose()
    return found


async def names(url: str) -> list[str]:
    """Tables, indexes, sequences, functions and constraints."""
    found = [row.name for row in await rows(url, OURS)]
    return sorted(name for name in found if not name.startswith("alembic_version"))


async def differences(url: str, target: MetaData) -> list[Any]:
    """What Alembic would migrate to get from the database to the metadata."""

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        found: list[Any] = compare_metadata(context, target)
        return found

    engine = create_async_engine(driver_url(url))
    async with engine.connect() as connection:
        found = await connection.run_sync(compare)
    await engine.dispose()
    return found


async def test_up_down_and_up_again(empty_database: str) -> None:
    """Down leaves nothing behind, and up makes the same again."""
    migrated = await names(empty_database)
    assert {"posts", "corral_id", "corral_id_sequence", "ix_posts_author_id_id"} <= set(migrated)
    await asyncio.to_thread(migrate, empty_database, "base")
    assert await names(empty_database) == []
    await asyncio.to_thread(migrate, empty_database)
    assert migrated == await names(empty_database)
    await asyncio.to_thread(migrate, empty_database)
    assert migrated == await names(empty_database)


async def test_the_tables_are_as_described(empty_database: str) -> None:
    """No difference either way, types and defaults included."""
    assert await differences(empty_database, metadata) == []


async def test_a_difference_would_be_found(empty_database: str) -> None:
    """The comparison can fail: a column, an index and a default that are not there."""
    other = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        table.to_metadata(other)
    other.tables["tags"].append_column(Column("colour", Integer))
    Index("ix_tags_created_at", other.tables["tags"].c.created_at)
    other.tables["users"].c.post_count.server_default = None
    Table("novel", other, Column("id", Integer, primary_key=True))
    assert len(await differences(empty_database, other)) == 4


async def test_checks_are_as_described(empty_database: str) -> None:
    """Alembic does not compare these."""
    described = {
        (table.name, str(constraint.name))
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    found = {
        (row.table, row.name) for row in await rows(empty_database, CONSTRAINTS) if row.type == "c"
    }
    assert len(described) == 5
    assert described == found


async def test_names_keep_the_convention(empty_database: str) -> None:
    """Every constraint and index is named for its kind and its table."""
    constraints = [row for row in await rows(empty_database, CONSTRAINTS) if row.type in PREFIXES]
    assert {row.type for row in constraints} == PREFIXES.keys()
    for row in constraints:
        assert re.fullmatch(f"{PREFIXES[row.type]}_{row.table}(_.+)?", row.name)
    indexes = await rows(
        empty_database,
        "select tablename as table, indexname as name from pg_indexes "
        "where schemaname = 'public' and tablename <> 'alembic_version'",
    )
    own = {row.name for row in constraints}
    for row in indexes:
        assert row.name in own or re.fullmatch(f"ix_{row.table}_.+", row.name)


async def test_a_failed_migration_leaves_nothing(empty_database: str) -> None:
    """All of it is one transaction."""
    await asyncio.to_thread(migrate, empty_database, "base")
    engine = create_async_engine(driver_url(empty_database))
    async with engine.begin() as connection:
        await connection.execute(text("create table comment_votes (in_the_way int)"))
    await engine.dispose()
    before = await names(empty_database)
    with pytest.raises(Exception, match="comment_votes"):
        await asyncio.to_thread(migrate, empty_database)
    assert before == await names(empty_database)
