"""What is written, an area a protocol, all in one transaction."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from service.feed.changes import Change
from service.feed.claims import Answered, Claim, Kept
from service.feed.discussion import Comment, CommentCounts, Ground, StandingComment
from service.feed.models import Counts, Post, StandingPost
from service.feed.ports.identity import AccountWrites, RefreshTokenWrites


class PostWrites(Protocol):
    """Posts."""

    async def add_post(
        self, author_id: int, title: str, body: str, tags: Sequence[str]
    ) -> tuple[Post, Change]:
        """Insert a post."""

    async def post_to_change(self, user_id: int, post_id: int) -> StandingPost | None:
        """Lock a post for `user_id`; None for an unknown one. Raises Gone for a deleted one."""

    async def edit_post(
        self,
        post: StandingPost,
        title: str | None,
        body: str | None,
        tags: Sequence[str] | None,
    ) -> tuple[Post, Change]:
        """Replace what is given of a locked post."""

    async def delete_post(self, post: StandingPost) -> Change:
        """Let a locked post stand no longer."""


class CommentWrites(Protocol):
    """Comments."""

    async def ground(self, post_id: int, parent_id: int | None) -> Ground | None:
        """Lock where a comment shall stand; None without the post, or the parent in it.

        Raises Gone for a deleted post.
        """

    async def add_comment(
        self, author_id: int, ground: Ground, body: str
    ) -> tuple[Comment, int, Change]:
        """Insert a comment on locked ground; with its version."""

    async def comment_to_change(self, user_id: int, comment_id: int) -> StandingComment | None:
        """Lock a comment for `user_id`; None for an unknown one. Raises Gone for a deleted one."""

    async def edit_comment(
        self, comment: StandingComment, body: str
    ) -> tuple[Comment, int, Change]:
        """Replace what a locked comment says; with its new version."""

    async def delete_comment(self, comment: StandingComment) -> Change:
        """Take a locked comment away, or what it says when others have answered it."""

    async def set_comment_vote(
        self, user_id: int, comment_id: int, value: int
    ) -> tuple[CommentCounts, Change] | None:
        """Make the user's vote on the comment `value` (-1, 0, 1); None when there is none.

        Raises Gone for a deleted one.
        """


class VoteWrites(Protocol):
    """Votes."""

    async def set_vote(
        self, user_id: int, post_id: int, value: int
    ) -> tuple[Counts, Change] | None:
        """Make the user's vote on the post `value` (-1, 0, 1); None when there is no post."""


class ReactionWrites(Protocol):
    """Reactions."""

    async def set_reaction(
        self, user_id: int, post_id: int, kind: str, *, reacts: bool
    ) -> tuple[Counts, Change] | None:
        """React to a post or no longer; None when there is no post."""


class FollowWrites(Protocol):
    """Who follows whom."""

    async def set_follow(self, follower_id: int, handle: str, *, follows: bool) -> Change | None:
        """Follow or stop following; None when there is no such user."""


class OnceWrites(Protocol):
    """Keys under which something is done once."""

    async def claim(self, claim: Claim) -> Kept | None:
        """Take a key, or find what was answered under it. Raises InProgress."""

    async def keep(self, claim: Claim, answered: Answered) -> None:
        """Keep the answer of a key that was taken in this transaction."""


class Writes(
    OnceWrites,
    PostWrites,
    ReactionWrites,
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
