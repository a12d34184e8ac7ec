"""What the feed is made of. The same values are stored, passed on and shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

Window = Literal["hour", "day", "week", "all"]
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
    reactions: dict[str, int]


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
class HomePosts:
    """Part of a home feed; `is_rebuilding` while what it is usually read from is being made."""

    posts: list[Post]
    is_rebuilding: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list, and the cursor of the rest (None at the end)."""

    items: list[T]
    next: str | None
