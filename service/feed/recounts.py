"""Counters that were put right: changes of nothing but what is cached of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PostRecounted:
    """The counters of a post were wrong, and are put right."""

    post_id: int
    author_id: int


@dataclass(frozen=True, slots=True)
class CommentRecounted:
    """The same of a comment."""

    post_id: int
    comment_id: int


@dataclass(frozen=True, slots=True)
class ProfileRecounted:
    """The same of a user.

    `followers` is how many they have since, and `former_followers` what was said before; None
    where that was right.
    """

    user_id: int
    handle: str
    former_followers: int | None = None
    followers: int | None = None
