"""Which entries a change makes outdated: one table, the same for every strategy."""

from collections.abc import Sequence
from dataclasses import dataclass

from service import keys
from service.feed.changes import (
    AccountCreated,
    AccountDeleted,
    Change,
    CommentAdded,
    CountsStep,
    FollowChanged,
    PostDeleted,
    PostEdited,
    PostPublished,
    PostVoted,
    ProfileChanged,
    ReactionChanged,
)
from service.keys import Kind


@dataclass(frozen=True, slots=True)
class Outdated:
    """One logical entry; `author_id` is the author of the post that it belongs to.

    `step` is what was added to counters: who can follow it keeps them, everybody else drops them.
    `ranked`: rankings may show this post; who keeps copies in them has to drop those, too.
    """

    kind: Kind
    entry: int | str
    author_id: int | None = None
    step: CountsStep | None = None
    ranked: bool = False


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
        case PostEdited(post_id, author_id):
            return [
                Outdated(keys.POST, post_id, author_id, ranked=True),
                Outdated(keys.AUTHOR, author_id),
                FeedsOfFollowers(author_id),
            ]
        case PostDeleted(post_id, author_id, handle):
            return [
                Outdated(keys.POST, post_id, author_id, ranked=True),
                Outdated(keys.COUNTS, post_id, author_id),
                Outdated(keys.DELETED, f"post:{post_id}"),
                Outdated(keys.AUTHOR, author_id),
                Outdated(keys.PROFILE, handle),
                Outdated(keys.REPUTATION, author_id),
                FeedsOfFollowers(author_id),
            ]
        case ReactionChanged(post_id, post_author_id, step):
            return [Outdated(keys.COUNTS, post_id, post_author_id, step)]
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
        case AccountCreated(_, handle):
            return [Outdated(keys.PROFILE, handle)]  # its absence may have been remembered
        case ProfileChanged(user_id, handle):
            # The card stands for every copy of the name, wherever a strategy keeps some.
            return [Outdated(keys.PROFILE, handle), Outdated(keys.CARD, user_id)]
        case AccountDeleted(user_id, handle):
            return [
                Outdated(keys.PROFILE, handle),
                Outdated(keys.CARD, user_id),
                Outdated(keys.DELETED, f"user:{handle}"),
            ]
