"""A comment that is asked for alone: an entry of its own, beside the pages that show it as well."""

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.discussion import Comment
from service.queries import comments
from service.strategies.stack import Stack
from service.strategies.tools import Tools

Versioned = tuple[Comment, int]


class SingleComments:
    """Whole comments, with the names of their authors, and their versions."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._stack: Stack[Versioned | None] = tools.stack(keys.COMMENT, Versioned | None)

    async def of(self, comment_id: int) -> Versioned | None:
        """One comment; None when it does not stand."""

        async def load() -> Versioned | None:
            return (await comments.comments_by_ids(self._engine, [comment_id])).get(comment_id)

        return await self._stack.get(comment_id, load)

    async def invalidate(self, comment_id: int | str) -> None:
        """Forget one."""
        await self._stack.invalidate(comment_id)
