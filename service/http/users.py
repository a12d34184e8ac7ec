"""Users: profile, posts, standing, follow."""

from fastapi import APIRouter, Depends, Response

from service.feed import followers, posts, users
from service.feed.models import AuthorCard, Page, Post, Profile, Reputation, SeenPost
from service.feed.ports import Pages
from service.http.conditional import Asked, Reading
from service.http.deps import (
    Feed,
    FeedDep,
    Handle,
    Paging,
    PagingDep,
    UserDep,
    ViewerDep,
    viewer_of,
)
from service.http.errors import PROBLEMS
from service.http.tokens import Identity

router = APIRouter(
    prefix="/v1/users/{handle}",
    tags=["users"],
    responses=PROBLEMS,
    # A bad token is refused here, too, where nobody needs one.
    dependencies=[Depends(viewer_of)],
)


@router.get("", response_model=Profile)
async def read_profile(handle: Handle, feed: FeedDep, asked: Asked) -> Response:
    """A user's page."""
    return asked.show(await users.read_profile(handle, pages=feed.pages, deleted=feed.deleted))


@router.get("/posts", response_model=Page[SeenPost | Post])
async def read_user_posts(
    handle: Handle, paging: PagingDep, feed: FeedDep, viewer: ViewerDep, asked: Asked
) -> Response:
    """A user's posts, newest first."""

    async def read(pages: Pages) -> Page[Post]:
        return await posts.read_author_posts(
            handle,
            viewer.user_id if viewer else None,
            paging.cursor,
            paging.limit,
            pages=pages,
            overlays=feed.overlays,
            cursors=feed.cursors,
            deleted=feed.deleted,
        )

    return await asked.read(feed.pages, read, link=paging.link(f"/v1/users/{handle}/posts"))


@router.get("/reputation", response_model=Reputation)
async def read_reputation(handle: Handle, feed: FeedDep, asked: Asked) -> Response:
    """A user's standing."""
    return asked.show(await users.read_reputation(handle, pages=feed.pages, deleted=feed.deleted))


@router.get("/followers", response_model=Page[AuthorCard])
async def read_followers(
    handle: Handle, paging: PagingDep, feed: FeedDep, asked: Asked
) -> Response:
    """Who follows a user; the newest account first."""
    return await _read_people(handle, "followers", paging, feed, asked)


@router.get("/following", response_model=Page[AuthorCard])
async def read_following(
    handle: Handle, paging: PagingDep, feed: FeedDep, asked: Asked
) -> Response:
    """Whom a user follows; the newest account first."""
    return await _read_people(handle, "following", paging, feed, asked)


@router.put("/follow", status_code=204)
async def follow(handle: Handle, feed: FeedDep, user: UserDep) -> None:
    """Follow; doing it again changes nothing."""
    await _set_follow(user, handle, feed, follows=True)


@router.delete("/follow", status_code=204)
async def unfollow(handle: Handle, feed: FeedDep, user: UserDep) -> None:
    """Stop following; doing it again changes nothing."""
    await _set_follow(user, handle, feed, follows=False)


async def _read_people(
    handle: str, side: followers.Side, paging: Paging, feed: Feed, asked: Reading
) -> Response:
    page = await followers.read_people(
        handle,
        side,
        paging.cursor,
        paging.limit,
        people=feed.people,
        pages=feed.pages,
        deleted=feed.deleted,
        cursors=feed.cursors,
    )
    return asked.show(page, link=paging.link(f"/v1/users/{handle}/{side}"))


async def _set_follow(user: Identity, handle: str, feed: Feed, *, follows: bool) -> None:
    await users.set_follow(
        user.user_id,
        user.handle,
        handle,
        follows=follows,
        uow=feed.transaction(),
        deleted=feed.deleted,
    )
