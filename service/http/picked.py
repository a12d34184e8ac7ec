"""`GET /v1/posts?ids=`: posts that a client names itself; the route calls this when it is sent."""

from typing import Annotated

from fastapi import Query, Response

from service.feed import posts
from service.feed.ids import may_exist
from service.feed.models import Page, Post
from service.feed.ports import Pages
from service.http.conditional import Reading
from service.http.deps import Feed

MOST = 50
_ID = "[1-9][0-9]{0,15}"  # of 53 bits at most: an id beyond them is one that nobody has

Ids = Annotated[
    str | None,
    Query(
        pattern=rf"^{_ID}(,{_ID}){{0,{MOST - 1}}}$",
        max_length=MOST * 17,
        description=f"up to {MOST} ids with commas between them; whatever else is asked is ignored",
        examples=["1,2,3"],
    ),
]


async def read_picked(ids: str, viewer_id: int | None, feed: Feed, asked: Reading) -> Response:
    """Those that stand, once each, in the order of the ids; a list without a cursor."""
    wanted = [post_id for post_id in map(int, ids.split(",")) if may_exist(post_id)]

    async def read(pages: Pages) -> Page[Post]:
        return await posts.read_posts(wanted, viewer_id, pages=pages, overlays=feed.overlays)

    return await asked.read(feed.pages, read)
