"""Comments as one page: the first, whole, in an entry; whatever lies behind it from the database.

Under a plan with empty slots nothing is kept, and every page comes from the database.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.assemble import filled
from service.feed.threads import Place, Placed, Thread, walk
from service.queries import comments
from service.strategies.discussions import load_skeleton
from service.strategies.kept import ONE_PAGE
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.single_comments import SingleComments, Versioned
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class CommentPages:
    """`Discussions` of which the newest page is kept, and each comment that was asked for alone."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._first: Stack[list[Placed] | None] = tools.stack(keys.COMMENTS, list[Placed] | None)
        self._single = SingleComments(tools)

    async def page(self, thread: Thread, after: Place | None, limit: int) -> list[Placed] | None:
        """Part of a thread."""
        post_id = thread.post_id
        if after is None and limit <= ONE_PAGE and thread == Thread(post_id):
            first = await self._first.get(post_id, lambda: self._load(thread, None, ONE_PAGE))
            return first and first[:limit]
        return await self._first.beyond(post_id, lambda: self._load(thread, after, limit))

    async def comment(self, comment_id: int) -> Versioned | None:
        """One comment."""
        return await self._single.of(comment_id)

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """A page holds its comments whole, so it goes with each of them."""
        for entry in entries:
            match entry:
                case Outdated(keys.COMMENTS, post_id):
                    await self._first.invalidate(post_id)
                case Outdated(keys.COMMENT, comment_id, post_id=int(post_id)):
                    await self._single.invalidate(comment_id)
                    await self._first.invalidate(post_id)

    async def _load(self, thread: Thread, after: Place | None, limit: int) -> list[Placed] | None:
        skeleton = await load_skeleton(self._engine, thread.post_id, thread.sort)
        if skeleton is None:
            return None

        async def behind(after: Place | None) -> list[tuple[Place, int]]:
            return walk(skeleton, thread, after, limit) or []

        return await filled(
            behind, self._said, after=after, limit=limit, position_of=lambda found: found[0]
        )

    async def _said(self, found: Sequence[tuple[Place, int]]) -> list[Placed]:
        said = await comments.comments_by_ids(self._engine, [of for _, of in found])
        return [(place, said[of][0]) for place, of in found if of in said]
