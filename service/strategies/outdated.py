"""Which entries a change makes outdated: one table, the same for every strategy."""

from collections.abc import Sequence
from dataclasses import dataclass

from service import keys
from service.feed.changes import (
    Change,
    CommentAdded,
    CountsStep,
    FollowChanged,
    PostPublished,
    PostVoted,
)
from service.keys import Kind


@dataclass(frozen=True, slots=True)
class Outdated:
    """One logical entry; `author_id` is the author of the post that it belongs to.

    `step` is what was added to counters: who can follow it keeps them, everybody else drops them.
    """

    kind: Kind
    entry: int | str
    author_id: int | None = None
    step: CountsStep | None = None


@dataclass(frozen=True, slots=True)
class FeedsOfFollowers:
    """The home feed of everybody who follows this author."""

    author_id: int


def outdated_by(change: Change) -> Sequence[Outdated | FeedsOfFollowers]:
    """The table."""
    match change:
        case PostPublished(post_id, author_id, handle):
            return [
                Outdated(keys.POST, post_id, author_id),  # its absence may have been remembered
                Outdated(keys.AUTHOR, author_id),
                Outdated(keys.PROFILE, handle),
                Outdated(keys.REPUTATION, author_id),
                FeedsOfFollowers(author_id),
            ]
        case CommentAdded(post_id, post_author_id, author_id, step):
            return [
                Outdated(keys.COMMENTS, post_id, post_author_id),
                Outdated(keys.COUNTS, post_id, post_author_id, step),
                Outdated(keys.REPUTATION, author_id),
            ]
        case PostVoted(post_id, post_author_id, step):
            return [
                Outdated(keys.COUNTS, post_id, post_author_id, step),
                Outdated(keys.REPUTATION, post_author_id),
            ]
        case FollowChanged(follower_id, follower_handle, _, followee_handle):
            return [
                Outdated(keys.FEED, follower_id),
                Outdated(keys.PROFILE, follower_handle),
                Outdated(keys.PROFILE, followee_handle),
            ]
