"""Loading into a real PostgreSQL: everything or nothing, and counters that count."""

import asyncio
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from rich.console import Console

from service.demo.accounts import PASSWORD_HASH
from service.seeding import (
    DatasetFacts,
    Generated,
    Graph,
    SeedError,
    StackExchange,
    Statistics,
    measuring,
)
from service.seeding.facts import describe
from service.seeding.loading import seed
from service.seeding.sources import Source
from tests.seeding.collecting import NOW, TINY, collected
from tests.seeding.test_edges import written
from tests.seeding.test_stackexchange import site

# Each finds the rows whose counter differs from what it counts.
RECOUNTS = {
    "users": """
        select 1 from users u where
            post_count <> (select count(*) from posts where author_id = u.id)
            or follower_count <> (select count(*) from follows where followee_id = u.id)
            or following_count <> (select count(*) from follows where follower_id = u.id)
    """,
    "votes on posts": """
        select 1 from posts p where
            upvotes <> (select count(*) from post_votes where post_id = p.id and value = 1)
            or downvotes <> (select count(*) from post_votes where post_id = p.id and value = -1)
    """,
    "comments on posts": """
        select 1 from posts p
        where comment_count <> (select count(*) from comments where post_id = p.id)
    """,
    "reactions": """
        select 1 from posts p where reaction_counts <> coalesce((
            select jsonb_object_agg(kind, number) from (
                select kind, count(*) as number from reactions where post_id = p.id group by kind
            ) counted), '{}')
    """,
    "comments": """
        select 1 from comments c where
            upvotes <> (select count(*) from comment_votes where comment_id = c.id and value = 1)
            or downvotes <> (
                select count(*) from comment_votes where comment_id = c.id and value = -1)
            or reply_count <> (select count(*) from comments where parent_id = c.id)
    """,
    "answers on another post": """
        select 1 from comments c join comments parent on parent.id = c.parent_id
        where parent.post_id <> c.post_id
    """,
    "votes for oneself": """
        select 1 from post_votes v join posts p on p.id = v.post_id and p.author_id = v.user_id
        union all
        select 1 from comment_votes v
        join comments c on c.id = v.comment_id and c.author_id = v.user_id
    """,
}
FOREIGN_KEYS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated
    from pg_constraint where contype = 'f' order by 1, 2
"""


async def load(url: str, source: Source, **options: Any) -> tuple[Statistics, str]:
    """Seed; returns the statistics and what was printed."""
    console = Console(file=io.StringIO(), width=100)
    options = {"seed": 1, "now": NOW, "replace": False, "console": console, **options}
    statistics = await seed(url, source, **options)
    assert isinstance(console.file, io.StringIO)
    return statistics, console.file.getvalue()


async def fetch(url: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of a statement, over a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement, *values)]
    finally:
        await connection.close()


async def rows_by_table(url: str) -> list[tuple[Any, ...]]:
    """How many rows each table has."""
    return await fetch(
        url,
        """select (select count(*) from users), (select count(*) from follows),
                  (select count(*) from posts), (select count(*) from comments),
                  (select count(*) from tags), (select count(*) from pages)""",
    )


@pytest.mark.parametrize("kind", ["generated", "graph", "site"])
async def test_counters_equal_the_rows(empty_database: str, tmp_path: Path, kind: str) -> None:
    """A recount in SQL finds no counter that is off, whatever the source."""
    edges = "".join(f"{one} {one * 7 % 31}\n" for one in range(31))
    sources: dict[str, Source] = {"generated": Generated(TINY), "site": site(tmp_path)}
    sources["graph"] = Graph(written(tmp_path / "edges", edges.encode()))
    await load(empty_database, sources[kind])
    off = {name: len(await fetch(empty_database, sql)) for name, sql in RECOUNTS.items()}
    assert off == dict.fromkeys(RECOUNTS, 0)


async def test_rows_arrive_as_they_were_made(empty_database: str) -> None:
    """Texts, times and references survive the COPY; there are pages, and a way in."""
    await load(empty_database, Generated(TINY))
    made = collected(Generated(TINY))
    posts = await fetch(
        empty_database, "select id, author_id, title, body, created_at from posts order by id"
    )
    columns = ("id", "author_id", "title", "body", "created_at")
    assert posts == [tuple(row[column] for column in columns) for row in made["posts"]]
    pages = await fetch(empty_database, "select slug from pages order by slug")
    assert pages == [("about",), ("api",), ("privacy",), ("rules",)]
    with_password = await fetch(
        empty_database,
        "select handle, password_hash from users where password_hash is not null order by id",
    )
    # Nobody signs in as any of the others.
    assert with_password == [(handle, PASSWORD_HASH) for handle in ("demo", "alice", "bob")]


async def test_foreign_keys_are_put_back(empty_database: str) -> None:
    """After loading the schema is what it was, every key validated."""
    before = await fetch(empty_database, FOREIGN_KEYS)
    await load(empty_database, Generated(TINY))
    assert before == await fetch(empty_database, FOREIGN_KEYS)
    assert len(before) >= 15


async def test_a_full_database_is_refused(empty_database: str) -> None:
    """Without being told to replace, nothing is touched; with it, the old rows are gone."""
    await load(empty_database, Generated(TINY))
    before = await fetch(empty_database, "select min(id), count(*) from posts")
    with pytest.raises(SeedError, match=r"not empty.*--yes"):
        await load(empty_database, Generated(TINY), seed=2)
    assert before == await fetch(empty_database, "select min(id), count(*) from posts")
    await load(empty_database, Generated(TINY), seed=2, replace=True)
    after = await fetch(empty_database, "select min(id), count(*) from posts")
    assert before != after
    assert after[0][1] == TINY.posts


async def test_of_two_at_once_one_loads(empty_database: str) -> None:
    """The second waits for the first, and is refused."""
    outcomes = await asyncio.gather(
        load(empty_database, Generated(TINY)),
        load(empty_database, Generated(TINY), seed=2),
        return_exceptions=True,
    )
    refused = [str(outcome) for outcome in outcomes if isinstance(outcome, SeedError)]
    assert [reason.startswith("the database is not empty") for reason in refused] == [True]
    assert await fetch(empty_database, "select count(*) from users") == [(TINY.users,)]


async def test_an_error_in_the_middle_loads_nothing(empty_database: str) -> None:
    """A row refused late takes the early ones with it, and what was there stays."""
    await load(empty_database, Generated(TINY))
    before = await rows_by_table(empty_database)
    connection = await asyncpg.connect(empty_database)
    await connection.execute("alter table reactions add check (kind <> 'sad') not valid")
    await connection.close()
    keys = await fetch(empty_database, FOREIGN_KEYS)
    with pytest.raises(SeedError, match=r"nothing was loaded.*reactions"):
        await load(empty_database, Generated(TINY), seed=2, replace=True)
    assert before == await rows_by_table(empty_database)
    assert keys == await fetch(empty_database, FOREIGN_KEYS)


async def test_a_broken_file_loads_nothing(empty_database: str, tmp_path: Path) -> None:
    """Neither into an empty database, nor instead of what is in a full one."""
    broken = Graph(written(tmp_path / "edges", b"1 2\nx\n"))
    with pytest.raises(SeedError, match=r"edges, line 2"):
        await load(empty_database, broken)
    assert await rows_by_table(empty_database) == [(0, 0, 0, 0, 0, 0)]
    await load(empty_database, Generated(TINY))
    before = await rows_by_table(empty_database)
    for source in (broken, StackExchange(tmp_path)):
        with pytest.raises(SeedError):
            await load(empty_database, source, replace=True)
    assert before == await rows_by_table(empty_database)


async def test_the_database_says_what_it_holds(empty_database: str) -> None:
    """Counts, age and origin; nothing where there is nothing; a copy made as template keeps it."""
    assert await describe(empty_database) is None
    now = datetime.now(UTC) - timedelta(hours=7)
    await load(empty_database, Generated(TINY), now=now)
    facts = await describe(empty_database)
    assert isinstance(facts, DatasetFacts)
    assert (facts.counts.users, facts.counts.votes) == (TINY.users, TINY.votes)
    assert facts.newest_age_s is not None
    assert 7 * 3600 <= facts.newest_age_s < 7 * 3600 + 600
    assert facts.holds(Generated(TINY), 1)
    assert not facts.holds(Generated(TINY), 2)
    assert not facts.holds(Generated(), 1)


async def test_a_changed_file_is_another_source(empty_database: str, tmp_path: Path) -> None:
    """The same name with other edges does not count as loaded."""
    source = Graph(written(tmp_path / "edges", b"1 2\n2 3\n"))
    await load(empty_database, source)
    facts = await describe(empty_database)
    assert facts is not None
    assert facts.holds(source, 1)
    written(tmp_path / "edges", b"1 2\n1 3\n")
    assert not facts.holds(source, 1)


async def test_users_of_other_origin_have_no_stamp(world_database: str) -> None:
    """A database filled by hand is described, without an origin."""
    facts = await describe(world_database)
    assert facts is not None
    assert facts.stamp is None
    assert not facts.holds(Generated(), 1)


async def test_tables_must_be_there(empty_database: str) -> None:
    """Without a schema the error says what to run; without a database, what to check."""
    connection = await asyncpg.connect(empty_database)
    await connection.execute("drop table users cascade")
    await connection.close()
    with pytest.raises(SeedError, match="corral migrate"):
        await load(empty_database, Generated(TINY))
    assert await describe(empty_database) is None
    with pytest.raises(SeedError, match="DATABASE_URL"):
        await describe(f"{empty_database}_absent")


async def test_figures_stand_beside_published_ones(empty_database: str) -> None:
    """Counted in the database; printed in at most 100 columns, line by line without a terminal."""
    statistics, printed = await load(empty_database, Generated(TINY))
    figures = {each.published.name: each for each in statistics.figures}
    mean = await fetch(empty_database, "select count(*) / 80.0 from follows")
    assert figures["following, mean"].value == pytest.approx(float(mean[0][0]))
    assert figures["post p50, characters"].is_close is True
    assert figures["followers, most"].is_close is None
    assert statistics.counts.comments == TINY.comments
    assert "of about" in printed
    assert "39.1" in printed
    assert max(map(len, printed.splitlines())) <= 100


async def test_fan_out_is_worked_out_for_the_graph(empty_database: str, tmp_path: Path) -> None:
    """A star of 150: its centre is pulled above 100, which avoids half of the pushes."""
    star = "".join(f"0 {node}\n" for node in range(1, 151))
    statistics, _ = await load(empty_database, Graph(written(tmp_path / "star", star.encode())))
    above_100, above_250 = statistics.fan_out[:2]
    assert (above_100.authors_pulled, above_100.largest_push) == (1, 1)
    assert above_100.writes_avoided == pytest.approx(0.5)
    assert above_100.pulled_per_reader == pytest.approx(150 / 151)
    assert (above_250.authors_pulled, above_250.largest_push) == (0, 150)
    assert above_250.pulled_per_reader_max == 0


@pytest.mark.parametrize("source", ["generated", "graph"])
async def test_fan_out_agrees_with_a_count_by_hand(
    source: str, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reader by reader and author by author, for thresholds that matter to so small a graph."""
    monkeypatch.setattr(measuring, "THRESHOLDS", (0, 3, 20, 30, 1_000))
    edges = "".join(f"{a} {b}\n" for a in range(1, 60) for b in range(1, 60) if a % b == 1)
    given = Graph(written(tmp_path / "edges", edges.encode()), directed=True)
    statistics, printed = await load(
        empty_database, Generated(TINY) if source == "generated" else given
    )
    pairs = await fetch(empty_database, "select follower_id, followee_id from follows")
    for row in statistics.fan_out:
        assert counted_by_hand(pairs, row.threshold) == pytest.approx(astuple(row)[1:])
    assert any(0 < row.writes_avoided < 1 for row in statistics.fan_out)
    assert "pull above" in printed
    assert max(map(len, printed.splitlines())) <= 100


def counted_by_hand(
    pairs: Sequence[tuple[int, int]], threshold: int
) -> tuple[int, float, float, int, int]:
    """A row of the table: authors pulled, pushes avoided, pulled a reader, the largest push."""
    followers = Counter(followee for _, followee in pairs)
    large = {author for author, number in followers.items() if number > threshold}
    pulled = {reader: 0 for reader, _ in pairs}
    for reader, author in pairs:
        pulled[reader] += author in large
    return (
        len(large),
        sum(followers[author] for author in large) / len(pairs),
        sum(pulled.values()) / len(pulled),
        max(pulled.values()),
        max((n for author, n in followers.items() if author not in large), default=0),
    )
