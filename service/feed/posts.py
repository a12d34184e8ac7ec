"""Read one post, write one, list an author's."""

from collections.abc import Sequence

from service.feed.absent import missing
from service.feed.cursor import Cursors
from service.feed.heads import PostNow
from service.feed.lists import before_id, by_id, page_seen_by, pages_for, seen_as, seen_by
from service.feed.models import Page, Post, SeenPost, Viewer
from service.feed.ports import Deleted, Overlays, Pages, UnitOfWork
from service.feed.users import read_profile


async def read_post(
    post_id: int, viewer_id: int | None, *, pages: Pages, overlays: Overlays, deleted: Deleted
) -> Post:
    """One post, with the reader's own facts. Raises NotFound, Gone."""
    post = await pages_for(viewer_id, pages).post(post_id)
    seen = await seen_by(viewer_id, [post], overlays) if post else ()
    if not seen:
        raise await missing("post", post_id, deleted=deleted)
    return seen[0]


async def read_posts(
    post_ids: Sequence[int], viewer_id: int | None, *, pages: Pages, overlays: Overlays
) -> Page[Post]:
    """Those of the named posts that stand, once each, in the order in which they were named."""
    found = await pages_for(viewer_id, pages).posts(list(dict.fromkeys(post_ids)), "url")
    posts = [found[post_id] for post_id in dict.fromkeys(post_ids) if post_id in found]
    return Page(list(await seen_by(viewer_id, posts, overlays)), None)


async def publish_post(
    author_id: int, title: str, body: str, tags: Sequence[str], *, uow: UnitOfWork
) -> SeenPost:
    """Write a post. What is answered is what its author would read."""
    async with uow as writes:
        post, change = await writes.add_post(author_id, title, body, tags)
        writes.record(change)
    # Nobody follows oneself, and on what was not there nobody has voted.
    new = PostNow(post.version, post.counts, Viewer(vote=0, follows_author=False))
    return seen_as(post, new)


async def read_author_posts(
    handle: str,
    viewer_id: int | None,
    cursor: str | None,
    limit: int,
    *,
    pages: Pages,
    overlays: Overlays,
    cursors: Cursors,
    deleted: Deleted,
) -> Page[Post]:
    """An author's posts, newest first. Raises NotFound, Gone, BadCursor."""
    listing = f"users/{handle}/posts"
    before = before_id(listing, cursor, cursors)
    profile = await read_profile(handle, pages=pages, deleted=deleted)
    shared = pages_for(viewer_id, pages)
    posts = await shared.author_posts(profile.id, before, limit + 1)
    return await page_seen_by(viewer_id, by_id(posts, limit, listing, cursors), overlays)
