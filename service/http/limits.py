"""How often one may ask: counted before anything else is done for a request (ASGI middleware).

Under `/v1` alone: probes, metrics and the documentation stay within reach of everybody.
"""

from typing import Annotated, Protocol

from fastapi import Depends, Request
from fastapi.security.utils import get_authorization_scheme_param
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.feed.errors import FeedError, Unauthenticated
from service.http.errors import refusal
from service.http.tokens import Tokens

LIMITED = "/v1/"
READS = {"GET", "HEAD", "OPTIONS"}
SIGN_IN = ("POST", "/v1/auth/token")


class Limits(Protocol):
    """Counts; each method but the first raises TooMany, those of signing in also Busy."""

    def is_unlimited(self, address: str) -> bool:
        """Whether nothing is counted for an address."""

    def read(self, user_id: int | None, address: str) -> None:
        """Count a read."""

    async def write(self, user_id: int | None, address: str) -> None:
        """Count a write."""

    async def sign_in(self, address: str) -> None:
        """Count an attempt of an address to sign in."""

    async def account(self, handle: str, address: str) -> None:
        """Count an attempt on an account."""

    async def signed_in(self, handle: str, address: str) -> None:
        """The password was right."""


class RateLimits:
    """ASGI middleware that refuses what is too much."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429; 503 where nobody can sign in."""
        if scope["type"] == "http" and scope["path"].startswith(LIMITED):
            try:
                await _count(scope)
            except FeedError as error:
                await refusal(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class Attempts:
    """Attempts of the client of one request to sign in to an account."""

    def __init__(self, limits: Limits, address: str) -> None:
        self._limits = limits
        self._address = address

    async def on(self, handle: str) -> None:
        """Count one, before the password is looked at. Raises TooMany, Busy."""
        await self._limits.account(handle, self._address)

    async def succeeded(self, handle: str) -> None:
        """The password was right."""
        await self._limits.signed_in(handle, self._address)


async def attempts_of(request: Request) -> Attempts:
    """Those of whoever sent this request."""
    return Attempts(request.app.state.limits, address_of(request.scope))


AttemptsDep = Annotated[Attempts, Depends(attempts_of)]


def address_of(scope: Scope) -> str:
    """Where a request comes from, as the server saw it; one place for all who have none."""
    client = scope.get("client")
    return str(client[0]) if client else "nowhere"


async def _count(scope: Scope) -> None:
    limits: Limits = scope["app"].state.limits
    address = address_of(scope)
    if limits.is_unlimited(address):
        return
    if (scope["method"], scope["path"]) == SIGN_IN:
        await limits.sign_in(address)
    elif scope["method"] in READS:
        limits.read(_user_id(scope), address)
    else:
        await limits.write(_user_id(scope), address)


def _user_id(scope: Scope) -> int | None:
    """Who is signed in; None for a token that does not hold: that is an address that asks."""
    # Read as `HTTPBearer` reads it: a token that holds for the route holds here.
    scheme, token = get_authorization_scheme_param(Headers(scope=scope).get("authorization"))
    if scheme.lower() != "bearer":
        return None
    tokens: Tokens = scope["app"].state.feed.tokens
    try:
        return tokens.read(token).user_id
    except Unauthenticated:
        return None  # the route says so
