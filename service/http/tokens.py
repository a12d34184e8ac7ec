"""Bearer tokens: short-lived JWTs with one algorithm and every claim required."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import jwt

from service.feed.errors import Unauthenticated

ALGORITHM = "HS256"
AUDIENCE = "corral"
REQUIRED = ["exp", "iat", "sub", "aud"]
ACCESS_TTL_S = 15 * 60
VERIFIED_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in."""

    user_id: int
    handle: str
    is_admin: bool


class Tokens:
    """Makes and checks access tokens under one secret."""

    def __init__(self, secret: bytes, *, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock
        self._verified: dict[str, tuple[Identity, float]] = {}

    def make(
        self, user_id: int, handle: str, *, is_admin: bool = False, ttl_s: int = ACCESS_TTL_S
    ) -> str:
        """A token that holds for `ttl_s` seconds."""
        now_s = int(self._clock())
        claims = {
            "sub": str(user_id),
            "handle": handle,
            "admin": is_admin,
            "aud": AUDIENCE,
            "iat": now_s,
            "exp": now_s + ttl_s,
        }
        return jwt.encode(claims, self._secret, ALGORITHM, headers={"typ": "at+jwt"})

    def read(self, token: str) -> Identity:
        """Whose token this is. Raises Unauthenticated."""
        known = self._verified.get(token)
        # A signature once checked stays right; only its time runs out.
        if known is not None and known[1] > self._clock():
            return known[0]
        identity, expires_s = self._verify(token)
        if len(self._verified) >= VERIFIED_KEPT:
            self._verified.clear()
        self._verified[token] = identity, expires_s
        return identity

    def _verify(self, token: str) -> tuple[Identity, float]:
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                options={"require": REQUIRED, "verify_exp": False},  # PyJWT has a clock of its own
            )
            identity = Identity(int(claims["sub"]), str(claims["handle"]), claims["admin"] is True)
            expires_s = float(claims["exp"])
            if expires_s <= self._clock():
                raise jwt.ExpiredSignatureError
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
            raise Unauthenticated("the token is not valid, or no longer") from None
        return identity, expires_s
