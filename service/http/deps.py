"""What a route asks for, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, OAuth2PasswordBearer
from pydantic import AfterValidator

from service.feed.cursor import Cursors
from service.feed.errors import Forbidden, Unauthenticated
from service.feed.followers import People
from service.feed.ids import possible
from service.feed.leaderboards import Leaderboards
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
from service.feed.post_orders import Listings
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
    auto_error=False,
    description="A token, from `POST /v1/auth/token` or `corral token --user HANDLE`. To sign in "
    "with handle and password, take the form below instead.",
)
# The same header, said in a second way: so /docs can ask for handle and password by itself.
_password = OAuth2PasswordBearer(
    "/v1/auth/token",
    auto_error=False,
    description="Handle and password; `client_id` and `client_secret` stay empty.",
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


async def stands_as_admin(feed: FeedDep, user: UserDep) -> bool:
    """Whether who is signed in is an administrator now: a token says so for a while longer."""
    return user.is_admin and await feed.accounts.is_admin(user.user_id)


IsAdminDep = Annotated[bool, Depends(stands_as_admin)]


async def admin_of(user: UserDep, is_admin: IsAdminDep) -> Identity:
    """An administrator who is signed in, or an operator. Raises Forbidden."""
    if not (is_admin or user.is_operator):
        raise Forbidden("this needs an administrator")
    return user


AdminDep = Annotated[Identity, Depends(admin_of)]

Id = Annotated[int, Path(ge=1, lt=2**53), AfterValidator(possible)]
Handle = Annotated[str, Path(pattern=HANDLE)]
Limit = Annotated[int, Query(ge=1, le=100)]
CursorParam = Annotated[str | None, Query(description="`next` of the page before")]


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of a list is asked for."""

    cursor: str | None
    limit: int

    def link(self, path: str) -> str:
        """Where the list goes on; `path` repeats what its cursors are bound to."""
        return f"{path}{'&' if '?' in path else '?'}limit={self.limit}&"


async def paging_of(cursor: CursorParam = None, limit: Limit = 20) -> Paging:
    """What was asked for. The class itself as dependency would be called in a thread."""
    return Paging(cursor, limit)


PagingDep = Annotated[Paging, Depends(paging_of)]
