"""What is written, an area a protocol, all in one transaction."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from service.feed.changes import Change
from service.feed.models import Comment, Counts, Post
from service.feed.ports.identity import AccountWrites, RefreshTokenWrites


class PostWrites(Protocol):
    """Posts."""

    async def add_post(
        self, author_id: int, title: str, body: str, tags: Sequence[str]
    ) -> tuple[Post, Change]:
        """Insert a post."""


class CommentWrites(Protocol):
    """Comments."""

    async def add_comment(
        self, author_id: int, post_id: int, body: str, parent_id: int | None
    ) -> tuple[Comment, Change] | None:
        """Insert a comment; None when the post, or the parent in it, does not exist."""


class VoteWrites(Protocol):
    """Votes."""

    async def set_vote(
        self, user_id: int, post_id: int, value: int
    ) -> tuple[Counts, Change] | None:
        """Make the user's vote on the post `value` (-1, 0, 1); None when there is no post."""


class FollowWrites(Protocol):
    """Who follows whom."""

    async def set_follow(self, follower_id: int, handle: str, *, follows: bool) -> Change | None:
        """Follow or stop following; None when there is no such user."""


class Writes(
    PostWrites,
    CommentWrites,
    VoteWrites,
    FollowWrites,
    AccountWrites,
    RefreshTokenWrites,
    Protocol,
):
    """The statements of one transaction. All raise Unauthenticated when their user is gone."""

    def record(self, change: Change) -> None:
        """Hand a change over when the transaction commits."""


UnitOfWork = AbstractAsyncContextManager[Writes]
"""One transaction: commits when left without an error, then hands its changes over."""
