"""Small entries: the article's second fix. A post without its comments, comments beside it.

Lists still hold the posts that they show, but one page of them; counts stand apart as native
hashes, so that a vote drops no list.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import get_args

from service import keys
from service.feed.assemble import filled, first_of, further
from service.feed.models import (
    HomePosts,
    Post,
    Profile,
    Ranked,
    Reputation,
    Window,
)
from service.feed.ports import NamedBy, Pages, RankedPost
from service.queries import lists, posts, trending, users
from service.strategies.cards import AuthorCards
from service.strategies.comment_pages import CommentPages
from service.strategies.copies import copies_of_name
from service.strategies.kept import ONE_PAGE
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.post_lists import PostLists
from service.strategies.small_post import RankedSmall, SmallPost
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class SmallEntryPages:
    """Pages from one small entry each."""

    def __init__(self, tools: Tools) -> None:
        self._engine = tools.engine
        self._now = tools.now
        self._standing = tools.plan.reputation(tools)
        self._counts = tools.plan.types(tools)
        stack = tools.stack
        self._posts: Stack[SmallPost | None] = stack(keys.POST, SmallPost | None)
        self.discussions = CommentPages(tools)
        self.cards = AuthorCards(tools)
        self._profiles: Stack[Profile | None] = stack(keys.PROFILE, Profile | None)
        self._lists = PostLists[SmallPost](
            tools, list[SmallPost], named=self._load, id_of=SmallPost.id_of, kept=ONE_PAGE
        )
        self._tops: Stack[list[RankedSmall]] = stack(keys.TOP, list[RankedSmall])
        self._trending: Stack[list[SmallPost]] = stack(keys.TRENDING, list[SmallPost])

    async def post(self, post_id: int) -> Post | None:
        """One post."""
        small = await self._small(post_id)
        return next(iter(await self._counted([small])), None) if small else None

    async def posts(self, post_ids: Sequence[int], _: NamedBy) -> dict[int, Post]:
        """Posts by id."""

        async def load(missing: Sequence[int]) -> Mapping[int, SmallPost | None]:
            found = await self._load_by_id(missing)
            return {post_id: found.get(post_id) for post_id in missing}

        small = await self._posts.get_many(post_ids, load)
        shown = await self._counted([one for one in small.values() if one is not None])
        return {post.id: post for post in shown}

    def outlined(self) -> Pages:
        """Texts stand in the lists themselves."""
        return self

    def uncounted(self) -> Pages:
        """Counts stand beside the texts."""
        return self

    async def profile(self, handle: str) -> Profile | None:
        """A user's page."""
        return await self._profiles.get(handle, lambda: users.profile(self._engine, handle))

    async def author_posts(self, user_id: int, before: int | None, limit: int) -> list[Post]:
        """A slice of the author's newest posts."""
        return await self._page(self._lists.author, user_id, before, limit)

    async def home_feed(self, user_id: int, before: int | None, limit: int) -> HomePosts:
        """A slice of the reader's feed."""
        return HomePosts(await self._page(self._lists.feed, user_id, before, limit))

    async def top(self, window: Window, after: Ranked | None, limit: int) -> list[RankedPost]:
        """A slice of the ranking."""

        async def load() -> list[RankedSmall]:
            places = await lists.top_of(self._engine, window, self._now())
            found = await self._load_by_id([place.post_id for place in places])
            return [
                RankedSmall(place, found[place.post_id])
                for place in places
                if place.post_id in found
            ]

        async def show(part: Sequence[RankedSmall]) -> list[RankedPost]:
            place_of = {entry.place.post_id: entry.place for entry in part}
            posts = await self._counted([entry.small for entry in part])
            return [(place_of[post.id], post) for post in posts]

        ranking = await self._tops.get(window, load)
        behind = set(further([entry.place for entry in ranking], after))
        return await first_of([entry for entry in ranking if entry.place in behind], show, limit)

    async def trending(self, limit: int) -> list[Post]:
        """A slice of what is trending."""

        async def load() -> list[SmallPost]:
            places = await trending.posts(self._engine, self._now())
            return await self._load([place.post_id for place in places])

        return await first_of(await self._trending.get("posts", load), self._counted, limit)

    async def reputation(self, user_id: int, handle: str) -> Reputation:
        """A user's standing."""
        return await self._standing.of(user_id, handle)

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Counts stand alone; no list holds a copy of them."""
        for entry in entries:
            match entry:
                case FeedsOfFollowers(author_id):
                    await self._lists.drop_feeds_of_followers(author_id)
                case Outdated(keys.COUNTS, post_id, _, step):
                    await self._counts.changed(int(post_id), step)
                case Outdated(keys.CARD, user_id):
                    await self.cards.invalidate(user_id)
                    await self.drop(await copies_of_name(self._engine, int(user_id)))
                case Outdated(keys.COMMENTS | keys.COMMENT):
                    await self.discussions.drop([entry])
                case Outdated(keys.REPUTATION, user_id):
                    await self._standing.drop([int(user_id)])
                case Outdated(keys.AUTHOR, user_id):
                    await self._lists.drop_author(int(user_id))
                case Outdated(keys.FEED, user_id):
                    await self._lists.drop_feeds(int(user_id))
                case Outdated(keys.PROFILE, handle):
                    await self._profiles.invalidate(handle)
                case Outdated(keys.POST, post_id):
                    await self._posts.invalidate(post_id)
                    if entry.ranked:
                        await self._tops.invalidate(*get_args(Window))
                        await self._trending.invalidate("posts")

    async def _small(self, post_id: int) -> SmallPost | None:
        async def load() -> SmallPost | None:
            return (await self._load_by_id([post_id])).get(post_id)

        return await self._posts.get(post_id, load)

    async def _load(self, ids: Sequence[int]) -> list[SmallPost]:
        found = await self._load_by_id(ids)
        return [found[post_id] for post_id in ids if post_id in found]

    async def _load_by_id(self, ids: Sequence[int]) -> dict[int, SmallPost]:
        whole = await posts.posts_by_ids(self._engine, ids)
        return {post_id: SmallPost.of(post) for post_id, post in whole.items()}

    async def _page(
        self,
        slice_of: Callable[[int, int | None, int], Awaitable[list[SmallPost]]],
        user_id: int,
        before: int | None,
        limit: int,
    ) -> list[Post]:
        return await filled(
            lambda before: slice_of(user_id, before, limit),
            self._counted,
            after=before,
            limit=limit,
            position_of=SmallPost.id_of,
        )

    async def _counted(self, small: Sequence[SmallPost]) -> list[Post]:
        found = await self._counts.get_many([entry.text.id for entry in small])
        return [
            entry.text.joined(entry.author, counts)
            for entry in small
            if (counts := found.get(entry.text.id)) is not None
        ]
