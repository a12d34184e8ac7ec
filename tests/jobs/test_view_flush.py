"""The flusher goes on, whatever becomes of one round, and forgets what nobody can write again."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import text

from service.jobs.view_flush import flushing_views
from service.queries import views
from service.queries.engine import connect
from service.strategies.tools import Tools


class Flushes:
    """Fails twice, then works; tells of each round."""

    def __init__(self) -> None:
        self.rounds = 0
        self.works = asyncio.Event()

    async def flush(self) -> None:
        """One round."""
        self.rounds += 1
        if self.rounds <= 2:
            raise ConnectionError("refused")
        self.works.set()


async def test_a_flush_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each failure is told, and the task lives."""
    told, purged = list[str](), asyncio.Event()

    async def purge(_: Any) -> None:
        purged.set()

    monkeypatch.setattr(views, "purge", purge)
    counted, tools = Flushes(), cast("Tools", SimpleNamespace(engine=None))
    async with (
        asyncio.timeout(20),
        flushing_views(
            counted, tools, every_s=0.001, observe=lambda event, **_: told.append(event)
        ),
    ):
        await counted.works.wait()
        await purged.wait()
    assert ["view_flush_failed"] * 2 == told


async def test_batches_are_remembered_for_longer_than_they_can_wait(empty_database: str) -> None:
    """Counts wait a week at most; what is two weeks old can come from nobody."""
    engine = connect(empty_database, lambda: None)
    async with engine.connect() as connection:
        for batch, days in (("old", 15), ("young", 13)):
            await connection.execute(
                text(
                    "insert into view_batches (batch, created_at)"
                    " values (:batch, now() - make_interval(days => :days))"
                ),
                {"batch": batch, "days": days},
            )
        await views.purge(engine)
        found = await connection.execute(text("select batch from view_batches"))
        assert ["young"] == [row.batch for row in found]
    await engine.dispose()


async def test_a_batch_is_added_once(world_database: str) -> None:
    """The second time its id is known; members that are no posts, or gone, are passed by."""
    engine = connect(world_database, lambda: None)
    async with engine.connect() as connection:
        [[post_id]] = await connection.execute(text("select min(id) from posts"))
        for _ in range(2):
            await views.add_batch(engine, "7f3a", {str(post_id): 3, "77": 1, "junk": 5})
        await views.add_batch(engine, "7f3b", {str(post_id): 1})
        [[stored]] = await connection.execute(
            text("select views from posts where id = :id"), {"id": post_id}
        )
        assert stored == 4
    await engine.dispose()
