"""Which entries a change makes outdated: one table, the same for every strategy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

from service import keys
from service.feed.boards import Period
from service.feed.changes import (
    AccountCreated,
    AccountDeleted,
    Change,
    CommentAdded,
    CommentDeleted,
    CommentEdited,
    CommentVoted,
    CountsStep,
    FollowChanged,
    PostDeleted,
    PostEdited,
    PostPublished,
    PostVoted,
    ProfileChanged,
    ReactionChanged,
    Warmed,
)
from service.feed.models import Window
from service.feed.recounts import CommentRecounted, PostRecounted, ProfileRecounted
from service.keys import ALL_POSTS, Kind


@dataclass(frozen=True, slots=True)
class Outdated:
    """One logical entry; `author_id` is the author of the post that it belongs to.

    `step` is what was added to counters: who can follow it keeps them, everybody else drops them.
    `warmed` is the same for what is trending, and may be followed once.
    `ranked`: rankings may show this post; who keeps copies in them has to drop those, too.
    `post_id` is the post that a comment stands under.
    `by_time`: the order in it moves all the time, so it is made anew when its life is over; who
    gives it no life drops it (decision 0016).
    """

    kind: Kind
    entry: int | str
    author_id: int | None = None
    step: CountsStep | None = None
    ranked: bool = False
    warmed: Warmed | None = None
    post_id: int | None = None
    by_time: bool = False


@dataclass(frozen=True, slots=True)
class FeedsOfFollowers:
    """The home feed of everybody who follows this author."""

    author_id: int


def outdated_by(  # noqa: PLR0911, PLR0912 - a table has a row for each change
    change: Change,
) -> Sequence[Outdated | FeedsOfFollowers]:
    """The table."""
    match change:
        case PostPublished(post_id, author_id, handle, tags):
            return [
                Outdated(keys.NEW, ALL_POSTS),
                *_lists_of(tags),
                *_moved(tags),
                Outdated(keys.POST, post_id, author_id),  # its absence may have been remembered
                Outdated(keys.COMMENTS, post_id, author_id),
                Outdated(keys.AUTHOR, author_id),
                Outdated(keys.PROFILE, handle),
                Outdated(keys.REPUTATION, author_id),
                FeedsOfFollowers(author_id),
            ]
        case PostEdited(post_id, author_id, tags):
            return [
                *_lists_of(tags),
                *_ranked(tags),
                *(_tag_rankings() if tags else ()),
                Outdated(keys.POST, post_id, author_id, ranked=True),
                Outdated(keys.AUTHOR, author_id),
                FeedsOfFollowers(author_id),
            ]
        case PostDeleted(post_id, author_id, handle, tags):
            return [
                *_lists_of(tags),
                *_moved(tags),
                Outdated(keys.POST, post_id, author_id, ranked=True),
                Outdated(keys.COUNTS, post_id, author_id),
                Outdated(keys.COMMENTS, post_id, author_id),
                Outdated(keys.DELETED, f"post:{post_id}"),
                Outdated(keys.AUTHOR, author_id),
                Outdated(keys.PROFILE, handle),
                Outdated(keys.REPUTATION, author_id),
                FeedsOfFollowers(author_id),
            ]
        case ReactionChanged(post_id, post_author_id, step):
            return [Outdated(keys.COUNTS, post_id, post_author_id, step)]
        case CommentAdded(post_id, post_author_id, author_id, step, touched, warmed):
            return [
                _warmed(warmed),
                *_comments(post_id, touched),
                Outdated(keys.COMMENTS, post_id, post_author_id),
                Outdated(keys.COUNTS, post_id, post_author_id, step),
                Outdated(keys.REPUTATION, author_id),
            ]
        case CommentDeleted(post_id, post_author_id, author_id, step, touched, vanished):
            return [
                _warmed(None),  # its author may have another comment there, which counts from now
                *_comments(post_id, touched),
                *(Outdated(keys.DELETED, f"comment:{one}") for one in vanished),
                Outdated(keys.COMMENTS, post_id, post_author_id),
                Outdated(keys.COUNTS, post_id, post_author_id, step),
                Outdated(keys.REPUTATION, author_id),
            ]
        case CommentEdited(post_id, comment_id):
            return _comments(post_id, [comment_id])
        case CommentVoted(post_id, comment_id, author_id):
            return [*_comments(post_id, [comment_id]), Outdated(keys.REPUTATION, author_id)]
        case PostVoted(post_id, post_author_id, step, warmed):
            return [
                _warmed(warmed),
                Outdated(keys.COUNTS, post_id, post_author_id, step),
                Outdated(keys.REPUTATION, post_author_id),
            ]
        case FollowChanged(follower_id, follower_handle, followee_id, followee_handle):
            return [
                Outdated(keys.FOLLOWING, follower_id),
                Outdated(keys.FOLLOWERS, followee_id),
                Outdated(keys.FEED, follower_id),
                Outdated(keys.PROFILE, follower_handle),
                Outdated(keys.PROFILE, followee_handle),
            ]
        case PostRecounted(post_id, author_id):
            return [Outdated(keys.COUNTS, post_id, author_id)]
        case CommentRecounted(post_id, comment_id):
            return [*_comments(post_id, [comment_id]), Outdated(keys.COMMENTS, post_id)]
        case ProfileRecounted(user_id, handle, _, followers):
            # With another number of followers others may push or pull what they write.
            feeds = [] if followers is None else [FeedsOfFollowers(user_id)]
            return [Outdated(keys.PROFILE, handle), *feeds]
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
                *_boards(),
            ]


def told_again(entry: Outdated | FeedsOfFollowers) -> Outdated | FeedsOfFollowers:
    """The same from who cannot tell whether it was told before: no step that counts once."""
    return replace(entry, warmed=None) if isinstance(entry, Outdated) else entry


def _warmed(warmed: Warmed | None) -> Outdated:
    return Outdated(keys.RANKING, "posts", warmed=warmed)


def _lists_of(tags: Sequence[str]) -> list[Outdated]:
    """The newest of tags, and their numbers. Of the newest of all, what is gone is left out."""
    return [Outdated(kind, tag) for tag in tags for kind in (keys.NEW, keys.TAG)]


def _ranked(tags: Sequence[str]) -> list[Outdated]:
    """The hottest and the best of tags."""
    return [
        *(Outdated(keys.HOT, tag) for tag in tags),
        *(Outdated(keys.TAG_TOP, f"{window}:{tag}") for tag in tags for window in get_args(Window)),
    ]


def _moved(tags: Sequence[str]) -> list[Outdated]:
    """Whatever ranks posts, tags or authors, as a post with these tags comes or goes."""
    ranked = [Outdated(keys.HOT, ALL_POSTS), *_ranked(tags)]
    by_time = [replace(each, by_time=True) for each in ranked]
    return [*by_time, *_tag_rankings(), *_boards()]


def _tag_rankings() -> list[Outdated]:
    """Which tags come first; how many posts each has is an entry of its own."""
    return [Outdated(keys.TAGS, ranking, by_time=True) for ranking in ("used", "trending")]


def _boards() -> list[Outdated]:
    """All leaderboards; whoever has left is left out of a page, whatever they say."""
    return [Outdated(keys.BOARD, period, by_time=True) for period in get_args(Period)]


def _comments(post_id: int, ids: Sequence[int]) -> list[Outdated | FeedsOfFollowers]:
    return [Outdated(keys.COMMENT, comment_id, post_id=post_id) for comment_id in ids]
