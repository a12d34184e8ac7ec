"""No cache: every read asks the database. The lower bound that a cache has to beat."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from service import keys
from service.feed.assemble import AssembledPages
from service.feed.models import Post, Profile, Ranked, Reputation, Window
from service.feed.ports import NamedBy
from service.keys import Kind
from service.queries import lists, posts, trending, users
from service.strategies.cards import AuthorCards
from service.strategies.comment_pages import CommentPages
from service.strategies.layers import Load
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.tools import Tools

V = TypeVar("V")


class UncachedRecords:
    """`Records` straight from PostgreSQL, each read seen as a load."""

    def __init__(self, tools: Tools) -> None:
        self._engine = tools.engine
        self._now = tools.now
        self._observer = tools.observer
        self._standing = tools.plan.reputation(tools)

    async def posts(self, post_ids: Sequence[int], _: NamedBy) -> dict[int, Post]:
        """Posts by id."""
        if not post_ids:
            return {}
        return await self._seen(
            keys.POST, post_ids[0], lambda: posts.posts_by_ids(self._engine, post_ids)
        )

    async def profile(self, handle: str) -> Profile | None:
        """A user's page."""
        return await self._seen(keys.PROFILE, handle, lambda: users.profile(self._engine, handle))

    async def author_ids(self, user_id: int, before: int | None, limit: int) -> Sequence[int]:
        """Ids of an author's posts."""
        return await self._seen(
            keys.AUTHOR, user_id, lambda: lists.author_ids(self._engine, user_id, before, limit)
        )

    async def home(self, user_id: int) -> "UncachedHome":
        """A home feed."""

        async def ids(before: int | None, limit: int) -> Sequence[int]:
            return await self._seen(
                keys.FEED, user_id, lambda: lists.home_ids(self._engine, user_id, before, limit)
            )

        return UncachedHome(ids)

    async def ranking(self, window: Window) -> Sequence[Ranked]:
        """The best of a window."""
        return await self._seen(
            keys.TOP, window, lambda: lists.top_of(self._engine, window, self._now())
        )

    async def trending(self) -> Sequence[Ranked]:
        """What draws votes and comments now."""
        return await self._seen(
            keys.TRENDING, "posts", lambda: trending.posts(self._engine, self._now())
        )

    async def reputation(self, user_id: int, handle: str) -> Reputation:
        """A user's standing."""
        return await self._standing.of(user_id, handle)

    async def _seen(self, kind: Kind, entry: int | str, load: Load[V]) -> V:
        return await self._observer.load(kind.name, kind.key(entry), load)


@dataclass(frozen=True, slots=True)
class UncachedHome:
    """A home feed as the rows have it: nothing is missing, nothing is left out."""

    ids: Callable[[int | None, int], Awaitable[Sequence[int]]]
    is_rebuilding: bool = False

    async def below(self, before: int | None, limit: int) -> Sequence[int]:
        """The next of them."""
        return await self.ids(before, limit)

    def shows(self, _post: Post) -> bool:
        """All of them."""
        return True


class UncachedPages(AssembledPages):
    """Pages of which nothing is kept."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(UncachedRecords(tools))
        self.discussions = CommentPages(tools)
        self.cards = AuthorCards(tools)

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Nothing is kept."""
