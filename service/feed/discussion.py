"""What a discussion is made of: comments, as they are stored, passed on and shown."""

from dataclasses import dataclass
from datetime import datetime

from service.feed.models import AuthorCard

# Whoever took a comment back is no longer named beside it; no user has such a handle, or this id.
NOBODY = AuthorCard(0, "[deleted]", "deleted")


@dataclass(frozen=True, slots=True)
class CommentCounts:
    """Totals of one comment."""

    score: int
    upvotes: int
    downvotes: int


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment as everybody sees it. A deleted one keeps its place, and is `NOBODY`'s."""

    id: int
    post_id: int
    parent_id: int | None
    author: AuthorCard
    body: str
    created_at: datetime
    edited_at: datetime | None
    deleted: bool
    score: int
    replies: int


@dataclass(frozen=True, slots=True)
class CommentText:
    """A comment without its author's name. `body` is empty when it was deleted.

    `version` is of what it says; votes and replies leave it alone.
    """

    id: int
    post_id: int
    parent_id: int | None
    author_id: int
    body: str
    created_at: datetime
    edited_at: datetime | None
    deleted: bool
    score: int
    replies: int
    version: int

    def joined(self, author: AuthorCard) -> Comment:
        """The whole comment."""
        return Comment(
            id=self.id,
            post_id=self.post_id,
            parent_id=self.parent_id,
            author=NOBODY if self.deleted else author,
            body=self.body,
            created_at=self.created_at,
            edited_at=self.edited_at,
            deleted=self.deleted,
            score=self.score,
            replies=self.replies,
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a new comment is to stand: under a post, at level 0, or what it answers."""

    post_id: int
    parent_id: int | None
    level: int
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class StandingComment:
    """What a change of a comment has to be compared with: whose it is, and its newest version."""

    id: int
    post_id: int
    author_id: int
    version: int
