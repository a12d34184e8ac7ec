"""What the feed needs from outside, as it needs it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from service.feed.changes import Change
from service.feed.models import (
    Comment,
    Counts,
    Post,
    Profile,
    Ranked,
    Reputation,
    Viewer,
    Window,
)

RankedPost = tuple[Ranked, Post]


class Pages(Protocol):
    """Everything that is read and is the same for all readers; a strategy stands behind it.

    Lists are newest first. `before` is an id: only what is older. `post`, `comments`
    and `profile` of something unknown are None; the others are asked for known ids only.
    """

    async def post(self, post_id: int) -> Post | None:
        """One post."""

    async def comments(self, post_id: int, before: int | None, limit: int) -> list[Comment] | None:
        """Comments of a post, newest first."""

    async def profile(self, handle: str) -> Profile | None:
        """A user's page."""

    async def author_posts(self, user_id: int, before: int | None, limit: int) -> list[Post]:
        """Posts of one author, newest first."""

    async def home_feed(self, user_id: int, before: int | None, limit: int) -> list[Post]:
        """Posts of those whom the user follows, newest first."""

    async def top(self, window: Window, after: Ranked | None, limit: int) -> list[RankedPost]:
        """The best of a window, by points; `after` is the last place already shown."""

    async def trending(self, limit: int) -> list[Post]:
        """What draws votes and comments now."""

    async def reputation(self, user_id: int, handle: str) -> Reputation:
        """A user's standing."""


class Records(Protocol):
    """The pieces that pages are assembled from, in bulk."""

    async def posts(self, post_ids: Sequence[int]) -> Mapping[int, Post]:
        """Posts by id; unknown ones are left out."""

    async def comments(self, post_id: int, before: int | None, limit: int) -> list[Comment] | None:
        """Comments of a post, newest first."""

    async def profile(self, handle: str) -> Profile | None:
        """A user's page."""

    async def author_ids(self, user_id: int, before: int | None, limit: int) -> Sequence[int]:
        """Ids of an author's posts, newest first."""

    async def home_ids(self, user_id: int, before: int | None, limit: int) -> Sequence[int]:
        """Ids of a home feed, newest first."""

    async def ranking(self, window: Window) -> Sequence[Ranked]:
        """The best of a window, best first."""

    async def trending(self) -> Sequence[Ranked]:
        """What draws votes and comments now, hottest first."""

    async def reputation(self, user_id: int, handle: str) -> Reputation:
        """A user's standing."""


class Overlays(Protocol):
    """What is one reader's own: asked of the database on each page, never cached."""

    async def viewers(self, user_id: int, posts: Sequence[Post]) -> Mapping[int, Viewer]:
        """The reader's facts by post id, in one query."""


class Writes(Protocol):
    """The statements of one transaction. All raise Unauthenticated when their user is gone."""

    async def add_post(
        self, author_id: int, title: str, body: str, tags: Sequence[str]
    ) -> tuple[Post, Change]:
        """Insert a post."""

    async def add_comment(
        self, author_id: int, post_id: int, body: str, parent_id: int | None
    ) -> tuple[Comment, Change] | None:
        """Insert a comment; None when the post, or the parent in it, does not exist."""

    async def set_vote(
        self, user_id: int, post_id: int, value: int
    ) -> tuple[Counts, Change] | None:
        """Make the user's vote on the post `value` (-1, 0, 1); None when there is no post."""

    async def set_follow(self, follower_id: int, handle: str, *, follows: bool) -> Change | None:
        """Follow or stop following; None when there is no such user."""

    def record(self, change: Change) -> None:
        """Hand a change over when the transaction commits."""


UnitOfWork = AbstractAsyncContextManager[Writes]
"""One transaction: commits when left without an error, then hands its changes over."""
