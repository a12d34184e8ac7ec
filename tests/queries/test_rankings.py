"""Rankings from SQL agree with plain counting over the same rows."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.models import Ranked, Window
from service.queries import lists, trending
from service.queries.engine import connect
from tests.world import Databases

# Votes and comments over ten days, some deleted, a post that is gone, more posts than are ranked.
SPREAD = """
update post_votes
set created_at = now() - make_interval(mins => (((post_id + 7 * user_id) % 997) ^ 2 / 70)::int);
update comments
set created_at = now() - make_interval(mins => (((id * 31) % 997) ^ 2 / 70)::int);
insert into comments (post_id, author_id, body, created_at)
select post_id, author_id, 'Again', created_at from comments where id % 3 = 0;
update comments set deleted_at = now() where id % 11 = 0;
update posts set deleted_at = now() where title = 'grace on 2';
insert into posts (author_id, title, body)
select min(id), 'Seldom voted ' || i, 'Text' from users, generate_series(1, 110) i group by i;
insert into post_votes (post_id, user_id, value, created_at)
select p.id, u.id, 1, now() - interval '2 minutes' from posts p, users u
where p.title like 'Seldom%' and u.handle = 'leslie';
"""
VOTES = "select post_id, user_id, value, created_at from post_votes"
COMMENTS = "select id, post_id, author_id, created_at from comments where deleted_at is null"
STANDING = "select id from posts where deleted_at is null"


@dataclass(frozen=True)
class Rows:
    """Everything that counts."""

    votes: list[asyncpg.Record]
    comments: list[asyncpg.Record]
    standing: set[int]


@pytest.fixture(scope="module")
async def engine(databases: Databases) -> AsyncIterator[AsyncEngine]:
    """On a world whose events are spread over time."""
    async with databases.copy_of("corral_test_world") as url:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(SPREAD)
        finally:
            await connection.close()
        engine = connect(url)
        yield engine
        await engine.dispose()


@pytest.fixture(scope="module")
async def rows(engine: AsyncEngine) -> Rows:
    """Its rows."""

    async def ask(query: str) -> list[Any]:
        async with engine.connect() as connection:
            return list((await connection.execute(text(query))).mappings())

    standing = {row["id"] for row in await ask(STANDING)}
    return Rows(await ask(VOTES), await ask(COMMENTS), standing)


@pytest.fixture(scope="module")
def now() -> datetime:
    """One moment for all."""
    return datetime.now(UTC)


def best(rows: Rows, since: datetime) -> list[Ranked]:
    """Votes count one each; everybody who joined the talk counts two, once."""
    points: Counter[int] = Counter()
    talkers = defaultdict(set)
    for vote in rows.votes:
        if vote["created_at"] > since:
            points[vote["post_id"]] += vote["value"]
    for comment in rows.comments:
        if comment["created_at"] > since:
            talkers[comment["post_id"]].add(comment["author_id"])
    for post_id, people in talkers.items():
        points[post_id] += 2 * len(people)
    ranked = [Ranked(post_id, points[post_id]) for post_id in points if post_id in rows.standing]
    return sorted(ranked, key=lambda place: (-place.points, -place.post_id))


def heats(rows: Rows, now: datetime) -> dict[int, float]:
    """What happened within two days, halved every six hours: votes for a post, and who joined."""
    found: dict[int, float] = defaultdict(float)
    for row, weight in _weighted(rows):
        age = now - row["created_at"]
        if age < timedelta(days=2) and row["post_id"] in rows.standing:
            found[row["post_id"]] += weight * 0.5 ** (age / timedelta(hours=6))
    return found


def _weighted(rows: Rows) -> Iterator[tuple[asyncpg.Record, int]]:
    yield from ((row, 1) for row in rows.votes if row["value"] == 1)
    joined: dict[tuple[int, int], asyncpg.Record] = {}
    for row in sorted(rows.comments, key=lambda row: row["id"]):
        joined.setdefault((row["post_id"], row["author_id"]), row)
    yield from ((row, 2) for row in joined.values())


@pytest.mark.parametrize("window", ["hour", "day", "week", "all"])
async def test_the_best_of_a_window(
    engine: AsyncEngine, rows: Rows, now: datetime, window: Window
) -> None:
    """By points, ties to the newer, as many as are kept; nothing from before the window."""
    expected = best(rows, now - lists.WINDOWS[window])
    assert len(expected) > lists.RANKING_KEPT
    assert expected[: lists.RANKING_KEPT] == await lists.top_of(engine, window, now)


async def test_windows_differ(engine: AsyncEngine, now: datetime) -> None:
    """The longer one has more in it: the comparison above says something."""
    points = [
        sum(place.points for place in await lists.top_of(engine, window, now))
        for window in ("hour", "day", "week", "all")
    ]
    assert points == sorted(points)
    assert len(set(points)) == 4


async def test_the_hottest_come_first(engine: AsyncEngine, rows: Rows, now: datetime) -> None:
    """To a thousandth of a vote; the coldest that is shown is no colder than any that is not."""
    expected = heats(rows, now)
    shown = [place.post_id for place in await trending.posts(engine, now)]
    assert len(shown) == lists.RANKING_KEPT
    for hotter, colder in pairwise(shown):
        assert expected[hotter] >= expected[colder] - 0.001
    left = set(expected) - set(shown)
    assert all(expected[shown[-1]] >= expected[post_id] - 0.001 for post_id in left)
    assert len({round(heat, 2) for heat in expected.values()}) > 10


async def test_the_hottest_do_not_change_places_by_themselves(
    engine: AsyncEngine, now: datetime
) -> None:
    """Everything cools alike: asked a moment later, the list is the same."""
    first = await trending.posts(engine, now)
    for later_s in (0.01, 0.1, 0.7):
        assert first == await trending.posts(engine, now + timedelta(seconds=later_s))
