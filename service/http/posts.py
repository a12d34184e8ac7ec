"""Posts: one, the best of a window, a new one, a vote."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from service.feed import posts, votes
from service.feed.models import Counts, Page, Post, SeenPost, Window
from service.http.answers import Answer, page_answer
from service.http.deps import CursorParam, FeedDep, Id, Limit, UserDep, ViewerDep
from service.http.errors import PROBLEMS
from service.http.schemas import NewPost, NewVote

router = APIRouter(prefix="/v1/posts", tags=["posts"], responses=PROBLEMS)


@router.get("/{post_id}", response_model=SeenPost | Post)
async def read_post(post_id: Id, feed: FeedDep, viewer: ViewerDep) -> Response:
    """One post."""
    viewer_id = viewer.user_id if viewer else None
    return Answer(
        await posts.read_post(post_id, viewer_id, pages=feed.pages, overlays=feed.overlays)
    )


@router.get("", response_model=Page[SeenPost | Post])
async def list_posts(
    feed: FeedDep,
    viewer: ViewerDep,
    sort: Annotated[Literal["top"], Query()] = "top",
    window: Annotated[Window, Query()] = "day",
    cursor: CursorParam = None,
    limit: Limit = 20,
) -> Response:
    """The best of a window, by the votes and comments that fell in it."""
    page = await posts.read_top(
        window,
        viewer.user_id if viewer else None,
        cursor,
        limit,
        pages=feed.pages,
        overlays=feed.overlays,
        cursors=feed.cursors,
    )
    return page_answer(page, f"/v1/posts?sort={sort}&window={window}&limit={limit}&")


@router.post("", status_code=201, response_model=Post)
async def publish_post(new: NewPost, feed: FeedDep, user: UserDep) -> Response:
    """Write a post."""
    post = await posts.publish_post(
        user.user_id, new.title, new.body, new.tags, uow=feed.transaction()
    )
    return Answer(post, status_code=201, headers={"Location": f"/v1/posts/{post.id}"})


@router.put("/{post_id}/vote", response_model=Counts)
async def vote(post_id: Id, new: NewVote, feed: FeedDep, user: UserDep) -> Response:
    """Vote; the value is what the vote shall be, so a repeated request is harmless."""
    return Answer(
        await votes.vote_on_post(user.user_id, post_id, new.value, uow=feed.transaction())
    )
