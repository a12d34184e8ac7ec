"""One page of posts: what the lists of them have in common."""

from collections.abc import Mapping, Sequence

from service.feed.cursor import Cursors
from service.feed.heads import PostNow
from service.feed.models import Page, Post, SeenPost
from service.feed.ports import Overlays, Pages


def by_id(posts: Sequence[Post], limit: int, listing: str, cursors: Cursors) -> Page[Post]:
    """Cut `limit` + 1 posts to a page whose cursor is the last id shown."""
    shown = list(posts[:limit])
    more = len(posts) > limit
    return Page(shown, cursors.encode(listing, shown[-1].id) if more else None)


def before_id(listing: str, cursor: str | None, cursors: Cursors) -> int | None:
    """Cursor -> the id below which the list goes on. Raises BadCursor."""
    keys = cursors.decode(listing, cursor, keys=1)
    return keys[0] if keys else None


def pages_for(viewer_id: int | None, pages: Pages) -> Pages:
    """Where to read posts for `seen_by`, which brings the counts itself for somebody signed in."""
    return pages if viewer_id is None else pages.uncounted()


async def seen_by(
    viewer_id: int | None, posts: Sequence[Post], overlays: Overlays
) -> Sequence[Post]:
    """Lay the reader's own facts over shared posts; nobody signed in: the posts as they are.

    Whoever writes sees it at once, whatever a cache has missed: counts are the database's, a text
    of the reader's own that is older than theirs is loaded anew, and what is gone is left out.
    """
    if viewer_id is None or not posts:
        return posts
    now = await overlays.now(viewer_id, [post.id for post in posts])
    outdated = [post.id for post in posts if post.id in now and _is_outdated(post, viewer_id, now)]
    newest = await overlays.newest(outdated) if outdated else {}
    return [seen_as(newest.get(post.id, post), now[post.id]) for post in posts if post.id in now]


async def page_seen_by(viewer_id: int | None, page: Page[Post], overlays: Overlays) -> Page[Post]:
    """The same for a page that has been cut: what is left out moves no cursor."""
    return Page(list(await seen_by(viewer_id, page.items, overlays)), page.next)


def _is_outdated(post: Post, viewer_id: int, now: Mapping[int, PostNow]) -> bool:
    return post.author.id == viewer_id and post.version < now[post.id].version


def seen_as(post: Post, now: PostNow) -> SeenPost:
    """A post with what the database says of it now, and its reader's own facts."""
    return SeenPost(
        id=post.id,
        author=post.author,
        title=post.title,
        body=post.body,
        tags=post.tags,
        created_at=post.created_at,
        edited_at=post.edited_at,
        version=post.version,
        counts=now.counts,
        viewer=now.viewer,
    )
