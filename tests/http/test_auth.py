"""Sign in, stay signed in, sign out: refresh tokens turn over, and a copied one ends the family."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from service.demo.accounts import PASSWORD_HASH
from service.embedded.servers import Servers
from service.feed.signing_in import hash_of
from service.passwords import Passwords
from service.queries.writes import refresh_tokens
from tests.clients import Client, serving
from tests.http.conftest import hold_to_document
from tests.http.problems import problem
from tests.strategies.service import Service
from tests.waiting import until
from tests.world import Databases

PASSWORD = "corral-demo"
WITH_PASSWORD = ("ada", "barbara", "claude", "donald", "grace")


@pytest.fixture(scope="module")
async def service(databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """A service in which some have a password."""
    async with (
        databases.copy_of("corral_test_world") as url,
        serving("layered", url, servers.redis_urls["layered"], refresh_ttl_s=3600) as client,
    ):
        hold_to_document(client)
        service = Service("layered", client, url)
        await service.rows(
            "update users set password_hash = $1 where handle = any($2)",
            PASSWORD_HASH,
            list(WITH_PASSWORD),
        )
        yield service


async def sign_in(client: Client, handle: str = "ada", password: str = PASSWORD) -> httpx.Response:
    """The answer to the OAuth2 password form."""
    form = {"grant_type": "password", "username": handle, "password": password}
    return await client.send("POST", "/v1/auth/token", data=form)


async def granted(client: Client, handle: str = "ada") -> dict[str, Any]:
    """Tokens for somebody."""
    answer = await sign_in(client, handle)
    assert answer.status_code == 200, answer.text
    grant: dict[str, Any] = answer.json()
    return grant


async def refresh(client: Client, token: str) -> httpx.Response:
    """The answer to a refresh."""
    return await client.send("POST", "/v1/auth/refresh", json={"refresh_token": token})


async def test_a_password_gives_tokens_that_are_let_in(service: Service) -> None:
    """In OAuth2's words, and not to be stored on the way (RFC 6749)."""
    answer = await sign_in(service.client)
    assert answer.headers["cache-control"] == "no-store"
    grant = answer.json()
    assert (grant["token_type"], grant["expires_in"]) == ("bearer", 900)
    me = await service.client.http.get(
        "/v1/me", headers={"Authorization": f"Bearer {grant['access_token']}"}
    )
    assert me.status_code == 200
    assert me.json()["handle"] == "ada"


async def test_a_refresh_token_is_kept_as_a_hash(service: Service) -> None:
    """Whoever reads the table signs in as nobody."""
    token = (await granted(service.client))["refresh_token"]
    assert len(token) >= 43  # 32 random bytes
    rows = await service.rows("select * from refresh_tokens")
    assert token not in str(rows)
    assert hash_of(token) in [row["token_hash"] for row in rows]


@pytest.mark.parametrize(
    ("handle", "password"),
    [
        pytest.param("ada", "wrong-password", id="wrong password"),
        pytest.param("nobody_here", PASSWORD, id="unknown"),
        pytest.param("frances", PASSWORD, id="has no password"),
        pytest.param("leslie", PASSWORD, id="deleted"),
    ],
)
async def test_every_refusal_is_the_same_and_costs_the_same(
    service: Service, monkeypatch: pytest.MonkeyPatch, handle: str, password: str
) -> None:
    """One verification and one text, whether there is such a user or not."""
    await service.rows(
        "update users set deleted_at = now(), password_hash = $1 where handle = 'leslie'",
        PASSWORD_HASH,
    )
    seen: list[str] = []
    verify = PasswordHasher.verify

    def counting(hasher: PasswordHasher, kept: str, given: str) -> bool:
        seen.append(kept.rsplit("$", 2)[0])
        return verify(hasher, kept, given)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    answer = await sign_in(service.client, handle, password)
    assert answer.status_code == 401
    assert problem(answer)["detail"] == "the handle or the password is wrong"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert seen == [PASSWORD_HASH.rsplit("$", 2)[0]]


class Hasty(Passwords):
    """Looks first whether there is a password, as one would write it."""

    async def verify(self, kept: str | None, password: str) -> bool:
        """Free for who has none."""
        return kept is not None and await super().verify(kept, password)


async def test_control_a_hasty_look_tells_who_is_there(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: whoever is unknown is refused without any work, and so much sooner."""
    seen: list[str] = []
    verify = PasswordHasher.verify

    def counting(hasher: PasswordHasher, kept: str, given: str) -> bool:
        seen.append(kept)
        return verify(hasher, kept, given)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    state = service.client.app.state
    with Hasty() as hasty:
        monkeypatch.setitem(state._state, "feed", replace(state.feed, passwords=hasty))
        assert (await sign_in(service.client, "nobody_here")).status_code == 401
    assert seen == []


@pytest.mark.parametrize(
    "form",
    [
        {"username": "ada"},
        {"password": "hush-4711-hush"},
        {"username": "ada", "password": ""},
        {"username": "ada", "password": "hush-4711-hush", "grant_type": "client_credentials"},
        {"username": "ada\x00", "password": "hush-4711-hush"},
        {"username": "ada", "password": "hush" * 33},
        {},
    ],
)
async def test_a_form_that_is_none_is_refused(service: Service, form: dict[str, str]) -> None:
    """422, and nothing of it comes back."""
    answer = await service.client.send("POST", "/v1/auth/token", data=form)
    assert answer.status_code == 422
    problem(answer)
    assert "hush" not in answer.text


async def test_a_form_may_say_more_as_oauth2_clients_do(service: Service) -> None:
    """Scope and client are not looked at."""
    form = {"username": "ada", "password": PASSWORD, "scope": "", "client_id": "docs"}
    assert (await service.client.send("POST", "/v1/auth/token", data=form)).status_code == 200


async def test_a_refresh_gives_the_next_token_and_uses_up_the_last(service: Service) -> None:
    """Again and again, a chain of one family."""
    grant = await granted(service.client)
    token = grant["refresh_token"]
    for _ in range(3):
        answer = await refresh(service.client, token)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["refresh_token"] != token
        token = answer.json()["refresh_token"]
    family = await service.rows(
        "select used_at from refresh_tokens where family_id = "
        "(select family_id from refresh_tokens where token_hash = $1) order by id",
        hash_of(token),
    )
    assert [True, True, True, False] == [row["used_at"] is not None for row in family]


async def test_a_token_that_comes_again_ends_its_family_and_no_other(service: Service) -> None:
    """Somebody has a copy: thief and owner both sign in anew. Another device stays signed in."""
    first = (await granted(service.client))["refresh_token"]
    other = (await granted(service.client))["refresh_token"]
    second = (await refresh(service.client, first)).json()["refresh_token"]
    reused = await refresh(service.client, first)
    assert reused.status_code == 401
    problem(reused)
    assert (await refresh(service.client, second)).status_code == 401
    assert (await refresh(service.client, other)).status_code == 200


async def test_control_without_a_look_at_its_use_the_copy_passes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: this is what the check is for."""
    blind = refresh_tokens.TOKEN.text.replace("used_at is not null as", "false as")
    assert blind != refresh_tokens.TOKEN.text
    monkeypatch.setattr(refresh_tokens, "TOKEN", text(blind))
    first = (await granted(service.client))["refresh_token"]
    assert (await refresh(service.client, first)).status_code == 200
    assert (await refresh(service.client, first)).status_code == 200


@asynccontextmanager
async def held(service: Service, query: str, *values: Any) -> AsyncIterator[None]:
    """Rows that others wait for until the block ends."""
    connection = await asyncpg.connect(service.database_url)
    async with connection.transaction():
        await connection.execute(f"{query} for update", *values)
        yield
    await connection.close()


async def begun(service: Service, *tokens: str) -> list[asyncio.Task[httpx.Response]]:
    """Refreshes that wait for such a row, one after the other."""
    tasks: list[asyncio.Task[httpx.Response]] = []
    for token in tokens:
        tasks.append(asyncio.create_task(refresh(service.client, token)))

        async def all_wait() -> bool:
            return await service.waiting() == len(tasks)

        await until(all_wait)
    return tasks


async def tokens_free_while_waiting(service: Service) -> int:
    """How many tokens of barbara's that are over are free while a sign-in waits for her row."""
    token = (await granted(service.client, "barbara"))["refresh_token"]
    await service.rows(
        "update refresh_tokens set expires_at = now() - interval '1 s' where token_hash = $1",
        hash_of(token),
    )
    async with held(service, "select 1 from users where handle = 'barbara'"):
        waiting = asyncio.create_task(sign_in(service.client, "barbara"))

        async def waits() -> bool:
            return await service.waiting() == 1

        await until(waits)
        free = await service.rows(
            "select id from refresh_tokens where token_hash = $1 for update skip locked",
            hash_of(token),
        )
    assert (await waiting).status_code == 200
    return len(free)


async def test_who_waits_for_a_user_holds_no_tokens(service: Service) -> None:
    """Or a sign-out, which holds the user and waits for the tokens, would be a deadlock."""
    assert await tokens_free_while_waiting(service) == 1


async def test_control_who_purges_first_holds_them(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the other order."""
    add = refresh_tokens.RefreshTokenWrites.add_refresh_token

    async def purge_and_add(self: Any, *given: Any, **more: Any) -> bool:
        await self._connection.execute(refresh_tokens.PURGE)
        return await add(self, *given, **more)

    monkeypatch.setattr(refresh_tokens.RefreshTokenWrites, "add_refresh_token", purge_and_add)
    assert await tokens_free_while_waiting(service) == 0


def without_the_owners_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch: whoever touches a family does not hold its owner's row."""
    unlocked = refresh_tokens.LOCK_OWNER.text.replace("for no key update", "")
    assert unlocked != refresh_tokens.LOCK_OWNER.text
    monkeypatch.setattr(refresh_tokens, "LOCK_OWNER", text(unlocked))


async def both_at_once(service: Service) -> list[httpx.Response]:
    """The same token twice, both under way before either has used it."""
    token = (await granted(service.client, "barbara"))["refresh_token"]
    row = "select 1 from refresh_tokens where token_hash = $1"
    async with held(service, row, hash_of(token)):
        tasks = await begun(service, token, token)
    return sorted(await asyncio.gather(*tasks), key=lambda answer: answer.status_code)


async def test_of_two_refreshes_at_once_one_wins_and_the_family_ends(service: Service) -> None:
    """Nobody can tell a hasty client from a thief."""
    won, lost = await both_at_once(service)
    assert (won.status_code, lost.status_code) == (200, 401)
    assert (await refresh(service.client, won.json()["refresh_token"])).status_code == 401


async def test_control_without_the_owners_row_both_win(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both look before either has used it."""
    without_the_owners_row(monkeypatch)
    assert [200, 200] == [answer.status_code for answer in await both_at_once(service)]


async def left_of_family(service: Service) -> int:
    """A token is used while the one before it comes again: how much of the family is left."""
    first = (await granted(service.client, "claude"))["refresh_token"]
    second = (await refresh(service.client, first)).json()["refresh_token"]
    query = "select family_id from refresh_tokens where token_hash = $1"
    family = (await service.rows(query, hash_of(second)))[0]["family_id"]
    async with held(service, query, hash_of(second)):
        tasks = await begun(service, second, first)
    await asyncio.gather(*tasks)
    left = await service.rows("select 1 from refresh_tokens where family_id = $1", family)
    return len(left)


async def test_a_family_cannot_grow_while_it_is_revoked(service: Service) -> None:
    """What the use of one token adds, the reuse of another takes away, too."""
    assert await left_of_family(service) == 0


async def test_control_without_the_owners_row_the_thief_stays(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that was not there yet when the family was revoked outlives it."""
    without_the_owners_row(monkeypatch)
    assert await left_of_family(service) == 1


async def test_signing_out_ends_the_family(service: Service) -> None:
    """With any of its tokens, and as often as one likes; an unknown one is no error."""
    first = (await granted(service.client))["refresh_token"]
    second = (await refresh(service.client, first)).json()["refresh_token"]
    for token in (second, second, first, "unknown"):
        answer = await service.client.send("POST", "/v1/auth/revoke", json={"refresh_token": token})
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await refresh(service.client, second)).status_code == 401


async def test_an_expired_token_is_refused_and_purged(service: Service) -> None:
    """By the next who signs in, whoever that is."""
    token = (await granted(service.client))["refresh_token"]
    await service.rows(
        "update refresh_tokens set expires_at = now() where token_hash = $1", hash_of(token)
    )
    assert (await refresh(service.client, token)).status_code == 401
    await granted(service.client, "grace")
    left = await service.rows("select 1 from refresh_tokens where expires_at <= now()")
    assert left == []


@pytest.mark.parametrize("body", [{}, {"refresh_token": ""}, {"refresh_token": 7}, {"x": "y"}, []])
async def test_a_refresh_without_a_token_is_refused(service: Service, body: Any) -> None:
    """422, as for any body."""
    for path in ("/v1/auth/refresh", "/v1/auth/revoke"):
        answer = await service.client.send("POST", path, json=body)
        assert answer.status_code == 422
        problem(answer)


async def test_a_hash_of_other_parameters_is_renewed_on_sign_in(service: Service) -> None:
    """Quietly, once, and the password stays the same."""
    with_less = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    former = with_less.hash(PASSWORD)
    await service.rows("update users set password_hash = $1 where handle = 'donald'", former)
    query = "select password_hash from users where handle = 'donald'"
    await granted(service.client, "donald")
    [row] = await service.rows(query)
    renewed = row["password_hash"]
    assert renewed.rsplit("$", 2)[0] == PASSWORD_HASH.rsplit("$", 2)[0]
    await granted(service.client, "donald")
    assert renewed == (await service.rows(query))[0]["password_hash"]


async def test_an_administrators_token_says_so_from_the_row(service: Service) -> None:
    """On sign-in and on refresh: whoever is none any more is let in as none."""
    client = service.client

    async def status(grant: dict[str, Any]) -> int:
        answer = await client.http.get(
            "/v1/admin/stats", headers={"Authorization": f"Bearer {grant['access_token']}"}
        )
        return answer.status_code

    assert await status(await granted(client, "grace")) == 403
    await service.rows("update users set is_admin = true where handle = 'grace'")
    grant = await granted(client, "grace")
    assert await status(grant) == 200
    await service.rows("update users set is_admin = false where handle = 'grace'")
    grant = (await refresh(client, grant["refresh_token"])).json()
    assert await status(grant) == 403


async def test_in_production_the_demo_accounts_stay_shut(
    databases: Databases, servers: Servers
) -> None:
    """Their password is in this repository. Nobody else may take it, either."""
    url = servers.redis_urls["layered"]
    async with databases.copy_of("corral_test_world") as database_url:
        production = {"environment": "production", "access_ttl_s": 60}
        async with serving("layered", database_url, url, **production) as client:
            service = Service("layered", client, database_url)
            await service.rows(
                "update users set password_hash = $1 where handle = 'ada'", PASSWORD_HASH
            )
            assert (await sign_in(client)).status_code == 401
            body = {"handle": "newcomer", "password": PASSWORD}
            assert (await client.send("POST", "/v1/users", json=body)).status_code == 422
            body = {"handle": "newcomer", "password": "another-password"}
            assert (await client.send("POST", "/v1/users", json=body)).status_code == 201
            answer = await sign_in(client, "newcomer", "another-password")
            assert answer.json()["expires_in"] == 60


async def test_too_many_at_once_are_told_to_come_back(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with `Retry-After`, and not a queue without end."""
    monkeypatch.setattr(service.client.app.state.feed.passwords._places, "_wait_s", -1.0)
    answers = await asyncio.gather(*(sign_in(service.client) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503]
    for answer in answers:
        if answer.status_code == 503:
            problem(answer)
            assert int(answer.headers["retry-after"]) >= 1


def test_passwords_are_checked_beside_the_loop(service: Service) -> None:
    """The service uses what `test_passwords.py` holds to its rules."""
    assert isinstance(service.client.app.state.feed.passwords, Passwords)
