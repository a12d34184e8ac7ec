"""Sign up, sign in, stay signed in, sign out."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel, ConfigDict, Field

from service.feed import accounts, signing_in
from service.feed.identity import PASSWORD_CHARS_MOST, SignedIn
from service.feed.models import Profile
from service.feed.ports import UnitOfWork
from service.http.answers import Answer
from service.http.conditional import entity_tag
from service.http.deps import FeedDep
from service.http.errors import PROBLEMS
from service.http.limits import AttemptsDep
from service.http.once import Made, OnceAtDep
from service.http.schemas import HANDLE, NewUser, RefreshToken
from service.http.tokens import Tokens

router = APIRouter(prefix="/v1", tags=["identity"], responses=PROBLEMS)


class SignIn(BaseModel):
    """OAuth2's password form (RFC 6749, section 4.3.2); what else a client adds is not looked at.

    Sent as a form, since that is what OAuth2 clients and the button in /docs send.
    """

    model_config = ConfigDict(frozen=True)

    grant_type: str = Field("password", pattern="^password$")
    username: str = Field(pattern=HANDLE, description="the handle")
    password: str = Field(min_length=1, max_length=PASSWORD_CHARS_MOST)


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens; `expires_in` is for the access token, in seconds."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str


@router.post("/users", status_code=201, response_model=Profile)
async def sign_up(new: NewUser, feed: FeedDep, once: OnceAtDep) -> Response:
    """Make an account. What a password is stored as, nobody is told."""
    # Before any transaction: a hash waits for its turn, and would hold a connection meanwhile.
    password_hash = await feed.passwords.hash(new.password)

    async def make(uow: UnitOfWork) -> Made:
        profile = await accounts.sign_up(new.handle, password_hash, new.display_name, uow=uow)
        return Made(profile, f"/v1/users/{profile.handle}", entity_tag(profile))

    return await once.answer(make)


@router.post("/auth/token", response_model=Grant)
async def sign_in(
    given: Annotated[SignIn, Form()], feed: FeedDep, attempts: AttemptsDep
) -> Response:
    """Handle and password for an access token and a refresh token."""
    await attempts.on(given.username)
    signed_in = await signing_in.sign_in(
        given.username,
        given.password,
        accounts=feed.accounts,
        passwords=feed.passwords,
        uow=feed.transaction(),
        keeps_s=feed.refresh_ttl_s,
    )
    await attempts.succeeded(given.username)
    return _granted(signed_in, feed.tokens)


@router.post("/auth/refresh", response_model=Grant)
async def refresh(kept: RefreshToken, feed: FeedDep) -> Response:
    """The next tokens for a refresh token, once; a second time revokes all that came of it."""
    renewed = await signing_in.stay_signed_in(
        kept.refresh_token, uow=feed.transaction(), keeps_s=feed.refresh_ttl_s
    )
    return _granted(renewed, feed.tokens)


@router.post("/auth/revoke", status_code=204)
async def revoke(kept: RefreshToken, feed: FeedDep) -> None:
    """Sign out: no refresh any more. The access token holds until it runs out, shortly."""
    await signing_in.sign_out(kept.refresh_token, uow=feed.transaction())


def _granted(signed_in: SignedIn, tokens: Tokens) -> Response:
    account = signed_in.account
    access = tokens.make(account.user_id, account.handle, is_admin=account.is_admin)
    grant = Grant(access, "bearer", tokens.ttl_s, signed_in.refresh_token)
    return Answer(grant, headers={"Cache-Control": "no-store"})  # RFC 6749, section 5.1
