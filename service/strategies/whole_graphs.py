"""Whole object graphs: what is shown together is stored together, as people first write it.

One entry holds a post with its author's profile, all comments with all their authors' profiles,
all reactions, all tags; a list holds whole posts. Every copy has to go when any part changes.
"""

from collections.abc import Sequence
from typing import get_args

from service import keys
from service.feed.assemble import further
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
from service.queries.graph import PostGraph, post_graph
from service.strategies.cards import AuthorCards
from service.strategies.copies import copies_of_name
from service.strategies.graph_threads import GraphThreads
from service.strategies.kept import LIST_KEPT
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.post_lists import PostLists
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class WholeGraphPages:
    """Pages cached as they are shown, or larger."""

    def __init__(self, tools: Tools) -> None:
        self._engine = tools.engine
        self._now = tools.now
        self._standing = tools.plan.reputation(tools)
        stack = tools.stack
        self._posts: Stack[PostGraph | None] = stack(keys.POST, PostGraph | None)
        for part in (keys.COUNTS, keys.COMMENTS):
            tools.holds(part, self._posts.invalidate)
        self.discussions = GraphThreads(tools, self._graph)
        self.cards = AuthorCards(tools)
        self._profiles: Stack[Profile | None] = stack(keys.PROFILE, Profile | None)
        self._lists = PostLists[Post](
            tools, list[Post], named=self._whole, id_of=lambda post: post.id, kept=LIST_KEPT
        )
        self._tops: Stack[list[RankedPost]] = stack(keys.TOP, list[RankedPost])
        self._trending: Stack[list[Post]] = stack(keys.TRENDING, list[Post])

    async def post(self, post_id: int) -> Post | None:
        """One post, out of everything that hangs on it."""
        graph = await self._graph(post_id)
        return graph.post if graph else None

    async def posts(self, post_ids: Sequence[int], _: NamedBy) -> dict[int, Post]:
        """Posts by id, each out of its own graph, one after the other: so it is first written."""
        graphs = [await self._graph(post_id) for post_id in dict.fromkeys(post_ids)]
        return {graph.post.id: graph.post for graph in graphs if graph is not None}

    def outlined(self) -> Pages:
        """Everything stands in one entry."""
        return self

    def uncounted(self) -> Pages:
        """Counts stand beside the texts."""
        return self

    async def profile(self, handle: str) -> Profile | None:
        """A user's page."""
        return await self._profiles.get(handle, lambda: users.profile(self._engine, handle))

    async def author_posts(self, user_id: int, before: int | None, limit: int) -> list[Post]:
        """A slice of the author's newest posts."""
        return await self._lists.author(user_id, before, limit)

    async def home_feed(self, user_id: int, before: int | None, limit: int) -> HomePosts:
        """A slice of the reader's feed."""
        return HomePosts(await self._lists.feed(user_id, before, limit))

    async def top(self, window: Window, after: Ranked | None, limit: int) -> list[RankedPost]:
        """A slice of the whole ranking."""

        async def load() -> list[RankedPost]:
            places = await lists.top_of(self._engine, window, self._now())
            found = await posts.posts_by_ids(self._engine, [place.post_id for place in places])
            return [(place, found[place.post_id]) for place in places if place.post_id in found]

        ranking = await self._tops.get(window, load)
        shown = {place.post_id for place in further([place for place, _ in ranking], after)}
        return [(place, post) for place, post in ranking if place.post_id in shown][:limit]

    async def trending(self, limit: int) -> list[Post]:
        """A slice of what is trending."""

        async def load() -> list[Post]:
            places = await trending.posts(self._engine, self._now())
            return await self._whole([place.post_id for place in places])

        return (await self._trending.get("posts", load))[:limit]

    async def reputation(self, user_id: int, handle: str) -> Reputation:
        """A user's standing."""
        return await self._standing.of(user_id, handle)

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """A post's counts stand in its graph, in its author's list and in every follower's feed."""
        for entry in entries:
            match entry:
                case FeedsOfFollowers(author_id):
                    await self._lists.drop_feeds_of_followers(author_id)
                case Outdated(keys.COUNTS, post_id, int(author_id)):
                    await self._posts.invalidate(post_id)
                    await self._lists.drop_copies(author_id)
                case Outdated(keys.POST | keys.COMMENTS, post_id):
                    await self._posts.invalidate(post_id)
                    if entry.ranked:
                        await self._tops.invalidate(*get_args(Window))
                        await self._trending.invalidate("posts")
                case Outdated(keys.COMMENT, _, post_id=int(commented)):
                    await self.discussions.drop([entry])
                    await self._posts.invalidate(commented)
                case Outdated(keys.AUTHOR, user_id):
                    await self._lists.drop_author(int(user_id))
                case Outdated(keys.FEED, user_id):
                    await self._lists.drop_feeds(int(user_id))
                case Outdated(keys.PROFILE, handle):
                    await self._profiles.invalidate(handle)
                case Outdated(keys.CARD, user_id):
                    await self.cards.invalidate(user_id)
                    await self.drop(await copies_of_name(self._engine, int(user_id)))
                case Outdated(keys.REPUTATION, user_id):
                    await self._standing.drop([int(user_id)])

    async def _graph(self, post_id: int) -> PostGraph | None:
        return await self._posts.get(post_id, lambda: post_graph(self._engine, post_id))

    async def _whole(self, ids: Sequence[int]) -> list[Post]:
        found = await posts.posts_by_ids(self._engine, ids)
        return [found[post_id] for post_id in ids if post_id in found]
