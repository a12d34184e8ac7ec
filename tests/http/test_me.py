"""One's own page: read, change under `If-Match`, and leave."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from service.demo.accounts import PASSWORD, PASSWORD_HASH
from service.embedded.servers import Servers
from service.queries.writes import accounts, posts
from tests.clients import Client, serving
from tests.http.conftest import hold_to_document
from tests.http.document import Document
from tests.http.problems import problem
from tests.strategies.service import Service
from tests.waiting import until
from tests.world import Databases

AT_ONCE = 8  # fewer than the service has connections


@pytest.fixture(scope="module")
async def service(databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """A service with its database in view."""
    async with (
        databases.copy_of("corral_test_world") as url,
        serving("layered", url, servers.redis_urls["layered"]) as client,
    ):
        hold_to_document(client)
        yield Service("layered", client, url)


@pytest.fixture
def client(service: Service) -> Client:
    """Its client."""
    return service.client


async def tag_of(client: Client, handle: str) -> str:
    """The ETag of somebody's own page."""
    tag: str = (await client.send("GET", "/v1/me", by=handle)).headers["etag"]
    return tag


async def change(client: Client, whose: str, tag: str | None, /, **fields: Any) -> Any:
    """The answer to a change of one's own page."""
    headers = {} if tag is None else {"If-Match": tag}
    return await client.send("PATCH", "/v1/me", by=whose, json=fields, headers=headers)


async def test_ones_own_page_is_the_one_that_everybody_sees(client: Client) -> None:
    """With an ETag of its version, and 304 as long as it stays."""
    answer = await client.send("GET", "/v1/me", by="ada")
    assert answer.json() == await client.get("/v1/users/ada")
    tag = answer.headers["etag"]
    assert tag.startswith('"v1-')
    again = await client.send("GET", "/v1/me", by="ada", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


async def test_nobody_has_no_own_page(client: Client) -> None:
    """401 for all three."""
    for method in ("GET", "PATCH", "DELETE"):
        answer = await client.send(method, "/v1/me", json={"bio": "x"})
        assert answer.status_code == 401
        problem(answer)


async def test_a_change_is_seen_wherever_the_name_stands(client: Client) -> None:
    """Page, posts, lists, comments: all were warm with the former name."""
    posts = (await client.get("/v1/users/barbara/posts?limit=1"))["items"]
    post = f"/v1/posts/{posts[0]['id']}"
    body = {"body": "Mine."}
    assert (await client.send("POST", f"{post}/comments", by="barbara", json=body)).is_success
    for path in ("/v1/users/barbara", post, f"{post}/comments?sort=new"):
        assert "Barbara" in str(await client.get(path))
    tag = await tag_of(client, "barbara")
    answer = await change(client, "barbara", tag, display_name="Barb", bio="Else.")
    assert answer.status_code == 200, answer.text
    profile = answer.json()
    assert (profile["display_name"], profile["bio"]) == ("Barb", "Else.")
    assert answer.headers["etag"].startswith('"v2-')
    assert profile == await client.get("/v1/users/barbara")
    assert (await client.get(post))["author"]["display_name"] == "Barb"
    listed = (await client.get("/v1/users/barbara/posts?limit=1"))["items"]
    assert listed[0]["author"]["display_name"] == "Barb"
    said = (await client.get(f"{post}/comments?sort=new"))["items"]
    assert {c["author"]["display_name"] for c in said if c["author"]["handle"] == "barbara"} == {
        "Barb"
    }


async def test_what_is_not_named_stays(client: Client) -> None:
    """Each field alone; a text about oneself may be empty, a name may not."""
    before = (await client.get("/v1/users/claude"))["display_name"]
    changed = (await change(client, "claude", "*", bio="")).json()
    assert (changed["display_name"], changed["bio"]) == (before, "")
    changed = (await change(client, "claude", "*", display_name="C.")).json()
    assert (changed["display_name"], changed["bio"]) == ("C.", "")


async def test_a_change_names_the_version_that_it_is_meant_for(client: Client) -> None:
    """428 without, 412 for an older one, 400 for none of ours; nothing is written."""
    tag = await tag_of(client, "donald")
    assert (await change(client, "donald", None, bio="x")).status_code == 428
    assert (await change(client, "donald", '"abc"', bio="x")).status_code == 400
    assert (await change(client, "donald", tag, bio="first")).status_code == 200
    late = await change(client, "donald", tag, bio="second")
    assert late.status_code == 412
    problem(late)
    assert (await client.get("/v1/users/donald"))["bio"] == "first"


async def test_followers_do_not_outdate_a_page(client: Client) -> None:
    """They change what is shown, and not the version: nobody's edit fails for them."""
    tag = await tag_of(client, "edsger")
    assert (await client.send("DELETE", "/v1/users/edsger/follow", by="ada")).status_code == 204
    assert (await client.send("PUT", "/v1/users/edsger/follow", by="hedy")).status_code == 204
    assert (await change(client, "edsger", tag, bio="still mine")).status_code == 200


async def all_at_once(client: Client, service: Service, handle: str) -> list[int]:
    """Changes meant for the same version, none of which has its row while all come to it."""
    tag = await tag_of(client, handle)
    changes = [change(client, handle, tag, bio=f"{n}") for n in range(AT_ONCE)]

    async def all_wait() -> bool:
        return await service.waiting() == AT_ONCE

    async with service.held_row("users", client.ids[handle]):
        answers = asyncio.gather(*changes)
        await until(all_wait)
    return sorted(answer.status_code for answer in await answers)


async def test_of_changes_at_once_one_wins(client: Client, service: Service) -> None:
    """Each holds the row between its look at the version and its change."""
    assert [200, *[412] * (AT_ONCE - 1)] == await all_at_once(client, service, "frances")


async def test_control_without_the_lock_several_win(
    client: Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: all look first and then all change. The last one to write is not the first."""
    unlocked = accounts.LOCK_PROFILE.text.replace("for no key update", "")
    assert unlocked != accounts.LOCK_PROFILE.text
    monkeypatch.setattr(accounts, "LOCK_PROFILE", text(unlocked))
    assert [200] * AT_ONCE == await all_at_once(client, service, "frances")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"display_name": None},
        {"display_name": ""},
        {"display_name": " "},
        {"display_name": "a\x00b"},
        {"display_name": "x" * 51},
        {"display_name": 7},
        {"bio": None},
        {"bio": "a\x00b"},
        {"bio": "x" * 501},
        {"bio": "x", "is_admin": True},
        {"bio": "x", "handle": "root"},
        {"bio": "x", "id": 1},
        {"bio": "x", "password": "hush-4711-hush"},
        {"bio": "x", "password_hash": "hush"},
        {"bio": "x", "version": 7},
        {"bio": "x", "created_at": "2000-01-01T00:00:00Z"},
        {"bio": "x", "deleted_at": None},
        {"bio": "x", "counts": {"followers": 9}},
        {"bio": "x", "follower_count": 9},
    ],
)
async def test_what_is_not_ones_own_to_say_changes_nothing(
    service: Service, fields: dict[str, Any]
) -> None:
    """422, and the row is as it was."""
    query = "select * from users where handle = 'grace'"
    before = await service.rows(query)
    answer = await change(service.client, "grace", "*", **fields)
    assert answer.status_code == 422
    problem(answer)
    assert "hush" not in answer.text
    assert before == await service.rows(query)


async def leave(client: Client, handle: str) -> None:
    """Delete somebody's account."""
    answer = await client.send("DELETE", "/v1/me", by=handle)
    assert (answer.status_code, answer.content) == (204, b"")


async def test_who_leaves_takes_the_name_along_and_leaves_the_words(service: Service) -> None:
    """Posts stay under another name, the page is gone for good, and so is the handle."""
    client = service.client
    post = (await client.get("/v1/users/hedy/posts?limit=1"))["items"][0]
    path = f"/v1/posts/{post['id']}"
    assert (await client.get(path))["author"]["display_name"] == "Hedy"
    await leave(client, "hedy")
    left = await client.get(path)
    assert left["author"] == {**post["author"], "display_name": "deleted user"}
    assert (left["title"], left["body"]) == (post["title"], post["body"])
    page = await client.send("GET", "/v1/users/hedy")
    assert page.status_code == 410
    problem(page)
    body = {"handle": "hedy", "password": "another-password"}
    assert (await client.send("POST", "/v1/users", json=body)).status_code == 409
    assert (await client.send("GET", "/v1/me", by="hedy")).status_code == 401
    [row] = await service.rows("select * from users where handle = 'hedy'")
    assert (row["bio"], row["password_hash"], row["is_admin"]) == ("", None, False)


async def test_a_page_whose_deletion_was_missed_is_gone_after_it(client: Client) -> None:
    """Warm in every cache before, and asked for at once."""
    await client.get("/v1/users/katherine")
    await client.get("/v1/users/katherine/posts")
    await leave(client, "katherine")
    assert (await client.send("GET", "/v1/users/katherine")).status_code == 410


async def test_who_left_cannot_come_back(service: Service) -> None:
    """Neither by password nor by the token that was to keep them signed in."""
    client = service.client
    await service.rows("update users set password_hash = $1 where handle = 'ivan'", PASSWORD_HASH)
    form = {"username": "ivan", "password": PASSWORD}
    grant = (await client.send("POST", "/v1/auth/token", data=form)).json()
    await leave(client, "ivan")
    again = await client.send("POST", "/v1/auth/token", data=form)
    assert again.status_code == 401
    body = {"refresh_token": grant["refresh_token"]}
    assert (await client.send("POST", "/v1/auth/refresh", json=body)).status_code == 401
    left = await service.rows("select 1 from refresh_tokens where user_id = $1", client.ids["ivan"])
    assert left == []


async def test_control_without_a_look_at_the_author_the_deleted_publish(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: the token still holds, and the row is still there."""
    blind = posts.ADD_POST.text.replace("and deleted_at is null", "")
    assert blind != posts.ADD_POST.text
    client, post = service.client, {"title": "a", "body": "b"}
    await leave(client, "leslie")
    assert (await client.send("POST", "/v1/posts", by="leslie", json=post)).status_code == 401
    monkeypatch.setattr(posts, "ADD_POST", text(blind))
    assert (await client.send("POST", "/v1/posts", by="leslie", json=post)).status_code == 201


BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/posts"): {"title": "a", "body": "b"},
    ("PATCH", "/v1/posts/{post_id}"): {"title": "a"},
    ("PUT", "/v1/posts/{post_id}/vote"): {"value": 0},
    ("POST", "/v1/posts/{post_id}/comments"): {"body": "b"},
    ("PATCH", "/v1/comments/{comment_id}"): {"body": "b"},
    ("PUT", "/v1/comments/{comment_id}/vote"): {"value": 0},
    ("PATCH", "/v1/me"): {"bio": "b"},
}


async def test_a_token_of_somebody_who_left_writes_nothing(client: Client) -> None:
    """Every write that asks for a token: 401, also where there would be nothing to do."""
    post = (await client.get("/v1/users/ada/posts?limit=1"))["items"][0]["id"]
    said = (await client.get(f"/v1/posts/{post}/comments"))["items"][0]["id"]
    await leave(client, "john")
    names = {"post_id": post, "comment_id": said, "handle": "barbara", "kind": "heart"}
    let_in = []
    for path, method, operation in Document(client.app.openapi()).operations():
        if method == "GET" or not operation.get("security") or "/admin/" in path:
            continue
        answer = await client.send(
            method,
            path.format(**names),
            by="john",
            json=BODIES.get((method, path)),
            headers={"If-Match": "*"},
        )
        if answer.status_code != 401:
            let_in.append((method, path, answer.status_code))
    assert let_in == []
