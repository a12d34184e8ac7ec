"""Writes over HTTP: what they answer, what they count, what they refuse."""

import asyncio
from itertools import cycle
from typing import Any

import pytest

from tests.clients import Client
from tests.http.problems import problem
from tests.world import PEOPLE


async def post_of(client: Client, handle: str = "barbara", by: str | None = None) -> Any:
    """The newest post of somebody."""
    return (await client.get(f"/v1/users/{handle}/posts?limit=1", by=by))["items"][0]


async def vote(client: Client, by: str, post_id: int, value: int) -> Any:
    """Counts after a vote."""
    answer = await client.send("PUT", f"/v1/posts/{post_id}/vote", by=by, json={"value": value})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def comment(client: Client, by: str, post_id: int, **body: Any) -> Any:
    """A new comment."""
    answer = await client.send("POST", f"/v1/posts/{post_id}/comments", by=by, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_vote_counts_from_every_value_to_every_other(client: Client) -> None:
    """Up, down and none, in every order, twice each: the counters follow the one vote."""
    post = await post_of(client)
    await vote(client, "ada", post["id"], 0)
    bare = (await post_of(client))["counts"]
    for value in (1, -1, 1, 0, -1, 0, 0, 1, 1, -1, -1, 0):
        counts = await vote(client, "ada", post["id"], value)
        assert bare["upvotes"] + (value == 1) == counts["upvotes"]
        assert bare["downvotes"] + (value == -1) == counts["downvotes"]
        assert counts["score"] == counts["upvotes"] - counts["downvotes"]
        shown = await client.get(f"/v1/posts/{post['id']}", by="ada")
        assert counts == shown["counts"]
        assert value == shown["viewer"]["vote"]


async def test_a_vote_on_nothing_is_404(client: Client) -> None:
    """A post that nobody wrote."""
    answer = await client.send("PUT", "/v1/posts/77/vote", by="ada", json={"value": 1})
    assert answer.status_code == 404
    problem(answer)


async def test_a_vote_is_taken_back(client: Client) -> None:
    """As by a vote of 0; again changes nothing."""
    post = await post_of(client)
    bare = await vote(client, "ada", post["id"], 0)
    await vote(client, "ada", post["id"], -1)
    for _ in range(2):
        answer = await client.send("DELETE", f"/v1/posts/{post['id']}/vote", by="ada")
        assert answer.status_code == 200
        assert bare == answer.json()
        shown = await client.get(f"/v1/posts/{post['id']}", by="ada")
        assert (bare, 0) == (shown["counts"], shown["viewer"]["vote"])
    answer = await client.send("DELETE", "/v1/posts/77/vote", by="ada")
    assert answer.status_code == 404
    problem(answer)


async def test_votes_at_once_are_counted_exactly(client: Client) -> None:
    """Twenty people's at a time on four posts, each with two minds: counters follow the rows."""
    posts = [(await post_of(client, handle))["id"] for handle in PEOPLE[:4]]
    values = cycle([1, -1, 0, 1, 0])
    for _ in range(4):
        pairs = [(by, post_id) for by in PEOPLE[:5] for post_id in posts]
        await asyncio.gather(
            *(vote(client, *pair, next(values)) for pair in pairs for _ in range(2))
        )
        for post_id in posts:
            mine = [
                (await client.get(f"/v1/posts/{post_id}", by=by))["viewer"]["vote"] for by in PEOPLE
            ]
            counts = (await client.get(f"/v1/posts/{post_id}"))["counts"]
            assert (mine.count(1), mine.count(-1)) == (counts["upvotes"], counts["downvotes"])


async def test_a_comment_is_counted_and_shown_first(client: Client) -> None:
    """Newest first, with its author; the post counts one more."""
    post = await post_of(client)
    made = await comment(client, "ada", post["id"], body="Well said.")
    shown = await client.get(f"/v1/posts/{post['id']}/comments?limit=1")
    assert made == shown["items"][0]
    assert (made["author"]["handle"], made["parent_id"], made["replies"]) == ("ada", None, 0)
    assert post["counts"]["comments"] + 1 == (await post_of(client))["counts"]["comments"]


async def test_a_reply_is_counted_at_its_parent(client: Client) -> None:
    """Also replies to replies, each at its own parent; many at once, none lost."""
    post = await post_of(client)
    first = await comment(client, "ada", post["id"], body="First.")
    second, *_ = await asyncio.gather(
        *(comment(client, by, post["id"], body="Re.", parent_id=first["id"]) for by in PEOPLE[1:9])
    )
    await comment(client, "ada", post["id"], body="Re re.", parent_id=second["id"])
    shown = (await client.get(f"/v1/posts/{post['id']}/comments?limit=20"))["items"]
    replies = {item["id"]: item["replies"] for item in shown}
    assert (replies[first["id"]], replies[second["id"]]) == (8, 1)
    counts = (await client.get(f"/v1/posts/{post['id']}"))["counts"]
    assert post["counts"]["comments"] + 10 == counts["comments"]


async def test_a_comment_without_its_place_is_404(client: Client) -> None:
    """No post, no parent, or a parent under another post; nothing is counted."""
    here, there = await post_of(client, "barbara"), await post_of(client, "claude")
    elsewhere = await comment(client, "ada", there["id"], body="Elsewhere.")
    for post_id, parent_id in (
        (77, None),
        (77, elsewhere["id"]),
        (here["id"], 77),
        (here["id"], elsewhere["id"]),
    ):
        answer = await client.send(
            "POST",
            f"/v1/posts/{post_id}/comments",
            by="ada",
            json={"body": "Lost.", "parent_id": parent_id},
        )
        assert answer.status_code == 404
        problem(answer)
    assert here == await post_of(client, "barbara")
    listed = (await client.get(f"/v1/posts/{there['id']}/comments"))["items"]
    assert elsewhere in listed


async def following(client: Client, by: str, whom: str) -> tuple[int, int, bool]:
    """How many `by` follows, how many follow `whom`, and whether `by` sees that he is one."""
    follower, followee = await client.get(f"/v1/users/{by}"), await client.get(f"/v1/users/{whom}")
    seen = (await client.get(f"/v1/users/{whom}/posts?limit=1", by=by))["items"][0]["viewer"]
    return (
        follower["counts"]["following"], followee["counts"]["followers"], seen["follows_author"]
    )  # fmt: skip


async def test_following_twice_counts_once(client: Client) -> None:
    """Follow and unfollow are what shall be, not what changes."""
    path = "/v1/users/claude/follow"
    await client.send("DELETE", path, by="ada")
    following_0, followers_0, follows = await following(client, "ada", "claude")
    assert not follows
    for method, more in (("DELETE", 0), ("PUT", 1), ("PUT", 1), ("DELETE", 0), ("DELETE", 0)):
        answer = await client.send(method, path, by="ada")
        assert (answer.status_code, answer.content) == (204, b"")
        expected = (following_0 + more, followers_0 + more, bool(more))
        assert expected == await following(client, "ada", "claude")


async def test_follows_at_once_are_counted_exactly(client: Client) -> None:
    """Everybody follows everybody, both ways at once: no deadlock, no lost count."""
    pairs = [(a, b) for a in PEOPLE[:6] for b in PEOPLE[:6] if a != b]
    await asyncio.gather(*(client.send("DELETE", f"/v1/users/{b}/follow", by=a) for a, b in pairs))
    before = {handle: (await client.get(f"/v1/users/{handle}"))["counts"] for handle in PEOPLE[:6]}
    answers = await asyncio.gather(
        *(client.send("PUT", f"/v1/users/{b}/follow", by=a) for a, b in pairs + pairs)
    )
    assert {204} == {answer.status_code for answer in answers}
    for handle, counts in before.items():
        now = (await client.get(f"/v1/users/{handle}"))["counts"]
        assert counts["followers"] + 5 == now["followers"]
        assert counts["following"] + 5 == now["following"]


async def test_nobody_follows_oneself(client: Client) -> None:
    """422, since the request itself is fine; 404 for somebody who is not there."""
    for method in ("PUT", "DELETE"):
        answer = await client.send(method, "/v1/users/ada/follow", by="ada")
        assert answer.status_code == 422
        problem(answer)
        answer = await client.send(method, "/v1/users/nobody/follow", by="ada")
        assert answer.status_code == 404
        problem(answer)


async def test_a_post_is_shown_as_it_was_answered(client: Client) -> None:
    """Its tags once each and sorted; at its address, first in its author's list, and counted."""
    before = (await client.get("/v1/users/ada"))["counts"]["posts"]
    sent = {"title": "On", "body": "Fresh.", "tags": ["new", "b", "caching", "new", "a-z", "az"]}
    answer = await client.send("POST", "/v1/posts", by="ada", json=sent)
    made = answer.json()
    assert answer.headers["location"] == f"/v1/posts/{made['id']}"
    assert made == await client.get(answer.headers["location"], by="ada")
    assert made == await post_of(client, "ada", by="ada")
    assert made["tags"] == ["a-z", "az", "b", "caching", "new"]
    assert before + 1 == (await client.get("/v1/users/ada"))["counts"]["posts"]


async def test_posts_that_bring_the_same_new_tags_do_not_meet(client: Client) -> None:
    """Twelve at once, their common new tags in different order: no deadlock, no lost tag."""
    tags = [f"tag-{number}" for number in range(8)]
    answers = await asyncio.gather(
        *(
            client.send(
                "POST",
                "/v1/posts",
                by=by,
                json={"title": "t", "body": "b", "tags": tags if place % 2 else tags[::-1]},
            )
            for place, by in enumerate(PEOPLE)
        )
    )
    assert {201} == {answer.status_code for answer in answers}
    for answer in answers:
        assert tags == (await client.get(answer.headers["location"]))["tags"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/posts", {"title": "t", "body": "b", "tags": ["caching"]}),
        ("POST", "/v1/posts/{post}/comments", {"body": "b"}),
        ("PUT", "/v1/posts/{post}/vote", {"value": 1}),
        ("DELETE", "/v1/posts/{post}/vote", None),
        ("PUT", "/v1/users/ada/follow", None),
        ("DELETE", "/v1/users/ada/follow", None),
    ],
)
async def test_a_token_whose_user_is_gone_writes_nothing(
    client: Client, method: str, path: str, body: Any
) -> None:
    """401: the token still verifies, but there is nobody to write as."""
    client.ids = {**client.ids, "ghost": 77}
    post = await post_of(client)
    answer = await client.send(method, path.format(post=post["id"]), by="ghost", json=body)
    assert answer.status_code == 401
    problem(answer)
    assert post == await post_of(client)
