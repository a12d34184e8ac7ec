"""What a client has already got is not sent, nor put together, again."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from service.embedded.servers import Servers
from service.feed.models import AuthorCard, Counts, Page, Post, SeenPost, Viewer
from service.http.conditional import Reading, entity_tag
from service.patterns.auto_batch import AutoBatch
from service.strategies import STRATEGIES
from service.strategies.ids_first import IdsFirstPages
from tests.clients import Client, serving
from tests.http.conftest import hold_to_document
from tests.world import Databases

POST = Post(
    id=7,
    author=AuthorCard(1, "ada", "Ada"),
    title="Title",
    body="Body",
    tags=("caching",),
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    edited_at=None,
    version=3,
    counts=Counts(2, 3, 1, 4, 100, {"heart": 1, "sad": 2}),
)
SEEN = SeenPost(
    POST.id, POST.author, POST.title, POST.body, POST.tags, POST.created_at, None, 3, POST.counts,
    Viewer(vote=1, follows_author=False),
)  # fmt: skip


@pytest.fixture(scope="module", params=STRATEGIES)
async def each(
    request: pytest.FixtureRequest, databases: Databases, servers: Servers
) -> AsyncIterator[Client]:
    """Every strategy in turn."""
    async with (
        databases.copy_of("corral_test_world") as url,
        serving(request.param, url, servers.redis_urls[request.param]) as client,
    ):
        hold_to_document(client)
        yield client


async def newest(client: Client, handle: str = "barbara") -> int:
    """The id of a post."""
    page = await client.get(f"/v1/users/{handle}/posts?limit=1")
    return int(page["items"][0]["id"])


async def asked(client: Client, path: str, tag: str, by: str | None = None) -> httpx.Response:
    """A read by somebody who has something already."""
    return await client.send("GET", path, by=by, headers={"If-None-Match": tag})


@pytest.mark.parametrize("by", [None, "ada"])
async def test_what_one_has_is_304(each: Client, by: str | None) -> None:
    """A post, a profile: no body, and the headers that a 200 would have had."""
    post_id = await newest(each)
    for path in (f"/v1/posts/{post_id}", "/v1/users/barbara"):
        first = await each.send("GET", path, by=by)
        tag = first.headers["etag"]
        again = await asked(each, path, tag, by)
        assert (again.status_code, again.content) == (304, b"")
        for name in ("etag", "cache-control", "vary"):
            assert first.headers[name] == again.headers[name]
        assert "content-type" not in again.headers
        assert again.headers["cache-status"]
        other = await asked(each, path, '"v1-0000"', by)
        assert (other.status_code, other.headers["etag"]) == (200, tag)


async def test_a_change_is_sent(each: Client) -> None:
    """Each vote makes another tag; whoever has the old one gets the new post."""
    path = f"/v1/posts/{await newest(each)}"
    for value in (1, -1, 0):
        tag = (await each.send("GET", path, by="ada")).headers["etag"]
        await each.send("PUT", f"{path}/vote", by="claude", json={"value": value})
        again = await asked(each, path, tag, "ada")
        if value != 0:
            assert again.status_code == 200
            assert again.headers["etag"] != tag
    tag = (await each.send("GET", path, by="ada")).headers["etag"]
    assert tag.startswith('"v1-')
    await each.send("DELETE", "/v1/users/barbara/follow", by="ada")
    assert (await asked(each, path, tag, "ada")).status_code == 200
    await each.send("PUT", "/v1/users/barbara/follow", by="ada")
    assert (await asked(each, path, tag, "ada")).status_code == 304


async def test_a_tag_is_of_content_and_not_of_the_token(each: Client) -> None:
    """Two tokens of one reader, and all strategies, agree; readers with other facts do not."""
    path = f"/v1/posts/{await newest(each)}"
    await each.send("PUT", f"{path}/vote", by="ada", json={"value": 1})
    tag = (await each.send("GET", path, by="ada")).headers["etag"]
    assert (await asked(each, path, tag, "ada")).status_code == 304
    assert (await asked(each, path, tag, "barbara")).status_code == 200
    assert (await asked(each, path, tag)).status_code == 200


async def test_what_is_not_there_is_no_304(each: Client) -> None:
    """`*` names whatever there is, and nothing is there."""
    assert (await asked(each, "/v1/posts/77", "*")).status_code == 404
    assert (await asked(each, f"/v1/posts/{await newest(each)}", "*")).status_code == 304


async def test_texts_are_left_where_they_are(
    databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """304 asks for no text, of a process that has none near; without outlines it asks for it."""
    async with (
        databases.copy_of("corral_test_world") as url,
        serving("layered", url, servers.redis_urls["layered"]) as client,
    ):
        path = f"/v1/posts/{await newest(client)}"
        tag = (await client.send("GET", path, by="ada")).headers["etag"]
        asked_for: set[str] = set()
        plain = AutoBatch.get_many

        async def noted(batch: AutoBatch, keys: Sequence[str]) -> Any:
            asked_for.update(keys)
            return await plain(batch, keys)

        async def texts() -> int:
            """How many texts the shared cache is asked for by who has the newest."""
            for entry in ("post", "head"):  # nothing of it lies near
                await client.expire(f"{entry}:{path.rpartition('/')[2]}")
            asked_for.clear()
            assert (await asked(client, path, tag, "ada")).status_code == 304
            return len([key for key in asked_for if re.fullmatch(r"post:{\d+}:v", key)])

        monkeypatch.setattr(AutoBatch, "get_many", noted)
        assert await texts() == 0
        assert any("head" in key for key in asked_for)
        monkeypatch.setattr(IdsFirstPages, "outlined", lambda pages: pages)
        assert await texts() == 1


def test_a_tag_follows_what_is_shown() -> None:
    """Everything that can change without the version changes the tag, and views do not."""
    tag = entity_tag(POST)
    assert tag.startswith('"v3-')
    counts = POST.counts
    for other in (
        replace(POST, version=4),
        replace(POST, id=8),
        replace(POST, author=replace(POST.author, display_name="Lovelace")),
        replace(POST, counts=replace(counts, upvotes=4)),
        replace(POST, counts=replace(counts, downvotes=2)),
        replace(POST, counts=replace(counts, comments=5)),
        replace(POST, counts=replace(counts, reactions={"heart": 2, "sad": 2})),
        SEEN,
        replace(SEEN, viewer=Viewer(vote=0, follows_author=False)),
        replace(SEEN, viewer=Viewer(vote=1, follows_author=True)),
    ):
        assert entity_tag(other) not in {tag} - {entity_tag(SEEN)}
    for same in (
        replace(POST, counts=replace(counts, views=101)),
        replace(POST, counts=replace(counts, reactions={"sad": 2, "heart": 1, "fire": 0})),
        replace(POST, title="", body="", tags=()),  # an outline
    ):
        assert tag == entity_tag(same)


def test_the_tag_of_a_list_is_of_its_items_and_its_end() -> None:
    """Other items, another order, another cursor: another tag."""
    other = replace(POST, id=8)
    pages = [
        Page([POST, other], None),
        Page([other, POST], None),
        Page([POST], None),
        Page([POST, other], "cursor"),
        Page([], None),
        Page([SEEN, other], None),
    ]
    assert len({entity_tag(page) for page in pages}) == len(pages)
    assert entity_tag(pages[0]) == entity_tag(Page([replace(POST, body=""), other], None))
    assert not entity_tag(pages[0]).startswith('"v')


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ('"v3-a"', True),
        ('W/"v3-a"', True),
        ('"x", "v3-a"', True),
        ('"x",W/"v3-a" , "y"', True),
        ("*", True),
        (" * ", True),
        ('"v3-ab"', False),
        ("v3-a", False),
        ('"v3-a', False),
        ("", False),
        (None, False),
        ('"*"', False),
    ],
)
def test_if_none_match_is_read_as_the_standard_says(given: str | None, known: bool) -> None:
    """Weak comparison, lists, `*`; what is no tag matches nothing."""
    assert known == Reading(given).is_known('"v3-a"')
