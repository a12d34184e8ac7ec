"""Outlines of posts: enough to tell whether a client has the newest, and no text.

A post's version, its counts and its author's name are entries of a hundred bytes; its text is the
large one. Who asks with an ETag and has the newest is answered from the small ones alone.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.heads import PostHead
from service.feed.models import AuthorCard, Post
from service.feed.ports import NamedBy
from service.queries import posts
from service.strategies.shares import named_by_url
from service.strategies.stack import Stack
from service.strategies.tools import Tools

CardsOf = Callable[[set[int]], Awaitable[Mapping[int, AuthorCard]]]


class Outlines:
    """Posts without their texts, from entries of their own and what all pages share."""

    def __init__(self, tools: Tools, cards_of: CardsOf) -> None:
        self._engine: AsyncEngine = tools.engine
        self._heads: Stack[PostHead | None] = tools.stack(keys.HEAD, PostHead | None)
        self._heads_of = {"list": self._heads, "url": named_by_url(self._heads)}
        self._cards_of = cards_of

    async def posts(self, post_ids: Sequence[int], named_by: NamedBy) -> Mapping[int, Post]:
        """Outlines by id, without counts; posts that do not stand are left out."""
        stack = self._heads_of[named_by]
        found = await stack.get_many(post_ids, self._load) if post_ids else {}
        heads = {post_id: head for post_id, head in found.items() if head is not None}
        cards = await self._cards_of({head.author_id for head in heads.values()}) if heads else {}
        return {post_id: head.outline(cards[head.author_id]) for post_id, head in heads.items()}

    async def changed(self, post_id: int) -> None:
        """Forget which version stands."""
        await self._heads.invalidate(post_id)

    async def _load(self, ids: Sequence[int]) -> Mapping[int, PostHead | None]:
        found = await posts.heads_by_ids(self._engine, ids)
        return {post_id: found.get(post_id) for post_id in ids}
