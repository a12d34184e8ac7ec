"""What was made is answered as its maker would read it, with the ETag to go on with."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from fastapi import Response

from service.feed.claims import Answered
from service.http import once
from tests.clients import Client

NEW_POST = {"title": "Made", "body": "Fresh.", "tags": ["caching"]}


async def make(client: Client, path: str, by: str | None, body: Mapping[str, Any], key: str) -> Any:
    """The answers to a request that is sent twice under one key."""
    answers = [
        await client.send("POST", path, by=by, json=body, headers={"Idempotency-Key": key})
        for _ in range(2)
    ]
    assert [201, 201] == [answer.status_code for answer in answers], answers[0].text
    return answers


def facts(answer: httpx.Response) -> tuple[Any, ...]:
    """What has to be the same in both."""
    return (answer.content, *(answer.headers[name] for name in ("etag", "location")))


@pytest.fixture(params=["post", "comment", "user"])
async def made(request: pytest.FixtureRequest, client: Client) -> tuple[str | None, Any]:
    """Who made something, and both answers."""
    key = f"made-{request.param}"
    if request.param == "user":
        new = {"handle": "maker", "password": "long enough"}
        return None, await make(client, "/v1/users", None, new, key)
    if request.param == "post":
        return "ada", await make(client, "/v1/posts", "ada", NEW_POST, key)
    post = await client.send("POST", "/v1/posts", by="barbara", json=NEW_POST)
    path = f"{post.headers['location']}/comments"
    return "ada", await make(client, path, "ada", {"body": "Well made."}, key)


async def test_an_answer_is_what_a_read_would_be(
    client: Client, made: tuple[str | None, list[httpx.Response]]
) -> None:
    """Body and ETag; asked for with that ETag there is nothing new. A replay says the same."""
    by, (first, again) = made
    assert facts(first) == facts(again)
    path, tag = first.headers["location"], first.headers["etag"]
    read = await client.send("GET", path, by=by)
    assert (first.json(), tag) == (read.json(), read.headers["etag"])
    unchanged = await client.send("GET", path, by=by, headers={"If-None-Match": tag})
    assert unchanged.status_code == 304


def test_an_answer_kept_without_a_tag_is_given_without() -> None:
    """A version that knew none kept it; an empty ETag would be none."""
    answer = once._response(Answered(201, b"{}", "/v1/posts/1", ""))
    assert "etag" not in answer.headers
    assert answer.headers["location"] == "/v1/posts/1"


async def test_a_new_post_shows_what_is_its_authors(client: Client) -> None:
    """As for each who is signed in: no vote yet, and nobody follows oneself."""
    answer = await client.send("POST", "/v1/posts", by="ada", json=NEW_POST)
    assert {"vote": 0, "follows_author": False} == answer.json()["viewer"]
    assert answer.headers["etag"].startswith('"v1-')


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/posts", NEW_POST), ("/v1/posts/{}/comments", {"body": "A word."})]
)
async def test_the_etag_is_the_version_to_change(
    client: Client, path: str, body: Mapping[str, Any]
) -> None:
    """Whoever has just written something edits it without reading it first."""
    post = await client.send("POST", "/v1/posts", by="ada", json=NEW_POST)
    answer = await client.send("POST", path.format(post.json()["id"]), by="ada", json=body)
    match = {"If-Match": answer.headers["etag"]}
    for status in (200, 412):
        edited = await client.send(
            "PATCH", answer.headers["location"], by="ada", json={"body": "Better."}, headers=match
        )
        assert status == edited.status_code


async def test_an_etag_that_is_not_kept_is_missed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests above can fail: a replay that is answered without it differs."""
    plain = once._response

    def forget(answered: Any, more: Any = None) -> Response:
        answer = plain(answered, more)
        if more:
            del answer.headers["etag"]
        return answer

    monkeypatch.setattr(once, "_response", forget)
    first, again = await make(client, "/v1/posts", "ada", NEW_POST, "forgotten")
    assert "etag" in first.headers
    with pytest.raises(KeyError):
        facts(again)
