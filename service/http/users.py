"""Users: profile, posts, standing, follow."""

from fastapi import APIRouter, Response

from service.feed import followers, posts, users
from service.feed.models import AuthorCard, Page, Post, Profile, Reputation, SeenPost
from service.feed.ports import Pages
from service.http.conditional import Asked
from service.http.deps import CursorParam, FeedDep, Handle, Limit, UserDep, ViewerDep
from service.http.errors import PROBLEMS

router = APIRouter(prefix="/v1/users/{handle}", tags=["users"], responses=PROBLEMS)


@router.get("", response_model=Profile)
async def read_profile(handle: Handle, feed: FeedDep, asked: Asked) -> Response:
    """A user's page."""
    return asked.show(await users.read_profile(handle, pages=feed.pages, deleted=feed.deleted))


@router.get("/posts", response_model=Page[SeenPost | Post])
async def read_user_posts(
    handle: Handle,
    feed: FeedDep,
    viewer: ViewerDep,
    asked: Asked,
    cursor: CursorParam = None,
    limit: Limit = 20,
) -> Response:
    """A user's posts, newest first."""

    async def read(pages: Pages) -> Page[Post]:
        return await posts.read_author_posts(
            handle,
            viewer.user_id if viewer else None,
            cursor,
            limit,
            pages=pages,
            overlays=feed.overlays,
            cursors=feed.cursors,
            deleted=feed.deleted,
        )

    return await asked.read(feed.pages, read, link=f"/v1/users/{handle}/posts?limit={limit}&")


@router.get("/reputation", response_model=Reputation)
async def read_reputation(handle: Handle, feed: FeedDep, asked: Asked) -> Response:
    """A user's standing."""
    return asked.show(await users.read_reputation(handle, pages=feed.pages, deleted=feed.deleted))


@router.get("/followers", response_model=Page[AuthorCard])
async def read_followers(
    handle: Handle,
    feed: FeedDep,
    asked: Asked,
    cursor: CursorParam = None,
    limit: Limit = 20,
) -> Response:
    """Who follows a user; the newest account first."""
    page = await followers.read_followers(
        handle,
        cursor,
        limit,
        people=feed.people,
        pages=feed.pages,
        deleted=feed.deleted,
        cursors=feed.cursors,
    )
    return asked.show(page, link=f"/v1/users/{handle}/followers?limit={limit}&")


@router.get("/following", response_model=Page[AuthorCard])
async def read_following(
    handle: Handle,
    feed: FeedDep,
    asked: Asked,
    cursor: CursorParam = None,
    limit: Limit = 20,
) -> Response:
    """Whom a user follows; the newest account first."""
    page = await followers.read_following(
        handle,
        cursor,
        limit,
        people=feed.people,
        pages=feed.pages,
        deleted=feed.deleted,
        cursors=feed.cursors,
    )
    return asked.show(page, link=f"/v1/users/{handle}/following?limit={limit}&")


@router.put("/follow", status_code=204)
async def follow(handle: Handle, feed: FeedDep, user: UserDep) -> None:
    """Follow; doing it again changes nothing."""
    await users.set_follow(
        user.user_id,
        user.handle,
        handle,
        follows=True,
        uow=feed.transaction(),
        deleted=feed.deleted,
    )


@router.delete("/follow", status_code=204)
async def unfollow(handle: Handle, feed: FeedDep, user: UserDep) -> None:
    """Stop following; doing it again changes nothing."""
    await users.set_follow(
        user.user_id,
        user.handle,
        handle,
        follows=False,
        uow=feed.transaction(),
        deleted=feed.deleted,
    )
