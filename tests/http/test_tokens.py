"""Who is let in: one algorithm, one audience, every claim, and only as long as it holds."""

import time
from collections.abc import Mapping
from typing import Any

import jwt
import pytest

from service.feed.errors import Unauthenticated
from service.http.tokens import VERIFIED_KEPT, Identity, Tokens
from tests.clients import SECRET, Client
from tests.http.problems import problem

NOW_S = int(time.time())
CLAIMS = {
    "sub": "7", "handle": "ada", "admin": False, "aud": "corral", "iat": NOW_S, "exp": NOW_S + 900,
}  # fmt: skip


def signed(
    changed: Mapping[str, Any] | None = None, secret: str = SECRET, algorithm: str = "HS256"
) -> str:
    """A token with some claims changed; None leaves one out."""
    claims = {**CLAIMS, **(changed or {})}
    present = {key: value for key, value in claims.items() if value is not None}
    return jwt.encode(present, secret, algorithm)


async def status_of(client: Client, authorization: str, path: str = "/v1/feed") -> int:
    """The status of a request with this header; a refusal has to be a problem."""
    answer = await client.send("GET", path, headers={"Authorization": authorization})
    if answer.status_code == 401:
        problem(answer)
        assert answer.headers["www-authenticate"] == "Bearer"
    return answer.status_code


async def test_a_whole_token_is_let_in(reader: Client) -> None:
    """The token that all the broken ones below are made from."""
    assert await status_of(reader, f"Bearer {signed()}") == 200


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(signed({"exp": NOW_S - 1}), id="expired"),
        pytest.param(signed({"exp": "soon"}), id="expires at a word"),
        pytest.param(signed({"exp": [NOW_S + 900]}), id="expires at a list"),
        pytest.param(signed({"iat": NOW_S + 3600}), id="not yet"),
        pytest.param(signed({"aud": "another"}), id="another audience"),
        *(pytest.param(signed({claim: None}), id=f"no {claim}") for claim in CLAIMS),
        pytest.param(signed({"sub": "ada"}), id="subject is no number"),
        pytest.param(signed(secret="x" * 40), id="another secret"),
        pytest.param(signed(secret=SECRET * 2, algorithm="HS512"), id="another algorithm"),
        pytest.param(jwt.encode(CLAIMS, None, "none"), id="unsigned"),
        pytest.param(signed().rpartition(".")[0] + ".", id="signature cut off"),
        pytest.param("junk", id="junk"),
        pytest.param("a.b.c", id="three parts of junk"),
    ],
)
async def test_a_token_that_does_not_hold_is_refused(reader: Client, token: str) -> None:
    """401, where a token is needed and also where it is not: a bad one is never ignored."""
    assert await status_of(reader, f"Bearer {token}") == 401
    assert await status_of(reader, f"Bearer {token}", "/v1/trending/posts") == 401


async def test_nobody_is_refused_where_somebody_is_needed(reader: Client) -> None:
    """No header, another scheme, no token in it."""
    answer = await reader.send("GET", "/v1/feed")
    assert answer.status_code == 401
    assert problem(answer)["title"] == "Not signed in"
    assert await status_of(reader, "Basic YTpi") == 401
    assert await status_of(reader, "Bearer") == 401
    assert await status_of(reader, "Bearer ") == 401


def test_a_token_names_its_user() -> None:
    """What is put in comes out."""
    tokens = Tokens(b"s" * 32)
    assert Identity(7, "ada", is_admin=False) == tokens.read(tokens.make(7, "ada"))
    assert Identity(8, "bob", is_admin=True) == tokens.read(tokens.make(8, "bob", is_admin=True))


def test_only_true_makes_an_administrator() -> None:
    """A claim that merely counts as true does not."""
    tokens = Tokens(SECRET.encode())
    assert not tokens.read(signed({"admin": "yes"})).is_admin
    assert not tokens.read(signed({"admin": 1})).is_admin
    assert tokens.read(signed({"admin": True})).is_admin


def test_a_verified_token_still_runs_out() -> None:
    """Remembering the signature must not make it hold for longer."""
    now_s = time.time()
    tokens = Tokens(SECRET.encode(), clock=lambda: now_s)
    token = tokens.make(7, "ada", ttl_s=60)
    assert tokens.read(token).user_id == 7
    now_s += 59
    assert tokens.read(token).user_id == 7
    now_s += 2
    with pytest.raises(Unauthenticated):
        tokens.read(token)


def test_a_token_runs_out_by_the_given_clock() -> None:
    """Also one that is seen for the first time."""
    now_s = time.time()
    tokens = Tokens(SECRET.encode(), clock=lambda: now_s)
    token = tokens.make(7, "ada", ttl_s=60)
    now_s += 61
    with pytest.raises(Unauthenticated):
        tokens.read(token)


def test_remembered_tokens_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many users do not fill the memory, and the next one is let in all the same."""
    assert VERIFIED_KEPT <= 100_000
    monkeypatch.setattr("service.http.tokens.VERIFIED_KEPT", 3)
    tokens = Tokens(b"s" * 32)
    for user_id in range(1, 8):
        assert user_id == tokens.read(tokens.make(user_id, "ada")).user_id
    assert len(tokens._verified) <= 3
