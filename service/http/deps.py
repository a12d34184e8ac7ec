"""What a route asks for, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, OAuth2PasswordBearer

from service.feed.cursor import Cursors
from service.feed.errors import Forbidden, Unauthenticated
from service.feed.followers import People
from service.feed.leaderboards import Leaderboards
from service.feed.listings import Listings
from service.feed.ports import (
    Accounts,
    Deleted,
    Discussions,
    Overlays,
    OwnComments,
    Pages,
    SitePages,
    UnitOfWork,
)
from service.feed.signing_in import Passwords
from service.feed.tags import Tags
from service.feed.views import Views
from service.http.schemas import HANDLE
from service.http.tokens import Identity, Tokens


@dataclass(frozen=True, slots=True)
class Feed:
    """Everything the routes work with, built in `app.py`."""

    pages: Pages
    discussions: Discussions
    own_comments: OwnComments
    deleted: Deleted
    site: SitePages
    views: Views
    listings: Listings
    tags: Tags
    people: People
    leaderboards: Leaderboards
    overlays: Overlays
    cursors: Cursors
    tokens: Tokens
    accounts: Accounts
    passwords: Passwords
    refresh_ttl_s: int
    transaction: Callable[[], UnitOfWork]
    once_secret: bytes


_bearer = HTTPBearer(
    auto_error=False, description="from `POST /v1/auth/token`, or `corral token --user HANDLE`"
)
# The same header, said in a second way: so /docs can ask for handle and password by itself.
_password = OAuth2PasswordBearer(
    "/v1/auth/token",
    auto_error=False,
    scopes={"admin": "what an administrator may; theirs without being asked for"},
)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def feed_of(request: Request) -> Feed:
    """What `app.py` built."""
    feed = request.app.state.feed
    assert isinstance(feed, Feed)
    return feed


FeedDep = Annotated[Feed, Depends(feed_of)]


async def viewer_of(
    feed: FeedDep, bearer: Bearer, _: Annotated[str | None, Depends(_password)]
) -> Identity | None:
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
Handle = Annotated[str, Path(pattern=HANDLE)]
Limit = Annotated[int, Query(ge=1, le=100)]
CursorParam = Annotated[str | None, Query(description="`next` of the page before")]
