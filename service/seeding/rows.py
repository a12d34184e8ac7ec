"""Rows on their way into the database, and the ids they get."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from service.feed.ids import ID_EPOCH_MS, ID_SEQUENCE_BITS

SEQUENCE = 1 << ID_SEQUENCE_BITS

Row = tuple[Any, ...]
Batch = dict[str, list[Row]]

# In an order in which every row finds what it refers to.
COLUMNS: dict[str, tuple[str, ...]] = {
    "pages": ("slug", "title", "body", "updated_at"),
    "tags": ("id", "name", "created_at"),
    "users": (
        *("id", "handle", "display_name", "bio", "password_hash"),
        *("post_count", "follower_count", "following_count", "created_at"),
    ),
    "follows": ("follower_id", "followee_id", "created_at"),
    "posts": (
        *("id", "author_id", "title", "body", "upvotes", "downvotes"),
        *("comment_count", "views", "reaction_counts", "created_at"),
    ),
    "post_tags": ("post_id", "tag_id"),
    "comments": (
        *("id", "post_id", "parent_id", "author_id", "body"),
        *("upvotes", "downvotes", "reply_count", "accepted", "created_at"),
    ),
    "post_votes": ("post_id", "user_id", "value", "created_at"),
    "comment_votes": ("comment_id", "user_id", "value", "created_at"),
    "reactions": ("post_id", "user_id", "kind", "created_at"),
}


@dataclass
class Dataset:
    """What will be loaded, in pieces small enough to hold in memory.

    `expected_rows` is for the progress bar. `notes` (what, how many) is printed with the
    statistics and may still grow while the batches are taken.
    """

    batches: Iterator[Batch]
    expected_rows: int
    notes: list[tuple[str, str]] = field(default_factory=list)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def to_moment(ms: int) -> datetime:
    """The opposite of `to_ms`."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def moment_of(row_id: int) -> datetime:
    """The time that an id carries."""
    return to_moment((row_id >> ID_SEQUENCE_BITS) + ID_EPOCH_MS)


class Ids:
    """Makes ids as `corral_id()` would have made them at that time; each is unique.

    Who makes ids piece by piece, without remembering those of earlier pieces, gives each piece a
    `lane` of its own: a share of the 4,096 sequence numbers of every millisecond.
    """

    def __init__(self, lane: int = 0, lanes: int = 1) -> None:
        self._width = SEQUENCE // lanes
        self._first = lane * self._width
        self._used: dict[int, int] = {}

    def at(self, ms: int) -> int:
        """An id for that millisecond, or for the next one with room."""
        while self._used.get(ms, 0) == self._width:
            ms += 1
        used = self._used.get(ms, 0)
        self._used[ms] = used + 1
        return ((ms - ID_EPOCH_MS) << ID_SEQUENCE_BITS) | (self._first + used)


def in_pieces(table: str, rows: Iterable[Row], size: int = 20_000) -> Iterator[Batch]:
    """Batches of one table's rows, `size` at a time."""
    piece: list[Row] = []
    for row in rows:
        piece.append(row)
        if len(piece) == size:
            yield {table: piece}
            piece = []
    if piece:
        yield {table: piece}
