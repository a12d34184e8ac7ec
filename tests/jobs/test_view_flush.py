"""The flusher goes on, whatever becomes of one round, and adds each batch once."""

import asyncio

from sqlalchemy import text

from service.jobs.view_flush import flushing_views
from service.queries import views
from service.queries.engine import connect


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


async def test_a_flush_that_fails_is_tried_again() -> None:
    """Each failure is told, and the task lives."""
    told = list[str]()
    counted = Flushes()
    async with (
        asyncio.timeout(20),
        flushing_views(counted, every_s=0.001, observe=lambda event, **_: told.append(event)),
    ):
        await counted.works.wait()
    assert ["view_flush_failed"] * 2 == told


async def test_a_batch_is_added_once(world_database: str) -> None:
    """The second time its id is known; members that are no posts, or gone, are passed by."""
    engine = connect(world_database)
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
