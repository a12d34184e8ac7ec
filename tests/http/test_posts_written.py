"""Posts edited, deleted and asked for by their ids."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from service.queries.overlay import DatabaseOverlays
from service.queries.writes import standing_posts, statements
from service.queries.writes.statements import Statements
from tests.clients import Client
from tests.http.problems import problem


async def publish(client: Client, by: str = "ada", **more: Any) -> Any:
    """A new post."""
    sent = {"title": "On", "body": "Fresh.", "tags": ["b", "caching"], **more}
    answer = await client.send("POST", "/v1/posts", by=by, json=sent)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def edit(
    client: Client, post_id: int, match: str | None = "*", *, by: str = "ada", **body: Any
) -> Any:
    """The answer to an edit."""
    headers = {} if match is None else {"If-Match": match}
    return await client.send("PATCH", f"/v1/posts/{post_id}", by=by, json=body, headers=headers)


async def delete(client: Client, post_id: int, *, by: str | None = "ada", **more: Any) -> Any:
    """The answer to a deletion, of whatever version there is unless told."""
    headers = {"If-Match": "*"} | more.pop("headers", {})
    return await client.send("DELETE", f"/v1/posts/{post_id}", by=by, headers=headers, **more)


async def test_an_edit_is_shown_as_it_was_answered(client: Client) -> None:
    """What is sent is replaced, what is not stays; a version more, and the time of the edit."""
    made = await publish(client)
    answer = await edit(client, made["id"], title="Of", tags=["new", "caching", "new"])
    assert answer.status_code == 200
    edited = answer.json()
    assert ("Of", "Fresh.", ["caching", "new"]) == (
        edited["title"], edited["body"], edited["tags"]
    )  # fmt: skip
    assert (2, None) == (edited["version"], made["edited_at"])
    assert edited["edited_at"] > made["created_at"]
    shown = await client.send("GET", f"/v1/posts/{made['id']}", by="ada")
    assert edited == shown.json()
    assert answer.headers["etag"] == shown.headers["etag"]
    listed = (await client.get("/v1/users/ada/posts?limit=1", by="ada"))["items"]
    assert [edited] == listed


async def test_an_edit_of_what_goes_meanwhile_is_gone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleted between the edit and the look at what its author would read: 410, as for a read."""
    made = await publish(client)
    now = DatabaseOverlays.now

    async def delete_first(overlays: DatabaseOverlays, user_id: int, ids: Sequence[int]) -> Any:
        monkeypatch.setattr(DatabaseOverlays, "now", now)
        assert (await delete(client, made["id"])).status_code == 204
        return await now(overlays, user_id, ids)

    monkeypatch.setattr(DatabaseOverlays, "now", delete_first)
    answer = await edit(client, made["id"], title="Late")
    assert answer.status_code == 410
    problem(answer)


async def test_an_edit_needs_the_version_that_was_read(client: Client) -> None:
    """428 without it, 412 for an older one, 400 for what is no tag of ours."""
    made = await publish(client)
    tag = (await client.send("GET", f"/v1/posts/{made['id']}")).headers["etag"]
    for match, status in ((None, 428), ('"v7"', 412), ("nonsense", 400)):
        answer = await edit(client, made["id"], match, title="No")
        assert status == answer.status_code
        problem(answer)
    assert (await edit(client, made["id"], tag, title="Yes")).status_code == 200
    answer = await edit(client, made["id"], tag, title="Again")
    assert answer.status_code == 412
    assert "version 2" in problem(answer)["detail"]
    assert (await client.get(f"/v1/posts/{made['id']}"))["title"] == "Yes"


async def test_a_vote_outdates_nobodys_edit(client: Client) -> None:
    """It changes the tag of what is shown, and not the version that a write compares."""
    made = await publish(client)
    tag = (await client.send("GET", f"/v1/posts/{made['id']}")).headers["etag"]
    await client.send("PUT", f"/v1/posts/{made['id']}/vote", by="grace", json={"value": 1})
    assert tag != (await client.send("GET", f"/v1/posts/{made['id']}")).headers["etag"]
    assert (await edit(client, made["id"], tag, title="Voted")).status_code == 200


async def test_of_edits_at_once_one_stands(client: Client) -> None:
    """Ten that read the same version: one is taken, nine are told that they were late."""
    made = await publish(client)
    answers = await asyncio.gather(
        *(edit(client, made["id"], '"v1"', body=f"Body {place}") for place in range(10))
    )
    assert [200] + [412] * 9 == sorted(answer.status_code for answer in answers)
    [taken] = [answer.json() for answer in answers if answer.status_code == 200]
    shown = await client.get(f"/v1/posts/{made['id']}", by="ada")
    assert (taken["body"], 2) == (shown["body"], shown["version"])


async def test_without_the_lock_edits_would_be_lost(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison can fail: read without a lock, the same version is changed more than once."""
    made = await publish(client)
    plain = standing_posts.LOCK.text.replace("for update", "")
    monkeypatch.setattr(standing_posts, "LOCK", text(plain))
    both, row = asyncio.Barrier(2), Statements._row

    async def together(self: Statements, statement: Any, **parameters: Any) -> Any:
        found = await row(self, statement, **parameters)
        if statement is standing_posts.LOCK:
            await both.wait()
        return found

    monkeypatch.setattr(Statements, "_row", together)
    answers = await asyncio.gather(*(edit(client, made["id"], '"v1"', title=t) for t in "ab"))
    assert [200, 200] == [answer.status_code for answer in answers]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": None},
        {"body": None},
        {"tags": None},
        {"title": ""},
        {"title": "t" * 301},
        {"tags": ["Upper"]},
        {"title": "t", "author": {"id": 1}},
        {"title": "t", "author_id": 1},
        {"title": "t", "id": 1},
        {"title": "t", "version": 9},
        {"title": "t", "views": 9},
        {"title": "t", "counts": {"upvotes": 9}},
        {"title": "t", "upvotes": 9},
        {"title": "t", "created_at": "2020-01-01T00:00:00Z"},
        {"title": "t", "edited_at": None},
        {"title": "t", "deleted_at": None},
        {"title": "t", "hot": 9},
    ],
)
async def test_an_edit_that_breaks_a_rule_is_refused(client: Client, body: Any) -> None:
    """Nothing sent, null, out of bounds, or a field that is not the author's to set."""
    made = await publish(client)
    answer = await edit(client, made["id"], **body)
    assert answer.status_code == 422
    problem(answer)
    assert made == await client.get(f"/v1/posts/{made['id']}", by="ada")


@pytest.mark.parametrize(
    "more",
    [
        {"id": 7},
        {"author": {"id": 1, "handle": "grace", "display_name": "G"}},
        {"author_id": 7},
        {"version": 9},
        {"counts": {"upvotes": 9}},
        {"upvotes": 9},
        {"views": 9},
        {"created_at": "2020-01-01T00:00:00Z"},
        {"edited_at": None},
        {"deleted_at": None},
        {"hot": 9},
        {"viewer": {"vote": 1}},
    ],
)
async def test_a_post_brings_nothing_that_is_not_its_authors(client: Client, more: Any) -> None:
    """422 for a field that the service alone sets; nothing is written."""
    before = await client.get("/v1/users/ada")
    answer = await client.send(
        "POST", "/v1/posts", by="ada", json={"title": "t", "body": "b"} | more
    )
    assert answer.status_code == 422
    problem(answer)
    assert before == await client.get("/v1/users/ada")


async def test_only_its_author_edits_a_post(client: Client) -> None:
    """Nobody else does, administrators included; 401 for nobody at all."""
    made = await publish(client)
    path, headers = f"/v1/posts/{made['id']}", {"If-Match": "*"}
    for by, admin, status in ((None, False, 401), ("grace", False, 403), ("grace", True, 403)):
        answer = await client.send(
            "PATCH", path, by=by, admin=admin, json={"title": "Mine"}, headers=headers
        )
        assert status == answer.status_code
        problem(answer)
    assert made == await client.get(path, by="ada")


async def test_a_deleted_post_is_gone_from_everywhere(client: Client) -> None:
    """410 at its address and for whatever is done to it; in no list; its author has one less."""
    before = (await client.get("/v1/users/ada"))["counts"]["posts"]
    made = await publish(client)
    post, path = made["id"], f"/v1/posts/{made['id']}"
    lists = (
        "/v1/users/ada/posts",
        "/v1/posts?sort=top&window=all&limit=100",
        f"/v1/posts?ids={post}",
    )
    for by in ("grace", "hedy", "ivan", "john"):
        await client.send("PUT", f"{path}/vote", by=by, json={"value": 1})
    await client.expire("top:all")
    for where in lists:
        assert post in [item["id"] for item in (await client.get(where))["items"]], where
    answer = await delete(client, post)
    assert (204, b"") == (answer.status_code, answer.content)
    for method, of, body in (
        ("GET", "", None),
        ("PATCH", "", {"title": "Back"}),
        ("DELETE", "", None),
        ("PUT", "/vote", {"value": 1}),
        ("PUT", "/reactions/heart", None),
        ("DELETE", "/reactions/heart", None),
        ("POST", "/comments", {"body": "Late."}),
    ):
        answer = await client.send(
            method, f"{path}{of}", by="ada", json=body, headers={"If-Match": "*"}
        )
        assert answer.status_code == 410, (method, of)
        assert problem(answer)["detail"] == f"post {post} was deleted"
    for where in lists:
        assert post not in [item["id"] for item in (await client.get(where))["items"]], where
    assert before == (await client.get("/v1/users/ada"))["counts"]["posts"]


async def test_a_lock_that_overlooks_the_deleted_calls_them_unknown(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """410 comes from the row: a write asks no cache whether a post was deleted."""
    made = await publish(client)
    await delete(client, made["id"])
    blind = statements.LOCK_POST.text.replace("for update", "and deleted_at is null for update")
    monkeypatch.setattr(statements, "LOCK_POST", text(blind))
    path = f"/v1/posts/{made['id']}/vote"
    answer = await client.send("PUT", path, by="ada", json={"value": 1})
    assert answer.status_code == 404


async def test_what_was_never_there_is_not_gone(client: Client) -> None:
    """404 for every verb."""
    for method, body in (("GET", None), ("PATCH", {"title": "x"}), ("DELETE", None)):
        answer = await client.send(
            method, "/v1/posts/77", by="ada", json=body, headers={"If-Match": "*"}
        )
        assert answer.status_code == 404
        problem(answer)


async def test_a_deletion_says_which_version_it_means(client: Client) -> None:
    """428 without one, 412 for an older one; nothing is deleted."""
    made = await publish(client)
    await edit(client, made["id"], title="Newer")
    answer = await client.send("DELETE", f"/v1/posts/{made['id']}", by="ada")
    assert answer.status_code == 428
    problem(answer)
    answer = await delete(client, made["id"], headers={"If-Match": '"v1"'})
    assert answer.status_code == 412
    assert (await delete(client, made["id"], headers={"If-Match": '"v2"'})).status_code == 204


async def test_an_administrator_deletes_anybodys_post(client: Client) -> None:
    """Others do not, and none who was one when the token was made."""
    made = await publish(client)
    for by, admin, status in (
        (None, False, 401),
        ("claude", False, 403),
        ("claude", True, 403),
        ("barbara", False, 403),
        ("barbara", True, 204),
    ):
        answer = await delete(client, made["id"], by=by, admin=admin)
        assert status == answer.status_code, (by, admin)
    assert (await client.send("GET", f"/v1/posts/{made['id']}")).status_code == 410


async def test_deletions_at_once_count_once(client: Client) -> None:
    """One is answered with 204, the others find it gone."""
    before = (await client.get("/v1/users/ada"))["counts"]["posts"]
    made = await publish(client)
    answers = await asyncio.gather(*(delete(client, made["id"]) for _ in range(8)))
    assert [204] + [410] * 7 == sorted(answer.status_code for answer in answers)
    assert before == (await client.get("/v1/users/ada"))["counts"]["posts"]


async def test_posts_are_asked_for_by_their_ids(client: Client) -> None:
    """In the order of the ids, once each; the unknown and the deleted are left out."""
    made = [await publish(client) for _ in range(4)]
    ids = [post["id"] for post in made]
    await delete(client, ids[1])
    asked = ",".join(map(str, (ids[2], 77, ids[0], ids[1], ids[2], 2**53 + 1, ids[3])))
    page = await client.get(f"/v1/posts?ids={asked}", by="ada")
    assert {"items": [made[2], made[0], made[3]], "next": None} == page
    seen = await client.get(f"/v1/posts?ids={ids[0]}", by="grace")
    assert {"vote": 0, "follows_author": False}.keys() == seen["items"][0]["viewer"].keys()


@pytest.mark.parametrize(
    "ids", ["", ",", "1,", ",1", "1,,2", "a", "-1", "0", "01", "1 2", "1" * 17]
)
async def test_what_are_no_ids_is_refused(client: Client, ids: str) -> None:
    """422, as for anything that breaks its schema."""
    answer = await client.send("GET", "/v1/posts", params={"ids": ids})
    assert answer.status_code == 422
    problem(answer)


async def test_no_more_than_fifty_are_asked_for(client: Client) -> None:
    """Fifty are taken, fifty-one are not."""
    for most, status in ((50, 200), (51, 422)):
        ids = ",".join(str(2**50 + place) for place in range(most))
        assert status == (await client.send("GET", f"/v1/posts?ids={ids}")).status_code
