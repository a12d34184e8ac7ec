"""One page of a list: what every paged read has in common."""

from collections.abc import Sequence
from typing import TypeVar

from service.feed.cursor import Cursors
from service.feed.models import Comment, Page, Post, SeenPost, Viewer
from service.feed.ports import Overlays

Item = TypeVar("Item", Post, Comment)


def by_id(items: Sequence[Item], limit: int, listing: str, cursors: Cursors) -> Page[Item]:
    """Cut `limit` + 1 items to a page whose cursor is the last id shown."""
    shown = list(items[:limit])
    more = len(items) > limit
    return Page(shown, cursors.encode(listing, shown[-1].id) if more else None)


def before_id(listing: str, cursor: str | None, cursors: Cursors) -> int | None:
    """Cursor -> the id below which the list goes on. Raises BadCursor."""
    keys = cursors.decode(listing, cursor, keys=1)
    return keys[0] if keys else None


async def seen_by(
    viewer_id: int | None, posts: Sequence[Post], overlays: Overlays
) -> Sequence[Post]:
    """Lay the reader's own facts over shared posts; nobody signed in: the posts as they are."""
    if viewer_id is None or not posts:
        return posts
    facts = await overlays.viewers(viewer_id, posts)
    return [_seen(post, facts[post.id]) for post in posts]


def _seen(post: Post, viewer: Viewer) -> SeenPost:
    return SeenPost(
        id=post.id,
        author=post.author,
        title=post.title,
        body=post.body,
        tags=post.tags,
        created_at=post.created_at,
        edited_at=post.edited_at,
        version=post.version,
        counts=post.counts,
        viewer=viewer,
    )
