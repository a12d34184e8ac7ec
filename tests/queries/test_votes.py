"""What a vote leaves in the rows besides its count, and who hears of it when."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.feed.changes import Change, CountsStep, PostVoted
from service.feed.errors import NotFound
from service.feed.votes import vote_on_post
from service.queries.engine import connect
from service.queries.unit_of_work import Announce, Commit, Transactions

PAST = "2026-01-01 00:00:00+00"
SCENE = """
select reader.id as reader_id, p.id as post_id, p.author_id from users reader, posts p
where reader.handle = 'ada' and p.title = 'barbara on 1'
"""
VOTE = f"""
select value, created_at > '{PAST}' as is_new from post_votes
where user_id = :reader_id and post_id = :post_id
"""


class Scene(NamedTuple):
    """Somebody who reads, and what is read."""

    reader_id: int
    post_id: int
    author_id: int


class Heard:
    """Hears of changes."""

    def __init__(self) -> None:
        self.before: list[Change] = []
        self.after: list[Change] = []

    async def before_commit(self, commit: Commit) -> None:
        """Note them."""
        self.before += commit.changes

    async def after_commit(self, commit: Commit) -> None:
        """Note them."""
        self.after += commit.changes


class Broken(Heard):
    """Cannot bear them."""

    async def before_commit(self, commit: Commit) -> None:
        """Fail."""
        raise OSError("the cache is gone")


@pytest.fixture
async def engine(world_database: str) -> AsyncIterator[AsyncEngine]:
    """On the small world."""
    engine = connect(world_database)
    yield engine
    await engine.dispose()


@pytest.fixture
async def scene(engine: AsyncEngine) -> Scene:
    """Ada, and a post of barbara's that she has not voted on."""
    async with engine.connect() as connection:
        scene = Scene(*(await connection.execute(text(SCENE))).one())
        await connection.execute(
            text("delete from post_votes where user_id = :reader_id and post_id = :post_id"),
            scene._asdict(),
        )
    return scene


async def vote(engine: AsyncEngine, scene: Scene, value: int, announce: Announce) -> None:
    """One vote, in a transaction of its own."""
    transactions = Transactions(engine, announce)
    await vote_on_post(scene.reader_id, scene.post_id, value, uow=transactions.begin())


async def rows(engine: AsyncEngine, scene: Scene) -> list[Any]:
    """The reader's vote: its value, and whether it is from now."""
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(VOTE), scene._asdict())]


async def test_the_same_vote_again_keeps_its_time(engine: AsyncEngine, scene: Scene) -> None:
    """Or whoever repeats a request would keep a post in the list of the hour."""
    heard = Heard()
    await vote(engine, scene, 1, heard)
    assert await rows(engine, scene) == [(1, True)]
    async with engine.connect() as connection:
        await connection.execute(text(f"update post_votes set created_at = '{PAST}'"))
    await vote(engine, scene, 1, heard)
    assert await rows(engine, scene) == [(1, False)]
    await vote(engine, scene, -1, heard)
    assert await rows(engine, scene) == [(-1, True)]
    await vote(engine, scene, 0, heard)
    assert await rows(engine, scene) == []


async def test_a_change_is_told_before_and_after(engine: AsyncEngine, scene: Scene) -> None:
    """Never that of a write that was refused."""
    heard = Heard()
    with pytest.raises(NotFound):
        await vote(engine, scene._replace(post_id=77), 1, heard)
    assert heard.before == heard.after == []
    await vote(engine, scene, 1, heard)
    told = PostVoted(scene.post_id, scene.author_id, CountsStep(version=1, upvotes=1))
    assert heard.before == heard.after
    [change] = heard.before
    assert isinstance(change, PostVoted)
    assert told == replace(change, warmed=None)


async def test_a_failure_before_the_commit_undoes_the_write(
    engine: AsyncEngine, scene: Scene
) -> None:
    """A strategy that drops entries inside the transaction takes it down with it."""
    broken = Broken()
    with pytest.raises(OSError, match="the cache is gone"):
        await vote(engine, scene, 1, broken)
    assert await rows(engine, scene) == []
    assert broken.after == []
