"""What happened, told once by the write that did it, after which caches are put right."""

from dataclasses import dataclass

from service.feed.recounts import CommentRecounted, PostRecounted, ProfileRecounted


@dataclass(frozen=True, slots=True)
class PostPublished:
    """A new post stands."""

    post_id: int
    author_id: int
    author_handle: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostEdited:
    """A post says something else now. `tags` are those that it has gained, and has lost."""

    post_id: int
    author_id: int
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostDeleted:
    """A post no longer stands."""

    post_id: int
    author_id: int
    author_handle: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CountsStep:
    """What a change added to a post's counters, and their version since."""

    version: int
    upvotes: int = 0
    downvotes: int = 0
    comments: int = 0
    reactions: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class HeatStep:
    """Something that counts for what is trending, and when it happened; below 0 it is taken back.

    What is taken back has the time at which it was added.
    """

    weight: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Warmed:
    """What a change adds to a post among those that are trending."""

    post_id: int
    steps: tuple[HeatStep, ...]


@dataclass(frozen=True, slots=True)
class CommentAdded:
    """A new comment stands under a post. `touched` are its id and that of what it answers."""

    post_id: int
    post_author_id: int
    author_id: int
    counts: CountsStep
    touched: tuple[int, ...] = ()
    warmed: Warmed | None = None


@dataclass(frozen=True, slots=True)
class CommentEdited:
    """A comment says something else now."""

    post_id: int
    comment_id: int


@dataclass(frozen=True, slots=True)
class CommentDeleted:
    """A comment was taken back. `touched` look different or are gone; the `vanished` are gone."""

    post_id: int
    post_author_id: int
    author_id: int
    counts: CountsStep
    touched: tuple[int, ...]
    vanished: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CommentVoted:
    """Somebody's vote on a comment is now another one; `author_id` wrote the comment."""

    post_id: int
    comment_id: int
    author_id: int


@dataclass(frozen=True, slots=True)
class PostVoted:
    """Somebody's vote on a post is now another one."""

    post_id: int
    post_author_id: int
    counts: CountsStep
    warmed: Warmed | None = None


@dataclass(frozen=True, slots=True)
class ReactionChanged:
    """Somebody reacts to a post, or no longer does."""

    post_id: int
    post_author_id: int
    counts: CountsStep


@dataclass(frozen=True, slots=True)
class FollowChanged:
    """One user follows another, or no longer does.

    `followers` is how many the followee has since; None when nothing was changed.
    """

    follower_id: int
    follower_handle: str
    followee_id: int
    followee_handle: str
    follows: bool = True
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class AccountCreated:
    """Somebody signed up."""

    user_id: int
    handle: str


@dataclass(frozen=True, slots=True)
class ProfileChanged:
    """A user's name or text about themselves is another one."""

    user_id: int
    handle: str


@dataclass(frozen=True, slots=True)
class AccountDeleted:
    """A user has left; what they wrote stays, under the name of all who left."""

    user_id: int
    handle: str


Change = (
    PostPublished
    | PostEdited
    | PostDeleted
    | CommentAdded
    | CommentEdited
    | CommentDeleted
    | CommentVoted
    | PostVoted
    | ReactionChanged
    | FollowChanged
    | AccountCreated
    | ProfileChanged
    | AccountDeleted
    | PostRecounted
    | CommentRecounted
    | ProfileRecounted
)
