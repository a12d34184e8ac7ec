"""Who is let in: one algorithm, one audience, every claim, and only as long as it holds."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from jwt.utils import base64url_encode

from service.feed.errors import Unauthenticated
from service.http.tokens import VERIFIED_KEPT, Identity, Tokens
from tests.clients import SECRET, Client
from tests.http.problems import problem

NOW_S = int(time.time())
CLAIMS = {
    "sub": "7", "handle": "ada", "admin": False, "operator": False,
    "iss": "corral", "aud": "corral", "iat": NOW_S, "nbf": NOW_S, "exp": NOW_S + 900,
}  # fmt: skip
HEADER = {"typ": "at+jwt", "kid": "1"}


def signed(
    changed: Mapping[str, Any] | None = None,
    secret: str = SECRET,
    algorithm: str = "HS256",
    header: Mapping[str, Any] | None = None,
) -> str:
    """A token with some claims, or parts of its header, changed; None leaves one out."""
    claims = {**CLAIMS, **(changed or {})}
    present = {key: value for key, value in claims.items() if value is not None}
    given = {**HEADER, **(header or {})}
    headers = {name: value for name, value in given.items() if value or name == "typ"}
    return jwt.encode(present, secret, algorithm, headers=headers)


def signed_text(claims: str, header: str | None = None) -> str:
    """A token signed as ours are, around any text."""
    header = header or json.dumps({"alg": "HS256", **HEADER})
    parts = [base64url_encode(part.encode()).decode() for part in (header, claims)]
    key = hmac.new(SECRET.encode(), ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, base64url_encode(key.digest()).decode()])


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


CORPUS = {
    "expired": signed({"exp": NOW_S - 1}),
    "expires at a word": signed({"exp": "soon"}),
    "expires at a list": signed({"exp": [NOW_S + 900]}),
    "expires at no number": signed_text(json.dumps({**CLAIMS, "exp": float("nan")})),
    "never expires": signed_text(json.dumps({**CLAIMS, "exp": float("inf")})),
    "expires at yes": signed({"exp": True}),
    "not yet issued": signed({"iat": NOW_S + 3600}),
    "not yet": signed({"nbf": NOW_S + 3600}),
    "far from now": signed({"nbf": NOW_S + 10**9, "exp": NOW_S + 2 * 10**9}),
    "another audience": signed({"aud": "another"}),
    "another issuer": signed({"iss": "another"}),
    **{f"no {claim}": signed({claim: None}) for claim in CLAIMS},
    "subject is no number": signed({"sub": "ada"}),
    "subject is a number": signed({"sub": 7}),
    "claims are a list": signed_text("[]"),
    "claims are no JSON": signed_text("{"),
    "a claim twice": signed_text(json.dumps(CLAIMS)[:-1] + ', "sub": "8"}'),
    "admin twice": signed_text(json.dumps(CLAIMS)[:-1] + ', "admin": true}'),
    "typ twice": signed_text(
        json.dumps(CLAIMS), '{"alg": "HS256", "typ": "JWT", "kid": "1", "typ": "at+jwt"}'
    ),
    "another type": signed(header={"typ": "JWT"}),
    "no type": signed(header={"typ": None}),
    "another key's name": signed(header={"kid": "2"}),
    "no key's name": signed(header={"kid": None}),
    "a key of its own": signed(header={"jwk": {"kty": "oct", "k": "eA"}}, secret="x" * 40),
    "what must be understood and is not": signed(header={"crit": ["b"], "b": 1}),
    "another secret": signed(secret="x" * 40),
    "no secret": signed_text(json.dumps(CLAIMS)).rpartition(".")[0] + ".AAAA",
    "another algorithm": signed(secret=SECRET * 2, algorithm="HS512"),
    "unsigned": jwt.encode(CLAIMS, None, "none", headers=HEADER),
    "signature cut off": signed().rpartition(".")[0] + ".",
    "junk": "junk",
    "three parts of junk": "a.b.c",
    "a long one": "a" * 5000,
}


async def test_whatever_is_wrong_the_answer_is_the_same(reader: Client) -> None:
    """Nobody learns from a refusal which check it was."""
    bodies = set()
    for token in CORPUS.values():
        answer = await reader.send("GET", "/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        body = problem(answer)
        bodies.add(str({**body, "instance": "the request"}))
    assert len(bodies) == 1


def test_control_the_corpus_is_made_as_whole_tokens_are() -> None:
    """Unchanged, both ways of making one are let in."""
    for token in (signed(), signed_text(json.dumps(CLAIMS))):
        assert Tokens(SECRET.encode()).read(token).user_id == 7


@pytest.mark.parametrize(
    ("check", "instead", "tokens"),
    [
        ("HEADER", {}, ["another type", "no type", "another key's name", "no key's name"]),
        ("ISSUER", None, ["another issuer"]),
        ("SKEW_S", 10**10, ["not yet issued", "not yet", "far from now"]),
        ("_no_name_twice", dict, ["a claim twice", "admin twice", "typ twice"]),
        ("_whole", float, ["never expires"]),
    ],
)
def test_control_each_check_refuses_what_no_other_does(
    monkeypatch: pytest.MonkeyPatch, check: str, instead: Any, tokens: list[str]
) -> None:
    """The switch: without it these are let in, the ones that expire at no time at all for ever."""
    monkeypatch.setattr(f"service.http.tokens.{check}", instead)
    for name in tokens:
        assert Tokens(SECRET.encode()).read(CORPUS[name]).handle == "ada", name


def test_clocks_may_differ_by_a_little() -> None:
    """Another machine made the token a few seconds in our future."""
    token = signed({"iat": NOW_S + 3, "nbf": NOW_S + 3})
    assert Tokens(SECRET.encode(), clock=lambda: NOW_S).read(token).user_id == 7


def test_a_token_holds_as_long_as_is_set() -> None:
    """Fifteen minutes, unless a setting or a caller says otherwise."""
    for tokens, ttl_s in ((Tokens(b"s" * 32), 900), (Tokens(b"s" * 32, ttl_s=60), 60)):
        claims = jwt.decode(tokens.make(7, "ada"), options={"verify_signature": False})
        assert claims["exp"] - claims["iat"] == tokens.ttl_s == ttl_s


@pytest.mark.parametrize("token", CORPUS.values(), ids=CORPUS)
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
    operator = Identity(9, "eve", is_admin=False, is_operator=True)
    assert operator == tokens.read(tokens.make(9, "eve", is_operator=True))


@pytest.mark.parametrize("role", ["admin", "operator"])
def test_only_true_makes_an_administrator(role: str) -> None:
    """A claim that merely counts as true does not."""
    tokens = Tokens(SECRET.encode())
    for claim in ("yes", 1, [True]):
        assert not getattr(tokens.read(signed({role: claim})), f"is_{role}")
    assert getattr(tokens.read(signed({role: True})), f"is_{role}")


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
