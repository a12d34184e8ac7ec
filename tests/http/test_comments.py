"""Comments over HTTP: how a thread reads, what an edit needs, what a deletion leaves."""

import asyncio
import random
from collections import defaultdict
from typing import Any

import pytest

from tests.clients import Client
from tests.http.discussing import (
    counted,
    ids,
    new_post,
    say,
    take_back,
    thread,
    try_to_say,
    vote,
)
from tests.http.problems import problem
from tests.world import PEOPLE

NOBODY = {"id": 0, "handle": "[deleted]", "display_name": "deleted"}


async def status(client: Client, comment_id: int, part: str = "") -> int:
    """What its address answers."""
    answer = await client.send("GET", f"/v1/comments/{comment_id}{part}")
    if answer.status_code >= 400:
        problem(answer)
    return answer.status_code


async def test_a_thread_is_read_from_above(client: Client) -> None:
    """Newest first among siblings, each followed by what answers it, as deep as one likes."""
    post_id = await new_post(client)
    first = await say(client, post_id)
    second = await say(client, post_id)
    reply = await say(client, post_id, first)
    deep = await say(client, post_id, reply)
    other = await say(client, post_id, first)
    assert [second, first, other, reply, deep] == await ids(client, post_id)
    assert [second, first, other, reply] == await ids(client, post_id, "depth=2")
    assert [second, first] == await ids(client, post_id, "depth=1")
    replies = {item["id"]: item["replies"] for item in await thread(client, post_id, "depth=1")}
    assert {first: 2, second: 0} == replies
    below = await client.get(f"/v1/comments/{first}/replies")
    assert [other, reply, deep] == [item["id"] for item in below["items"]]
    below = await client.get(f"/v1/comments/{first}/replies?depth=1")
    assert [other, reply] == [item["id"] for item in below["items"]]
    assert await client.get(f"/v1/comments/{second}/replies") == {"items": [], "next": None}
    assert await counted(client, post_id) == 5


async def test_the_best_stand_first(client: Client) -> None:
    """By Wilson's bound among siblings; without votes the newer first."""
    post_id = await new_post(client)
    bad, plain, good = [await say(client, post_id) for _ in range(3)]
    worse, better = [await say(client, post_id, bad) for _ in range(2)]
    await vote(client, good, 1, by="claude")
    await vote(client, worse, 1, by="claude")
    for by in ("claude", "donald"):
        await vote(client, bad, -1, by=by)
    await client.expire(f"comments:{post_id}")
    # No votes and votes against weigh the same: nothing speaks for either.
    assert [good, plain, bad, worse, better] == await ids(client, post_id, "sort=best")
    assert [good, plain, bad, better, worse] == await ids(client, post_id)


async def test_replies_are_paged(client: Client) -> None:
    """To their end, and by links; each page is full but the last."""
    post_id = await new_post(client)
    root = await say(client, post_id)
    said = [await say(client, post_id, root) for _ in range(5)]
    for sort in ("new", "best"):
        path, met = f"/v1/comments/{root}/replies?limit=2&sort={sort}", []
        while path:
            answer = await client.send("GET", path)
            page = answer.json()
            met += [item["id"] for item in page["items"]]
            link = answer.headers.get("link", "")
            assert (page["next"] is None) == (link == "")
            path = link.removeprefix("<").removesuffix('>; rel="next"')
        assert said[::-1] == met


async def test_a_cursor_belongs_to_its_thread(client: Client) -> None:
    """Its post, its root, its order and its depth: everything else is 400."""
    post_id = await new_post(client)
    root = await say(client, post_id)
    for _ in range(2):
        await say(client, post_id, root)
    path = f"/v1/posts/{post_id}/comments"
    cursor = (await client.get(f"{path}?limit=1"))["next"]
    replies = (await client.get(f"/v1/comments/{root}/replies?limit=1"))["next"]
    assert (await client.send("GET", f"{path}?limit=1&cursor={cursor}")).status_code == 200
    for other in (
        f"{path}?sort=best&cursor={cursor}",
        f"{path}?depth=3&cursor={cursor}",
        f"{path}?cursor={replies}",
        f"/v1/comments/{root}/replies?cursor={cursor}",
        f"/v1/posts/{post_id - 1}/comments?cursor={cursor}",
        f"{path}?cursor={cursor}A",
    ):
        answer = await client.send("GET", other)
        assert answer.status_code == 400, other
        assert problem(answer)["title"] == "Bad cursor"


async def test_the_deepest_cursor_fits(client: Client) -> None:
    """Eight levels by `best` are sixteen sort keys, and still a cursor."""
    post_id, above = await new_post(client), None
    chain = []
    for _ in range(8):
        above = await say(client, post_id, above)
        chain.append(above)
    last = await say(client, post_id, chain[-2])
    path, met = f"/v1/posts/{post_id}/comments?sort=best&limit=8", []
    page = await client.get(path)
    met = [item["id"] for item in page["items"]]
    page = await client.get(f"{path}&cursor={page['next']}")
    assert [*chain[:-1], last, chain[-1]] == [*met, *(item["id"] for item in page["items"])]


async def test_a_thread_is_eight_levels_deep(client: Client) -> None:
    """The ninth is refused, in words."""
    post_id, above = await new_post(client), None
    for _ in range(8):
        above = await say(client, post_id, above)
    answer = await try_to_say(client, post_id, above)
    assert answer.status_code == 422
    assert "8 levels" in problem(answer)["detail"]
    assert await counted(client, post_id) == 8
    for query in ("depth=9", "depth=0", "sort=worst"):
        path = f"/v1/posts/{post_id}/comments?{query}"
        assert (await client.send("GET", path)).status_code == 422


async def test_a_comment_has_an_address(client: Client) -> None:
    """With an ETag that a reader need not pay for twice, and that votes and replies change."""
    post_id = await new_post(client)
    comment_id = await say(client, post_id)
    path, tags = f"/v1/comments/{comment_id}", set()
    for _ in range(2):
        answer = await client.send("GET", path)
        assert answer.json() == (await thread(client, post_id))[-1]
        tags.add(answer.headers["ETag"])
        known = {"If-None-Match": answer.headers["ETag"]}
        assert (await client.send("GET", path, headers=known)).status_code == 304
        await vote(client, comment_id, 1, by="claude")
    assert len(tags) == 2
    assert all(tag.startswith('"v1-') for tag in tags)
    assert await status(client, 77) == 404
    assert await status(client, 77, "/replies") == 404


async def test_an_edit_needs_the_version_it_is_meant_for(client: Client) -> None:
    """428 without one, 412 for an older; the answer's ETag is the one to go on with."""
    post_id = await new_post(client)
    comment_id = await say(client, post_id)
    path, sent = f"/v1/comments/{comment_id}", {"body": "Better said."}
    tag = (await client.send("GET", path)).headers["ETag"]

    async def edit(by: str | None = "ada", **headers: str) -> Any:
        return await client.send("PATCH", path, by=by, json=sent, headers=headers)

    assert (await edit()).status_code == 428
    assert (await edit(by=None)).status_code == 401
    assert (await edit(by="claude", **{"If-Match": tag})).status_code == 403
    await vote(client, comment_id, 1, by="claude")  # nobody's edit fails for a vote
    edited = await edit(**{"If-Match": tag})
    assert edited.status_code == 200
    assert edited.headers["ETag"].startswith('"v2-')
    assert (edited.json()["body"], edited.json()["score"]) == ("Better said.", 1)
    assert edited.json()["edited_at"] > edited.json()["created_at"]
    seen = await client.send("GET", path)
    assert edited.json() == seen.json()
    assert edited.headers["ETag"] == seen.headers["ETag"]
    assert (await edit(**{"If-Match": tag})).status_code == 412
    assert (await edit(**{"If-Match": "*"})).status_code == 200
    for body in ({"body": ""}, {}, {"body": "x", "score": 9}):
        answer = await client.send("PATCH", path, by="ada", json=body, headers={"If-Match": "*"})
        assert answer.status_code == 422


async def test_an_old_version_is_not_deleted(client: Client) -> None:
    """Where one is named: 412; somebody else's is 403, and nobody's 404."""
    post_id = await new_post(client)
    comment_id = await say(client, post_id)
    old = {"If-Match": '"v7"'}
    assert (await take_back(client, comment_id, headers=old)).status_code == 412
    assert (await take_back(client, comment_id, by="claude")).status_code == 403
    assert (await take_back(client, 77)).status_code == 404
    assert [comment_id] == await ids(client, post_id)


async def test_without_replies_a_deleted_comment_is_gone(client: Client) -> None:
    """From its list, from the count, from its address, and for good."""
    post_id = await new_post(client)
    kept, gone = [await say(client, post_id) for _ in range(2)]
    assert await status(client, gone) == 200
    assert (await take_back(client, gone)).status_code == 204
    assert [kept] == await ids(client, post_id)
    assert await counted(client, post_id) == 1
    assert await status(client, gone) == await status(client, gone, "/replies") == 410
    assert (await take_back(client, gone)).status_code == 410
    answer = await client.send(
        "PATCH", f"/v1/comments/{gone}", by="ada", json={"body": "x"}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 410
    assert (await try_to_say(client, post_id, gone)).status_code == 410


async def test_with_replies_a_deleted_comment_keeps_its_place(client: Client) -> None:
    """Without text and author. Nobody answers it any more, nor votes on it."""
    post_id = await new_post(client)
    parent = await say(client, post_id)
    reply = await say(client, post_id, parent, by="claude")
    assert (await take_back(client, parent)).status_code == 204
    [tombstone, shown] = await thread(client, post_id)
    assert (tombstone["id"], shown["id"]) == (parent, reply)
    assert (tombstone["deleted"], tombstone["body"], tombstone["replies"]) == (True, "", 1)
    assert tombstone["author"] == NOBODY
    assert tombstone == await client.get(f"/v1/comments/{parent}")
    assert await counted(client, post_id) == 1
    assert (await take_back(client, parent)).status_code == 410
    assert (await try_to_say(client, post_id, parent)).status_code == 410
    answer = await client.send("PUT", f"/v1/comments/{parent}/vote", by="ada", json={"value": 1})
    assert answer.status_code == 410


async def test_a_tombstone_goes_with_the_last_of_its_replies(client: Client) -> None:
    """And those above it that only it kept; one that still says something stays."""
    post_id = await new_post(client)
    top = await say(client, post_id)
    first = await say(client, post_id, top)
    second = await say(client, post_id, first)
    leaf = await say(client, post_id, second)
    other = await say(client, post_id, second)
    for comment_id in (first, second):
        await take_back(client, comment_id)
    assert [top, first, second, other, leaf] == await ids(client, post_id)
    await take_back(client, leaf)
    assert [top, first, second, other] == await ids(client, post_id)
    await take_back(client, other)
    [left] = await thread(client, post_id)
    assert (left["id"], left["replies"]) == (top, 0)
    assert await counted(client, post_id) == 1
    assert {410} == {await status(client, gone) for gone in (first, second, leaf, other)}


async def test_an_administrator_deletes_what_others_wrote(client: Client) -> None:
    """And edits none of it; whoever was one when the token was made, neither."""
    comment_id = await say(client, await new_post(client))
    assert (await take_back(client, comment_id, by="grace", admin=True)).status_code == 403
    answer = await client.send(
        "PATCH",
        f"/v1/comments/{comment_id}",
        by="barbara",
        admin=True,
        json={"body": "I put it nicer."},
        headers={"If-Match": "*"},
    )
    assert answer.status_code == 403
    assert (await take_back(client, comment_id, by="barbara", admin=True)).status_code == 204
    assert await status(client, comment_id) == 410


async def test_comments_go_with_their_post(client: Client) -> None:
    """410 for the thread, for each of it, and for whoever wants to add to it."""
    post_id = await new_post(client)
    comment_id = await say(client, post_id)
    assert await status(client, comment_id) == 200
    assert [comment_id] == await ids(client, post_id)
    answer = await client.send(
        "DELETE", f"/v1/posts/{post_id}", by="barbara", headers={"If-Match": "*"}
    )
    assert answer.status_code == 204
    assert await status(client, comment_id) == await status(client, comment_id, "/replies") == 410
    answer = await client.send("GET", f"/v1/posts/{post_id}/comments")
    assert answer.status_code == 410
    assert (await try_to_say(client, post_id)).status_code == 410
    assert (await try_to_say(client, post_id, comment_id)).status_code == 410
    answer = await client.send(
        "PUT", f"/v1/comments/{comment_id}/vote", by="ada", json={"value": 1}
    )
    assert answer.status_code == 410


@pytest.mark.parametrize("seed", range(3))
async def test_a_thread_is_right_after_many_hands(client: Client, seed: int) -> None:
    """Twelve people answer and delete at once: counts follow the rows, nothing hangs in the air."""
    rng, post_id = random.Random(seed), await new_post(client)
    roots = [await say(client, post_id) for _ in range(2)]

    async def talk(by: str) -> None:
        said: list[int] = []
        for _ in range(4):
            answer = await try_to_say(client, post_id, rng.choice([None, *roots, *said]), by)
            assert answer.status_code in {201, 410}
            if answer.status_code == 201:
                said.append(answer.json()["id"])
            if said and rng.random() < 0.4:
                assert (await take_back(client, rng.choice(said), by)).status_code in {204, 410}

    await asyncio.gather(*(talk(by) for by in PEOPLE), *(take_back(client, one) for one in roots))
    found = await thread(client, post_id)
    replies: defaultdict[int | None, int] = defaultdict(int)
    for item in found:
        replies[item["parent_id"]] += 1
    assert {item["id"]: item["replies"] for item in found} == {
        item["id"]: replies[item["id"]] for item in found
    }
    assert all(item["replies"] for item in found if item["deleted"])
    assert {item["parent_id"] for item in found} - {None} <= {item["id"] for item in found}
    assert await counted(client, post_id) == sum(not item["deleted"] for item in found)
