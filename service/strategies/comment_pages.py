"""Pages of a post's comments, each an entry of its own, all outdated by one bump."""

import secrets
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.models import CommentText
from service.patterns.generation import Generation
from service.patterns.ttl import fixed
from service.queries import comments
from service.strategies.stack import Stack
from service.strategies.tools import Tools

# What is asked of the database, whatever the reader asks for: three lists a place, not a hundred.
# One more than is shown, which tells whether there is a next page.
SIZES = (21, 51, 101)


class CommentPages:
    """Comments without their authors' names, newest first."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._pages: Stack[list[CommentText]] = tools.stack(keys.COMMENT_PAGE, list[CommentText])
        lives = tools.scaled(fixed(keys.COMMENT_GENERATION.ttl_s))
        self._generations = Generation(tools.redis, ttl_s=lives(None) or 0, reads=tools.batch)
        # While Redis is away a page belongs to a generation of this process, and of that outage.
        self._alone, self._is_away = "", False
        self._renew()
        tools.holds(keys.COMMENTS, lambda post_id: self.changed(int(post_id)))

    async def page(self, post_id: int, before: int | None, limit: int) -> Sequence[CommentText]:
        """Up to `limit` comments older than `before`."""
        size = next((size for size in SIZES if size >= limit), limit)

        async def load() -> list[CommentText]:
            return await comments.comment_texts(self._engine, post_id, before, size)

        generation = await self._generation(post_id)
        entry = f"{post_id}:{generation}:{before or 'newest'}:{size}"
        return (await self._pages.get(entry, load))[:limit]

    async def changed(self, post_id: int) -> None:
        """Outdate all pages of the post."""
        self._renew()
        await self._generations.bump(keys.COMMENT_GENERATION.key(post_id))

    async def _generation(self, post_id: int) -> str:
        try:
            generation = await self._generations.current(keys.COMMENT_GENERATION.key(post_id))
        except Exception:  # noqa: BLE001 - whatever a client raises, the cache is not there
            self._is_away = True
            return self._alone
        if self._is_away:
            self._renew()
        return generation

    def _renew(self) -> None:
        self._alone, self._is_away = secrets.token_hex(8), False
