"""Comments of a post."""

from fastapi import APIRouter, Response

from service.feed import comments
from service.feed.models import Comment, Page
from service.http.answers import Answer, page_answer
from service.http.deps import CursorParam, FeedDep, Id, Limit, UserDep
from service.http.errors import PROBLEMS
from service.http.schemas import NewComment

router = APIRouter(prefix="/v1/posts/{post_id}/comments", tags=["comments"], responses=PROBLEMS)


@router.get("", response_model=Page[Comment])
async def read_comments(
    post_id: Id, feed: FeedDep, cursor: CursorParam = None, limit: Limit = 20
) -> Response:
    """Comments, newest first."""
    page = await comments.read_comments(
        post_id, cursor, limit, pages=feed.pages, cursors=feed.cursors
    )
    return page_answer(page, f"/v1/posts/{post_id}/comments?limit={limit}&")


@router.post("", status_code=201, response_model=Comment)
async def add_comment(post_id: Id, new: NewComment, feed: FeedDep, user: UserDep) -> Response:
    """Comment on a post, or with `parent_id` on one of its comments."""
    comment = await comments.add_comment(
        user.user_id, post_id, new.body, new.parent_id, uow=feed.transaction()
    )
    return Answer(comment, status_code=201)
