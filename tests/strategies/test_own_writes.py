"""Whoever writes sees it at once, wherever it shows, on any process, under every strategy."""

import asyncio
from typing import Any

from tests.clients import Client
from tests.strategies.every_endpoint import READS, post_of
from tests.strategies.service import Service


async def warm(service: Service) -> int:
    """Everything about a post of barbara's, read twice."""
    post_id = await post_of(service.client)
    for _ in range(2):
        for read in READS:
            await read.send(service.client, post_id)
    return post_id


async def shown(service: Service, post_id: int, by: str | None = None) -> list[Any]:
    """One post, everywhere that it is shown."""
    client = service.client
    pages = [
        await client.get("/v1/users/barbara/posts", by=by),
        await client.get("/v1/feed", by="ada"),
    ]
    listed = [item for page in pages for item in page["items"] if item["id"] == post_id]
    return [await client.get(f"/v1/posts/{post_id}", by=by), *listed]


async def test_a_vote_is_seen_at_once(service: Service, writer: Client) -> None:
    """On the post's own page, in its author's list, in a feed, in its author's standing."""
    post_id = await warm(service)
    for value in (0, 1, -1, 0):
        before = await service.client.get("/v1/users/barbara/reputation")
        answer = await writer.send(
            "PUT", f"/v1/posts/{post_id}/vote", by="ada", json={"value": value}
        )
        views = await shown(service, post_id, by="ada")
        assert len(views) == 3
        for view in views:
            assert answer.json() == view["counts"]
            assert value == view["viewer"]["vote"]
        after = await service.client.get("/v1/users/barbara/reputation")
        if value == 1:
            assert before["upvotes"] + 1 == after["upvotes"]


async def test_a_comment_is_seen_at_once(service: Service, writer: Client) -> None:
    """In its list, in the counts of its post, in its author's standing."""
    post_id = await warm(service)
    client = service.client
    before = await client.get("/v1/users/ada/reputation")
    counted = (await client.get(f"/v1/posts/{post_id}"))["counts"]["comments"]
    answer = await writer.send(
        "POST", f"/v1/posts/{post_id}/comments", by="ada", json={"body": "Well said."}
    )
    comments = await client.get(f"/v1/posts/{post_id}/comments")
    assert answer.json() == comments["items"][0]
    for view in await shown(service, post_id):
        assert counted + 1 == view["counts"]["comments"]
    assert before["comments"] + 1 == (await client.get("/v1/users/ada/reputation"))["comments"]
    reply = await writer.send(
        "POST",
        f"/v1/posts/{post_id}/comments",
        by="barbara",
        json={"body": "Thank you.", "parent_id": answer.json()["id"]},
    )
    comments = await client.get(f"/v1/posts/{post_id}/comments")
    assert reply.json() == comments["items"][1]
    assert comments["items"][0]["replies"] == 1


async def test_a_change_of_a_comment_is_seen_at_once(service: Service, writer: Client) -> None:
    """A vote, an edit and a deletion, in its thread and at its address, for everybody."""
    client, post_id = service.client, await post_of(service.client, "claude")
    path = f"/v1/posts/{post_id}/comments"
    made = (await writer.send("POST", path, by="ada", json={"body": "Well said."})).json()
    address = f"/v1/comments/{made['id']}"

    async def seen() -> Any:
        first = (await client.get(path))["items"][0]
        assert first == await client.get(address)
        return first

    assert made == await seen()
    await writer.send("PUT", f"{address}/vote", by="barbara", json={"value": -1})
    assert (await seen())["score"] == -1
    edit: Any = {"json": {"body": "Better said."}, "headers": {"If-Match": "*"}}
    edited = await writer.send("PATCH", address, by="ada", **edit)
    assert edited.json() == await seen()
    counted = (await client.get(f"/v1/posts/{post_id}"))["counts"]["comments"]
    await writer.send("DELETE", address, by="ada", headers={"If-Match": "*"})
    assert made["id"] not in [item["id"] for item in (await client.get(path))["items"]]
    assert (await client.send("GET", address)).status_code == 410
    assert counted - 1 == (await client.get(f"/v1/posts/{post_id}"))["counts"]["comments"]


async def test_a_post_is_seen_at_once(service: Service, writer: Client) -> None:
    """At its address, in its author's list, profile and standing, in a follower's feed."""
    await warm(service)
    client = service.client
    counts = (await client.get("/v1/users/barbara"))["counts"]
    standing = await client.get("/v1/users/barbara/reputation")
    answer = await writer.send(
        "POST", "/v1/posts", by="barbara", json={"title": "New", "body": "Text", "tags": ["b", "a"]}
    )
    views = await shown(service, answer.json()["id"])
    assert len(views) == 3
    made = answer.json()
    assert made.pop("viewer") == {"vote": 0, "follows_author": False}
    for view in views:
        view.pop("viewer", None)
        assert made == view
    assert counts["posts"] + 1 == (await client.get("/v1/users/barbara"))["counts"]["posts"]
    after = await client.get("/v1/users/barbara/reputation")
    assert standing["posts"] + 1 == after["posts"]


async def test_a_follow_is_seen_at_once(service: Service, writer: Client) -> None:
    """In the feed, in both profiles, beside the author's posts."""
    client = service.client
    await writer.send("PUT", "/v1/users/barbara/follow", by="ada")
    post_id = await warm(service)
    profiles = [await client.get(f"/v1/users/{handle}") for handle in ("ada", "barbara")]
    for method, follows in (("DELETE", False), ("PUT", True), ("DELETE", False)):
        await writer.send(method, "/v1/users/barbara/follow", by="ada")
        feed = [item["id"] for item in (await client.get("/v1/feed", by="ada"))["items"]]
        assert follows == (post_id in feed)
        post = await client.get(f"/v1/posts/{post_id}", by="ada")
        assert follows == post["viewer"]["follows_author"]
        ada, barbara = [await client.get(f"/v1/users/{handle}") for handle in ("ada", "barbara")]
        less = 0 if follows else 1
        assert profiles[0]["counts"]["following"] - less == ada["counts"]["following"]
        assert profiles[1]["counts"]["followers"] - less == barbara["counts"]["followers"]


async def test_a_post_is_seen_by_who_asked_for_it_too_early(service: Service) -> None:
    """Its absence may have been remembered, of every part of it."""
    client = service.client
    early = 2**50
    for _ in range(2):
        assert (await client.send("GET", f"/v1/posts/{early}")).status_code == 404
        assert (await client.send("GET", f"/v1/posts/{early}/comments")).status_code == 404
    await service.rows(f"alter table posts alter id set default {early}")
    answer = await client.send("POST", "/v1/posts", by="ada", json={"title": "t", "body": "b"})
    await service.rows("alter table posts alter id set default corral_id()")
    assert early == answer.json()["id"]
    assert answer.json() == await client.get(f"/v1/posts/{early}", by="ada")
    assert await client.get(f"/v1/posts/{early}/comments") == {"items": [], "next": None}


async def test_writers_at_once_all_get_through(service: Service) -> None:
    """More of them than connections, on posts that their readers have cached."""
    await warm(service)
    client = service.client
    [barbara, claude] = [await post_of(client, handle) for handle in ("barbara", "claude")]
    writers = [handle for handle in client.ids if handle not in {"barbara", "claude"}]
    answers = await asyncio.gather(
        *(
            client.send("PUT", f"/v1/posts/{post_id}/vote", by=by, json={"value": 1})
            for post_id in (barbara, claude)
            for by in writers
        )
    )
    assert len(answers) == 20
    assert {200} == {answer.status_code for answer in answers}
    for post_id in (barbara, claude):
        views = await shown(service, post_id)
        [row] = await service.rows(
            "select count(*) filter (where value = 1) as up from post_votes where post_id = $1",
            post_id,
        )
        assert {row["up"]} == {view["counts"]["upvotes"] for view in views}
