"""A home feed drawn together when it is read, from lists that all its readers share.

A feed stored whole has to be dropped for every follower whenever one author posts; drawn from the
authors' own lists, one list is dropped for all of them. A reader's entry holds whom they follow.
"""

from collections.abc import Mapping, Sequence
from heapq import nlargest
from itertools import chain

from service import keys
from service.queries import lists
from service.strategies.kept import LIST_KEPT
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class PulledFeed:
    """Ids of home feeds, from `authors`: the newest `LIST_KEPT` ids of each author."""

    def __init__(self, tools: Tools, authors: Stack[list[int]]) -> None:
        self._engine = tools.engine
        self._authors = authors
        self._followed: Stack[list[int]] = tools.stack(keys.FEED, list[int])

    async def home_ids(self, user_id: int, before: int | None, limit: int) -> Sequence[int]:
        """Ids of the posts of those whom the user follows, newest first."""

        async def load() -> list[int]:
            return await lists.followee_ids(self._engine, user_id)

        newest = await self._authors.get_many(
            await self._followed.get(user_id, load), self.load_lists
        )
        ids = chain.from_iterable(newest.values())
        part = nlargest(limit, ids if before is None else (i for i in ids if i < before))
        # Below the last id kept of a long list, that author may have posts that are not here.
        cut_at = max((ids[-1] for ids in newest.values() if len(ids) >= LIST_KEPT), default=0)
        if (len(part) == limit and part[-1] >= cut_at) or not cut_at:
            return part
        return await self._followed.beyond(
            user_id, lambda: lists.home_ids(self._engine, user_id, before, limit)
        )

    async def follow_changed(self, user_id: int) -> None:
        """Forget whom the user follows."""
        await self._followed.invalidate(user_id)

    async def load_lists(self, user_ids: Sequence[int]) -> Mapping[int, list[int]]:
        """The newest ids of many authors, in one query."""
        return await lists.newest_of(self._engine, user_ids, LIST_KEPT)
