"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07) on what makes something."""

import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from starlette.exceptions import HTTPException

from service.feed.claims import Answered, Claim
from service.feed.once import do_once
from service.feed.ports import UnitOfWork
from service.http.answers import Answer
from service.http.deps import Feed, FeedDep, UserDep
from service.http.limits import address_of

REPLAYED = "Idempotency-Replayed"
# Visible ASCII, and no quotes inside: the draft writes it as a string, people leave the quotes out.
_ONE = r"[\x21\x23-\x5b\x5d-\x7e]{1,255}"
_KEY = re.compile(f'"({_ONE})"|({_ONE})')
KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="one for each thing to be made, the same when a request is sent again; for "
        "24 hours the same request gets the same answer",
        json_schema_extra={"pattern": f'^("{_ONE}"|{_ONE})$'},
    ),
]


@dataclass(frozen=True, slots=True)
class Made:
    """What a request has made, where that is, and the ETag with which it would be read there."""

    shown: object
    location: str
    etag: str


class Once:
    """Answers one request, and when it has a key, that request once."""

    def __init__(self, claim: Claim | None, transaction: Callable[[], UnitOfWork]) -> None:
        self._claim = claim
        self._transaction = transaction

    async def answer(self, make: Callable[[UnitOfWork], Awaitable[Made]]) -> Response:
        """Run a use case in a transaction, and answer what it made (201)."""

        async def do(uow: UnitOfWork) -> Answered:
            made = await make(uow)
            return Answered(201, bytes(Answer(made.shown).body), made.location, made.etag)

        if self._claim is None:
            return _response(await do(self._transaction()))
        answered, before = await do_once(self._claim, do, uow=self._transaction())
        return _response(answered, {REPLAYED: "true"} if before else {})


async def once_of(request: Request, feed: FeedDep, user: UserDep, _: KeyHeader = None) -> Once:
    """Whether, and under which key of the user's, to carry this request out once. Raises 400."""
    return await _once(f"user:{user.user_id}", request, feed)


OnceDep = Annotated[Once, Depends(once_of)]


async def once_at(request: Request, feed: FeedDep, _: KeyHeader = None) -> Once:
    """The same for somebody who has no account yet: keys are those of an address."""
    return await _once(f"address:{address_of(request.scope)}", request, feed)


OnceAtDep = Annotated[Once, Depends(once_at)]


async def _once(scope: str, request: Request, feed: Feed) -> Once:
    given = request.headers.getlist("idempotency-key")
    if not given:
        return Once(None, feed.transaction)
    found = _KEY.fullmatch(given[0])
    if found is None or len(given) > 1:
        raise HTTPException(400, "Idempotency-Key must be 1 to 255 visible characters of ASCII")
    asked = (request.method, request.url.path, request.url.query, "")
    content = "\n".join(asked).encode() + await request.body()
    # Keyed: it may be made of a password, which nobody who reads the table shall be able to guess.
    fingerprint = hmac.digest(feed.once_secret, content, "sha256")
    return Once(Claim(scope, found[1] or found[2], fingerprint), feed.transaction)


def _response(answered: Answered, more: dict[str, str] | None = None) -> Response:
    headers = {"Location": answered.location, **(more or {})}
    if answered.etag:  # one kept by a version that knew none is given again without
        headers["ETag"] = answered.etag
    return Answer(answered.body, status_code=answered.status, headers=headers)
