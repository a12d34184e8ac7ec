"""Small entries shared by everything that names them, fetched in bulk.

A list is a list of ids; a post is its text, its counts and its author's name, each an entry of
its own, because each changes at its own pace. Which patterns serve which: `records.py`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from service import keys
from service.feed.heads import UNCOUNTED
from service.feed.models import (
    AuthorCard,
    Counts,
    Post,
    PostText,
    Profile,
    Ranked,
    Reputation,
    Window,
)
from service.feed.ports import NamedBy
from service.keys import Kind
from service.queries import lists, users
from service.strategies.cards import AuthorCards
from service.strategies.discussions import Threads
from service.strategies.home_feed import HomeFeed, ReadHome
from service.strategies.kept import page_of
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.outlines import Outlines
from service.strategies.post_texts import PostTexts
from service.strategies.stack import Stack
from service.strategies.tools import Tools


class CachedRecords:
    """`Records` from small cached entries."""

    def __init__(self, tools: Tools) -> None:
        self._engine = tools.engine
        self._now = tools.now
        self._standing = tools.plan.reputation(tools)
        stack = tools.stack
        self._texts = PostTexts(tools)
        self._counts = tools.plan.types(tools)
        self.cards = AuthorCards(tools)
        self.outlines = Outlines(tools, self.cards.of)
        self.discussions = Threads(tools, self.cards.of)
        self._profiles: Stack[Profile | None] = stack(keys.PROFILE, Profile | None)
        self._authors: Stack[list[int]] = stack(keys.AUTHOR, list[int])
        self._feed = HomeFeed(tools, self._authors)
        self._tops: Stack[list[Ranked]] = stack(keys.TOP, list[Ranked])
        self._trends = tools.plan.rankings(tools)
        self._trending: Stack[list[Ranked]] = stack(keys.TRENDING, list[Ranked])
        self._others: dict[Kind, Stack[Any] | AuthorCards] = {
            keys.PROFILE: self._profiles,
            keys.AUTHOR: self._authors,
            keys.CARD: self.cards,
        }

    async def posts(self, post_ids: Sequence[int], named_by: NamedBy) -> Mapping[int, Post]:
        """Text, author and counts of each post, joined."""
        texts, cards = await self._said(post_ids, named_by)
        counts = await self._counts_of(texts)
        return {
            post_id: text.joined(cards[text.author_id], count)
            for post_id, text in texts.items()
            if (count := counts.get(post_id)) is not None
        }

    async def outlined(self, post_ids: Sequence[int], named_by: NamedBy) -> Mapping[int, Post]:
        """The same without texts."""
        posts = await self.outlines.posts(post_ids, named_by)
        counts = await self._counts_of(posts)
        return {
            post_id: replace(post, counts=count)
            for post_id, post in posts.items()
            if (count := counts.get(post_id)) is not None
        }

    async def uncounted(self, post_ids: Sequence[int], named_by: NamedBy) -> Mapping[int, Post]:
        """The same without counts."""
        texts, cards = await self._said(post_ids, named_by)
        return {
            post_id: text.joined(cards[text.author_id], UNCOUNTED)
            for post_id, text in texts.items()
        }

    async def _said(
        self, post_ids: Sequence[int], named_by: NamedBy
    ) -> tuple[Mapping[int, PostText], Mapping[int, AuthorCard]]:
        """Texts and their authors, which this process holds more often than not.

        So they come one after the other: asking for both at once would cost each page two tasks.
        """
        texts = await self._texts.of(post_ids, named_by) if post_ids else {}
        cards = await self.cards.of({text.author_id for text in texts.values()}) if texts else {}
        return texts, cards

    async def _counts_of(self, posts: Mapping[int, object]) -> Mapping[int, Counts | None]:
        # What is not there is asked for once, and kept once.
        return await self._counts.get_many(list(posts)) if posts else {}

    async def profile(self, handle: str) -> Profile | None:
        """A user's page."""
        return await self._profiles.get(handle, lambda: users.profile(self._engine, handle))

    async def author_ids(self, user_id: int, before: int | None, limit: int) -> Sequence[int]:
        """Ids of an author's posts."""
        return await page_of(
            self._authors,
            user_id,
            lambda before, limit: lists.author_ids(self._engine, user_id, before, limit),
            before=before,
            limit=limit,
            id_of=int,
        )

    async def home(self, user_id: int) -> ReadHome:
        """A home feed."""
        return await self._feed.of(user_id)

    async def ranking(self, window: Window) -> Sequence[Ranked]:
        """The best of a window."""
        return await self._tops.get(window, lambda: lists.top_of(self._engine, window, self._now()))

    async def trending(self) -> Sequence[Ranked]:
        """What draws votes and comments now."""
        return await self._trending.get("posts", self._trends.posts)

    async def reputation(self, user_id: int, handle: str) -> Reputation:
        """A user's standing."""
        return await self._standing.of(user_id, handle)

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Nothing holds a copy of anything else: what is outdated goes, and no more.

        Where the shared cache fails for one, the others go all the same: here they can.
        """
        failed: list[Exception] = []
        for entry in entries:
            try:
                await self._drop(entry)
            except Exception as error:  # noqa: BLE001 - raised below
                failed.append(error)
        if failed:
            raise failed[0]

    async def _drop(self, entry: Outdated | FeedsOfFollowers) -> None:
        match entry:
            case FeedsOfFollowers():
                await self._feed.owes()  # the rest is fan-out's
            case Outdated(keys.HEAVY):
                await self._feed.weights_changed()
            case Outdated(keys.FEED, user_id):
                await self._feed.follow_changed(int(user_id))
            case Outdated(keys.REPUTATION, user_id):
                await self._standing.drop([int(user_id)])
            case Outdated(keys.POST, post_id):
                # Whoever asked too early was told of no post: no part may say so again.
                done = await asyncio.gather(
                    self._texts.invalidate(post_id),
                    self.outlines.changed(int(post_id)),
                    self._counts.changed(int(post_id), None),
                    return_exceptions=True,
                )
                for failure in filter(None, done):
                    raise failure
            case Outdated(keys.COUNTS, post_id, _, step):
                await self._counts.changed(int(post_id), step)
            case Outdated(keys.COMMENTS | keys.COMMENT):
                await self.discussions.drop([entry])
            case Outdated(kind, of):
                await self._others[kind].invalidate(of)
