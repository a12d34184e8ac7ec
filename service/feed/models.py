"""What the feed is made of. The same values are stored, passed on and shown."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, TypeVar

Window = Literal["hour", "day", "week", "all"]
Period = Literal["all", "week", "month"]
Reaction = Literal["heart", "laugh", "wow", "sad", "fire"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AuthorCard:
    """The little of a user that stands beside each post and comment."""

    id: int
    handle: str
    display_name: str


# In the order in which PostgreSQL keeps the keys of a jsonb, so that an answer reads the same
# wherever its counts came from.
REACTIONS = ("sad", "wow", "fire", "heart", "laugh")


@dataclass(frozen=True, slots=True)
class Counts:
    """Totals of one post; `reactions` maps kind to number."""

    score: int
    upvotes: int
    downvotes: int
    comments: int
    views: int
    reactions: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Post:
    """One post as everybody sees it."""

    id: int
    author: AuthorCard
    title: str
    body: str
    tags: tuple[str, ...]
    created_at: datetime
    edited_at: datetime | None
    version: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Viewer:
    """What one signed-in reader has to do with one post; never cached with it."""

    vote: int
    follows_author: bool


@dataclass(frozen=True, slots=True)
class PostNow:
    """What the database says at this moment of a post that one reader is shown."""

    version: int
    counts: Counts
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class SeenPost(Post):
    """A post with its reader's own facts."""

    viewer: Viewer


@dataclass(frozen=True, slots=True)
class PostText:
    """A post without what changes all the time (counts) or belongs to others (author)."""

    id: int
    author_id: int
    title: str
    body: str
    tags: tuple[str, ...]
    created_at: datetime
    edited_at: datetime | None
    version: int

    def joined(self, author: AuthorCard, counts: Counts) -> Post:
        """The whole post."""
        return Post(
            id=self.id,
            author=author,
            title=self.title,
            body=self.body,
            tags=self.tags,
            created_at=self.created_at,
            edited_at=self.edited_at,
            version=self.version,
            counts=counts,
        )


@dataclass(frozen=True, slots=True)
class PostHead:
    """Which version of a post stands, and whose it is."""

    id: int
    author_id: int
    version: int

    def outline(self, author: AuthorCard, counts: Counts) -> Post:
        """The post without what changes with its version alone; see `Pages.outlined`."""
        return Post(
            id=self.id,
            author=author,
            title="",
            body="",
            tags=(),
            created_at=datetime.min,
            edited_at=None,
            version=self.version,
            counts=counts,
        )


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
class ProfileCounts:
    """Totals of one user."""

    posts: int
    followers: int
    following: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A user's public page."""

    id: int
    handle: str
    display_name: str
    bio: str
    created_at: datetime
    counts: ProfileCounts


@dataclass(frozen=True, slots=True)
class Reputation:
    """A user's standing as of the moment it was computed."""

    handle: str
    reputation: int
    posts: int
    upvotes: int
    downvotes: int
    comments: int
    as_of: datetime


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


@dataclass(frozen=True, slots=True)
class StandingPost:
    """What a change of a post has to be compared with: whose it is, and its newest version."""

    id: int
    author_id: int
    version: int


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page of the site itself, such as its rules."""

    slug: str
    title: str
    body: str
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """One place in a ranking; ties are broken by the newer id."""

    post_id: int
    points: int


@dataclass(frozen=True, slots=True)
class HotPlace:
    """One place in `hot`: its score moves with votes alone; ties are broken by the newer id."""

    post_id: int
    hot: float

    def is_behind(self, other: "HotPlace") -> bool:
        """Whether it comes later in the list."""
        return (self.hot, self.post_id) < (other.hot, other.post_id)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, and how many posts that stand have it."""

    name: str
    posts: int


@dataclass(frozen=True, slots=True)
class RankedTag:
    """One place in a ranking of tags; ties are broken by the newer id."""

    id: int
    name: str
    posts: int


@dataclass(frozen=True, slots=True)
class HomePosts:
    """Part of a home feed; `is_rebuilding` while what it is usually read from is being made."""

    posts: list[Post]
    is_rebuilding: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list, and the cursor of the rest (None at the end)."""

    items: list[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class Placed:
    """One user on a leaderboard."""

    user_id: int
    reputation: int


@dataclass(frozen=True, slots=True)
class Board:
    """A whole leaderboard, the highest first, equal ones by id."""

    places: list[Placed]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class RankedUser:
    """A place on a leaderboard as it is shown; equal standings share a rank."""

    rank: int
    user: AuthorCard
    reputation: int


@dataclass(frozen=True, slots=True)
class BoardPage(Page[RankedUser]):
    """Part of a leaderboard, as of the moment it was computed."""

    as_of: datetime


@dataclass(frozen=True, slots=True)
class Neighbours:
    """One's own rank, if one has any, and who stands beside, oneself included."""

    rank: int | None
    items: list[RankedUser]
    as_of: datetime
