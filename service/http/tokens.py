"""Bearer tokens: short-lived JWTs with one algorithm and every claim required (RFC 8725, 9068)."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.utils import base64url_decode

from service.feed.errors import Unauthenticated

ALGORITHM = "HS256"
HEADER = {"typ": "at+jwt", "kid": "1"}  # another key is another number; a token names no other
AUDIENCE = "corral"
ISSUER = "corral"
REQUIRED = ["exp", "iat", "nbf", "sub", "aud", "iss", "handle", "admin", "operator"]
ACCESS_TTL_S = 15 * 60
SKEW_S = 5  # the clocks of two machines are never quite the same
VERIFIED_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in: an administrator when the token was made, perhaps no longer.

    An operator has the secret that signs: `corral token --admin` made the token, no sign-in does.
    """

    user_id: int
    handle: str
    is_admin: bool
    is_operator: bool = False


class Tokens:
    """Makes and checks access tokens under one secret; one holds for `ttl_s` seconds."""

    def __init__(
        self, secret: bytes, *, ttl_s: int = ACCESS_TTL_S, clock: Callable[[], float] = time.time
    ) -> None:
        self.ttl_s = ttl_s
        self._secret = secret
        self._clock = clock
        self._verified: dict[str, tuple[Identity, float]] = {}

    def make(
        self,
        user_id: int,
        handle: str,
        *,
        is_admin: bool = False,
        is_operator: bool = False,
        ttl_s: int | None = None,
    ) -> str:
        """A token, for `ttl_s` seconds if not for as long as any."""
        now_s = int(self._clock())
        claims = {
            "sub": str(user_id),
            "handle": handle,
            "admin": is_admin,
            "operator": is_operator,
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": now_s,
            "nbf": now_s,
            "exp": now_s + (self.ttl_s if ttl_s is None else ttl_s),
        }
        return jwt.encode(claims, self._secret, ALGORITHM, headers=HEADER)

    def read(self, token: str) -> Identity:
        """Whose token this is. Raises Unauthenticated."""
        known = self._verified.get(token)
        # A signature once checked stays right; only its time runs out.
        if known is not None and known[1] > self._clock():
            return known[0]
        try:
            identity, expires_s = self._verify(token)
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
            # One answer for all: which check failed is nobody's business.
            raise Unauthenticated("the token is not valid, or no longer") from None
        if len(self._verified) >= VERIFIED_KEPT:
            self._verified.clear()
        self._verified[token] = identity, expires_s
        return identity

    def _verify(self, token: str) -> tuple[Identity, float]:
        jwt.decode(
            token,
            self._secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={
                "require": REQUIRED,
                # PyJWT has a clock of its own, so times are checked below.
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        header, claims = (_object(part) for part in token.split(".")[:2])
        if any(header[name] != value for name, value in HEADER.items()):
            raise jwt.InvalidTokenError
        issued_s, from_s, expires_s = (_whole(claims[name]) for name in ("iat", "nbf", "exp"))
        if not max(issued_s, from_s) - SKEW_S <= self._clock() < expires_s:
            raise jwt.ExpiredSignatureError
        identity = Identity(
            int(claims["sub"]),
            str(claims["handle"]),
            is_admin=claims["admin"] is True,
            is_operator=claims["operator"] is True,
        )
        return identity, expires_s


def _object(part: str) -> dict[str, Any]:
    """A part of a token that has been verified; a name that stands in it twice is refused."""
    found: dict[str, Any] = json.loads(base64url_decode(part), object_pairs_hook=_no_name_twice)
    return found


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Readers disagree on which of two counts: what one of them checked, another would not use.
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError
    return dict(pairs)


def _whole(value: Any) -> int:
    # JSON as Python reads it knows Infinity, and a token that expires then never does.
    if type(value) is not int:
        raise TypeError
    return value
