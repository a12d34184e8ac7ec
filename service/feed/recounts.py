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
    """The same of a user."""

    user_id: int
    handle: str
