"""The comments of a post as a tree: who answers whom, and in which order they are shown.

A thread is walked from above: a comment, then its replies with all that hangs on them, then its
next sibling. Siblings are ordered by the sort, ties by id, the newer first. A `Place` is where a
comment stands in that walk, and says so without the others: the sort keys of its ancestors and its
own, all negated, so that places compare as the walk goes. Hence a cursor holds a place, and goes on
from there even when the comment itself is gone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

from service.feed.discussion import Comment
from service.feed.wilson import lower_bound

CommentSort = Literal["new", "best"]
SORTS: tuple[CommentSort, ...] = get_args(CommentSort)
Place = tuple[int, ...]
Placed = tuple[Place, Comment]

DEEPEST = 8  # levels; deeper than that nobody answers, and no list goes
KEPT = 5_000  # comments whose order is kept; further down the order is asked for anew
_STEPS = 1_000_000_000  # of a rank: Wilson's bound in whole numbers


@dataclass(frozen=True, slots=True)
class Thread:
    """What is asked for: all comments of a post, or those below `root`, so many levels deep."""

    post_id: int
    sort: CommentSort = "new"
    depth: int = DEEPEST
    root: int | None = None


@dataclass(frozen=True, slots=True)
class Knot:
    """One comment, as its place in the tree needs it."""

    id: int
    parent_id: int | None
    upvotes: int
    downvotes: int


@dataclass(frozen=True, slots=True)
class FreshComment:
    """A comment as the database has it now."""

    comment: Comment
    knot: Knot
    version: int

    @property
    def has_vanished(self) -> bool:
        """Deleted, and nothing hangs on it."""
        return self.comment.deleted and not self.comment.replies


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Ids in the order of the walk. `levels` begin at 1; `ranks` are there for `best` alone.

    `is_whole` is false where only the first `KEPT` are held.
    """

    ids: list[int]
    levels: list[int]
    ranks: list[int] = field(default_factory=list)
    is_whole: bool = True

    def kept(self) -> "Skeleton":
        """As much of it as a cache should hold."""
        if len(self.ids) <= KEPT:
            return self
        return Skeleton(self.ids[:KEPT], self.levels[:KEPT], self.ranks[:KEPT], is_whole=False)

    def own_key(self, index: int) -> Place:
        """What a comment adds to the place of its parent."""
        return (-self.ranks[index], -self.ids[index]) if self.ranks else (-self.ids[index],)


def own_key(knot: Knot, sort: CommentSort) -> Place:
    """The same for a comment that is in no skeleton yet."""
    return (-_rank(knot), -knot.id) if sort == "best" else (-knot.id,)


def keys_a_level(sort: CommentSort) -> int:
    """How many numbers of a place one level takes."""
    return 2 if sort == "best" else 1


def on_the_way(place: Place, sort: CommentSort) -> dict[int, Place]:
    """Id -> place, of a comment and of all above it."""
    keys = keys_a_level(sort)
    return {-place[end - 1]: place[:end] for end in range(keys, len(place) + 1, keys)}


def skeleton_of(knots: Iterable[Knot], sort: CommentSort) -> Skeleton:
    """Order a whole tree; knots whose parent is not among them are left out."""
    below: defaultdict[int | None, list[tuple[int, int]]] = defaultdict(list)
    for knot in knots:
        below[knot.parent_id].append((_rank(knot) if sort == "best" else 0, knot.id))
    for siblings in below.values():
        siblings.sort()  # the last is the first to be taken
    made, ranks = Skeleton([], []), []
    waiting = [(1, *sibling) for sibling in below[None]]
    while waiting:
        level, rank, comment_id = waiting.pop()
        made.ids.append(comment_id)
        made.levels.append(level)
        ranks.append(rank)
        waiting += [(level + 1, *reply) for reply in below.get(comment_id, ())]
    return made if sort == "new" else Skeleton(made.ids, made.levels, ranks)


def walk(
    skeleton: Skeleton, thread: Thread, after: Place | None, limit: int
) -> list[tuple[Place, int]] | None:
    """Up to `limit` places and ids behind `after`; None when the skeleton does not reach so far."""
    begins, top = 0, 0
    if thread.root is not None:
        if thread.root not in skeleton.ids:
            return [] if skeleton.is_whole else None
        root = skeleton.ids.index(thread.root)
        begins, top = root + 1, skeleton.levels[root]
    found: list[tuple[Place, int]] = []
    for index, place in _placed(skeleton, begins, top):
        if len(found) == limit:
            return found
        level = skeleton.levels[index] - top
        if level <= thread.depth and (after is None or place > after):
            found.append((place, skeleton.ids[index]))
    whole = skeleton.is_whole or _is_closed(skeleton, begins, top)
    return found if whole or len(found) == limit else None


def _placed(skeleton: Skeleton, begins: int, top: int) -> Iterator[tuple[int, Place]]:
    """Each comment below one of level `top`, with its place among them."""
    path: list[Place] = [()]
    for index in range(begins, len(skeleton.ids)):
        level = skeleton.levels[index] - top
        if level <= 0:
            return
        del path[level:]
        path.append(path[-1] + skeleton.own_key(index))
        yield index, path[-1]


def _is_closed(skeleton: Skeleton, begins: int, top: int) -> bool:
    """Whether what lies below a comment ends within the part that is kept."""
    return top > 0 and any(level <= top for level in skeleton.levels[begins:])


def _rank(knot: Knot) -> int:
    return _steps(knot.upvotes, knot.downvotes)


@lru_cache(maxsize=10_000)  # most comments have a handful of votes: few pairs, asked for often
def _steps(upvotes: int, downvotes: int) -> int:
    return round(lower_bound(upvotes, downvotes) * _STEPS)
