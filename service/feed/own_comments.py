"""A thread as one reader must see it who has just changed it, whatever a cache has missed.

A comment that the reader wrote, answered or voted on is shown as the database has it; a new one of
theirs is put where it belongs, one that they took back is left out.
"""

from collections.abc import Sequence

from service.feed.discussion import Comment
from service.feed.ports import OwnComments
from service.feed.threads import (
    FreshComment,
    Place,
    Placed,
    Thread,
    keys_a_level,
    on_the_way,
    own_key,
)


async def as_changed_by(
    viewer_id: int,
    placed: Sequence[Placed],
    thread: Thread,
    after: Place | None,
    limit: int,
    own_comments: OwnComments,
) -> list[Placed]:
    """A page of at most `limit`; one of so many goes on behind its last."""
    shown = [comment.id for _, comment in placed]
    fresh = await own_comments.fresh(viewer_id, thread.post_id, shown)
    if not fresh:
        return list(placed)
    newest = {one.comment.id: one for one in fresh}
    known = on_the_way(after or (), thread.sort)
    known |= {comment.id: place for place, comment in placed}
    ends = placed[-1][0] if len(placed) == limit else None
    added = []
    for one in fresh:  # by id: what they answered comes before their answer
        place = _place(one, thread, known)
        if place is None or one.comment.id in known or one.has_vanished:
            continue
        known[one.comment.id] = place
        deep = len(place) > thread.depth * keys_a_level(thread.sort)
        if not deep and (after is None or place > after) and (ends is None or place < ends):
            added.append((place, one.comment))
    kept = [
        (place, _fresh(comment, newest)) for place, comment in placed if not _gone(comment, newest)
    ]
    return sorted([*kept, *added], key=lambda item: item[0])[:limit]


async def comment_as_changed_by(
    viewer_id: int, found: tuple[Comment, int], own_comments: OwnComments
) -> tuple[Comment, int] | None:
    """One comment and its version; None when the reader has just taken it back."""
    comment, _ = found
    for one in await own_comments.fresh(viewer_id, comment.post_id, [comment.id]):
        if one.comment.id == comment.id:
            return None if one.has_vanished else (one.comment, one.version)
    return found


def _place(one: FreshComment, thread: Thread, known: dict[int, Place]) -> Place | None:
    parent = one.knot.parent_id
    # What stands neither on this page nor above its beginning cannot have its replies here.
    above: Place | None = () if parent == thread.root else known.get(parent or 0)
    return None if above is None else above + own_key(one.knot, thread.sort)


def _gone(comment: Comment, newest: dict[int, FreshComment]) -> bool:
    return comment.id in newest and newest[comment.id].has_vanished


def _fresh(comment: Comment, newest: dict[int, FreshComment]) -> Comment:
    return newest[comment.id].comment if comment.id in newest else comment
