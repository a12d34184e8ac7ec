"""Posts in lists, as the strategies keep them that know no ids: an author's, and home feeds."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.queries import lists
from service.strategies.kept import by_ids, page_of
from service.strategies.query_results import QueryResults
from service.strategies.stack import Stack
from service.strategies.tools import Tools

T = TypeVar("T")
QueryIds = Callable[[AsyncEngine, int, int | None, int], Awaitable[list[int]]]


class PostLists(Generic[T]):
    """The first `kept` posts of each list, as `holds` says; `named` loads posts by id."""

    def __init__(
        self,
        tools: Tools,
        holds: Any,
        *,
        named: Callable[[Sequence[int]], Awaitable[list[T]]],
        id_of: Callable[[T], int],
        kept: int,
    ) -> None:
        self._engine = tools.engine
        self._named = named
        self._id_of = id_of
        self._kept = kept
        self._authors: Stack[list[T]] = tools.stack(keys.AUTHOR, holds)
        self._feeds: Stack[list[T]] = tools.stack(keys.FEED, holds)
        cached = tools.plan.cached
        self._author_ids = cached(tools, keys.AUTHOR_IDS, keys.AUTHOR)
        self._feed_ids = cached(tools, keys.FEED_IDS, keys.FEED)

    async def author(self, user_id: int, before: int | None, limit: int) -> list[T]:
        """A slice of an author's newest posts."""
        query = lists.author_ids
        return await self._page(self._authors, self._author_ids, query, user_id, before, limit)

    async def feed(self, user_id: int, before: int | None, limit: int) -> list[T]:
        """A slice of a reader's home feed."""
        query = lists.home_ids
        return await self._page(self._feeds, self._feed_ids, query, user_id, before, limit)

    async def drop_author(self, user_id: int) -> None:
        """Forget an author's list."""
        await self._authors.invalidate(user_id)
        await self._author_ids.drop(user_id)

    async def drop_feeds(self, *user_ids: int) -> None:
        """Forget home feeds."""
        await self._feeds.invalidate(*user_ids)
        await self._feed_ids.drop(*user_ids)

    async def drop_feeds_of_followers(self, author_id: int) -> None:
        """Forget the feed of everybody who follows an author."""
        await self.drop_feeds(*await lists.follower_ids(self._engine, author_id))

    async def drop_copies(self, author_id: int) -> None:
        """Forget the lists that hold this author's posts; their ids stand."""
        await self._authors.invalidate(author_id)
        await self._feeds.invalidate(*await lists.follower_ids(self._engine, author_id))

    async def _page(
        self,
        stack: Stack[list[T]],
        results: QueryResults,
        query: QueryIds,
        user_id: int,
        before: int | None,
        limit: int,
    ) -> list[T]:
        async def ids(before: int | None, limit: int) -> list[int]:
            async def load() -> list[int]:
                return await query(self._engine, user_id, before, limit)

            is_first = before is None and limit == self._kept
            return await results.ids(user_id, load) if is_first else await load()

        return await page_of(
            stack,
            user_id,
            by_ids(ids, self._named),
            before=before,
            limit=limit,
            id_of=self._id_of,
            kept=self._kept,
        )
