"""Comments: those of a post, those below one, a new one, an edit, a vote."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from service.feed import comments
from service.feed.discussion import Comment, CommentCounts
from service.feed.models import Page
from service.feed.ports import UnitOfWork
from service.feed.threads import DEEPEST, CommentSort, Thread
from service.http.answers import Answer
from service.http.conditional import Asked, IfMatch, entity_tag
from service.http.deps import (
    Feed,
    FeedDep,
    Id,
    IsAdminDep,
    Paging,
    PagingDep,
    UserDep,
    ViewerDep,
)
from service.http.errors import PROBLEMS
from service.http.once import Made, OnceDep
from service.http.schemas import CommentEdit, NewComment, NewVote
from service.http.tokens import Identity

router = APIRouter(prefix="/v1", tags=["comments"], responses=PROBLEMS)


@dataclass(frozen=True, slots=True)
class Part(Paging):
    """Which part of a thread is asked for, and in which order."""

    sort: CommentSort
    depth: int

    def url(self, path: str) -> str:
        """Where it goes on."""
        return self.link(f"{path}?sort={self.sort}&depth={self.depth}")


async def part_of(
    paging: PagingDep,
    sort: Annotated[
        CommentSort, Query(description="of siblings; `best` by Wilson's lower bound")
    ] = "new",
    depth: Annotated[int, Query(ge=1, le=DEEPEST, description="levels that are shown")] = DEEPEST,
) -> Part:
    """What was asked for."""
    return Part(paging.cursor, paging.limit, sort, depth)


PartDep = Annotated[Part, Depends(part_of)]


@router.get("/posts/{post_id}/comments", response_model=Page[Comment])
async def read_comments(
    post_id: Id, part: PartDep, feed: FeedDep, viewer: ViewerDep, asked: Asked
) -> Response:
    """The comments of a post, as one reads down a thread: a comment, what answers it, the next.

    `depth` is how many levels are shown; `replies` says how many answers a comment has, and its
    own address with `/replies` where they are. While others write, `new` (siblings newest first)
    loses nothing and repeats nothing. `best` follows votes within a minute, so a comment whose
    rank changes between two pages may be shown twice or not at all: tell them apart by `id`.
    """
    page = await _page_of(Thread(post_id, part.sort, part.depth), part, feed, viewer)
    return asked.show(page, link=part.url(f"/v1/posts/{post_id}/comments"))


@router.post("/posts/{post_id}/comments", status_code=201, response_model=Comment)
async def add_comment(post_id: Id, new: NewComment, once: OnceDep, user: UserDep) -> Response:
    """Comment on a post, or with `parent_id` on one of its comments, down to eight levels."""

    async def make(uow: UnitOfWork) -> Made:
        comment, version = await comments.add_comment(
            user.user_id, post_id, new.body, new.parent_id, uow=uow
        )
        etag = entity_tag(comment, version=version)
        return Made(comment, f"/v1/comments/{comment.id}", etag)

    return await once.answer(make)


@router.get("/comments/{comment_id}", response_model=Comment)
async def read_comment(comment_id: Id, feed: FeedDep, viewer: ViewerDep, asked: Asked) -> Response:
    """One comment. A deleted one that was answered keeps its place, without text and author."""
    comment, version = await comments.read_comment(
        comment_id,
        viewer.user_id if viewer else None,
        discussions=feed.discussions,
        own_comments=feed.own_comments,
        pages=feed.pages,
        deleted=feed.deleted,
    )
    return asked.show(comment, version=version)


@router.get("/comments/{comment_id}/replies", response_model=Page[Comment])
async def read_replies(
    comment_id: Id, part: PartDep, feed: FeedDep, viewer: ViewerDep, asked: Asked
) -> Response:
    """What stands below a comment, in the same order and with the same promises as of a post."""
    thread = await comments.thread_below(
        comment_id, part.sort, part.depth, discussions=feed.discussions, deleted=feed.deleted
    )
    page = await _page_of(thread, part, feed, viewer)
    return asked.show(page, link=part.url(f"/v1/comments/{comment_id}/replies"))


@router.patch("/comments/{comment_id}", response_model=Comment)
async def edit_comment(
    comment_id: Id, edit: CommentEdit, feed: FeedDep, user: UserDep, version: IfMatch
) -> Response:
    """Replace what one's own comment says; `If-Match` says which version was read."""
    edited, newest = await comments.edit_comment(
        user.user_id, comment_id, version, edit.body, uow=feed.transaction()
    )
    return Answer(edited, headers={"ETag": entity_tag(edited, version=newest)})


@router.delete("/comments/{comment_id}", status_code=204)
async def delete_comment(
    comment_id: Id, feed: FeedDep, user: UserDep, version: IfMatch, is_admin: IsAdminDep
) -> None:
    """Take one's own comment back, for good; an administrator anybody's.

    Without replies it is gone. With some it keeps its place, so that they keep theirs, and goes
    with the last of them.
    """
    await comments.delete_comment(
        user.user_id, comment_id, version, is_admin=is_admin, uow=feed.transaction()
    )


@router.put("/comments/{comment_id}/vote", response_model=CommentCounts)
async def vote_on_comment(comment_id: Id, new: NewVote, feed: FeedDep, user: UserDep) -> Response:
    """Vote; the value is what the vote shall be, so a repeated request is harmless."""
    return Answer(
        await comments.vote_on_comment(user.user_id, comment_id, new.value, uow=feed.transaction())
    )


@router.delete("/comments/{comment_id}/vote", response_model=CommentCounts)
async def unvote_comment(comment_id: Id, feed: FeedDep, user: UserDep) -> Response:
    """Take one's vote back; doing it again changes nothing."""
    return Answer(
        await comments.vote_on_comment(user.user_id, comment_id, 0, uow=feed.transaction())
    )


async def _page_of(
    thread: Thread, part: Part, feed: Feed, viewer: Identity | None
) -> Page[Comment]:
    return await comments.read_comments(
        thread,
        viewer.user_id if viewer else None,
        part.cursor,
        part.limit,
        discussions=feed.discussions,
        own_comments=feed.own_comments,
        cursors=feed.cursors,
        deleted=feed.deleted,
    )
