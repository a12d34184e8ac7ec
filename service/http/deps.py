"""What a route asks for, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.feed.cursor import Cursors
from service.feed.errors import Forbidden, Unauthenticated
from service.feed.ports import Deleted, Overlays, Pages, SitePages, UnitOfWork
from service.http.tokens import Identity, Tokens


@dataclass(frozen=True, slots=True)
class Feed:
    """Everything the routes work with, built in `app.py`."""

    pages: Pages
    deleted: Deleted
    site: SitePages
    overlays: Overlays
    cursors: Cursors
    tokens: Tokens
    transaction: Callable[[], UnitOfWork]


_bearer = HTTPBearer(auto_error=False, description="from `corral token --user HANDLE`")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def feed_of(request: Request) -> Feed:
    """What `app.py` built."""
    feed = request.app.state.feed
    assert isinstance(feed, Feed)
    return feed


FeedDep = Annotated[Feed, Depends(feed_of)]


async def viewer_of(feed: FeedDep, bearer: Bearer) -> Identity | None:
    """Who reads; None for somebody not signed in. A bad token is refused, not ignored."""
    return feed.tokens.read(bearer.credentials) if bearer else None


ViewerDep = Annotated[Identity | None, Depends(viewer_of)]


async def user_of(viewer: ViewerDep) -> Identity:
    """Who is signed in. Raises Unauthenticated."""
    if viewer is None:
        raise Unauthenticated("sign in: this needs a bearer token")
    return viewer


UserDep = Annotated[Identity, Depends(user_of)]


async def admin_of(user: UserDep) -> Identity:
    """An administrator who is signed in. Raises Forbidden."""
    if not user.is_admin:
        raise Forbidden("this needs an administrator's token")
    return user


AdminDep = Annotated[Identity, Depends(admin_of)]

Id = Annotated[int, Path(ge=1, lt=2**53)]
Handle = Annotated[str, Path(pattern="^[a-z0-9_]{1,30}$")]
Limit = Annotated[int, Query(ge=1, le=100)]
CursorParam = Annotated[str | None, Query(description="`next` of the page before")]
