"""Posts: one, a new one, a vote."""

from fastapi import APIRouter, Response

from service.feed import posts, votes
from service.feed.models import Counts, Post, SeenPost
from service.feed.ports import Pages
from service.http.answers import Answer
from service.http.conditional import Asked
from service.http.deps import FeedDep, Id, UserDep, ViewerDep
from service.http.errors import PROBLEMS
from service.http.schemas import NewPost, NewVote

router = APIRouter(prefix="/v1/posts", tags=["posts"], responses=PROBLEMS)


@router.get("/{post_id}", response_model=SeenPost | Post)
async def read_post(post_id: Id, feed: FeedDep, viewer: ViewerDep, asked: Asked) -> Response:
    """One post."""
    viewer_id = viewer.user_id if viewer else None

    async def read(pages: Pages) -> Post:
        return await posts.read_post(
            post_id, viewer_id, pages=pages, overlays=feed.overlays, deleted=feed.deleted
        )

    return await asked.read(feed.pages, read)


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
