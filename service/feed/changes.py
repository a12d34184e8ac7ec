"""What happened, told once by the write that did it, after which caches are put right."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PostPublished:
    """A new post stands."""

    post_id: int
    author_id: int
    author_handle: str


@dataclass(frozen=True, slots=True)
class CountsStep:
    """What a change added to a post's counters, and their version since."""

    version: int
    upvotes: int = 0
    downvotes: int = 0
    comments: int = 0


@dataclass(frozen=True, slots=True)
class CommentAdded:
    """A new comment stands under a post."""

    post_id: int
    post_author_id: int
    author_id: int
    counts: CountsStep


@dataclass(frozen=True, slots=True)
class PostVoted:
    """Somebody's vote on a post is now another one."""

    post_id: int
    post_author_id: int
    counts: CountsStep


@dataclass(frozen=True, slots=True)
class FollowChanged:
    """One user follows another, or no longer does."""

    follower_id: int
    follower_handle: str
    followee_id: int
    followee_handle: str


Change = PostPublished | CommentAdded | PostVoted | FollowChanged
