"""What posts say, and that they were deleted: an entry for both.

So who asks for what is not there costs one load and one small entry, whatever the answer will be.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.absent import WAS_DELETED, WasDeleted
from service.feed.models import PostText
from service.feed.ports import NamedBy
from service.queries import posts
from service.strategies.shares import named_by_url
from service.strategies.stack import Stack
from service.strategies.tools import Tools

Said = PostText | WasDeleted | None


class PostTexts:
    """Texts of posts, by id."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._stack: Stack[Said] = tools.stack(keys.POST, Said)
        self._stacks = {"list": self._stack, "url": named_by_url(self._stack)}
        tools.tells_deleted["post"] = self.was_deleted

    async def of(self, post_ids: Sequence[int], named_by: NamedBy) -> dict[int, PostText]:
        """Those that stand."""
        found = await self._stacks[named_by].get_many(post_ids, self._load)
        return {post_id: said for post_id, said in found.items() if isinstance(said, PostText)}

    async def was_deleted(self, post_id: int) -> bool | None:
        """Whether it stood once; None if it does so here, and is missed all the same."""
        said = (await self._stacks["url"].get_many([post_id], self._load))[post_id]
        return None if isinstance(said, PostText) else said == WAS_DELETED

    async def invalidate(self, post_id: int | str) -> None:
        """Forget what one said, or that it was not there."""
        await self._stack.invalidate(post_id)

    async def _load(self, ids: Sequence[int]) -> Mapping[int, Said]:
        found = await posts.texts_by_ids(self._engine, ids)
        return {post_id: found.get(post_id) for post_id in ids}
