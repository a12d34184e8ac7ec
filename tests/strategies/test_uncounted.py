"""Who is signed in is shown the counts of the rows, so nobody reads or makes others for them."""

import pytest

from service.feed import home, posts
from tests.strategies.service import Service


async def counted(layered: Service) -> int:
    """Read what somebody signed in reads most; how many posts have counts in Redis then."""
    feed = await layered.client.get("/v1/feed?limit=3", by="ada")
    author = feed["items"][0]["author"]["handle"]
    found = [
        *feed["items"],
        *(await layered.client.get(f"/v1/users/{author}/posts", by="ada"))["items"],
    ]
    for item in found:
        post = await layered.client.get(f"/v1/posts/{item['id']}", by="ada")
        row = await layered.rows("select score, comment_count from posts where id = $1", item["id"])
        assert (row[0]["score"], row[0]["comment_count"]) == (
            post["counts"]["score"],
            post["counts"]["comments"],
        )
        assert post["counts"] | {"views": 0} == item["counts"] | {"views": 0}
    assert any(item["counts"]["score"] for item in found)
    return sum(key.endswith(":h") for key in await layered.ttls())


async def test_counts_are_read_once(layered: Service) -> None:
    """They are those of the rows, and no hash is asked for or filled."""
    before = await layered.commands("hmget")
    assert await counted(layered) == 0
    assert before == await layered.commands("hmget")


async def test_what_a_client_has_is_told_without_counts_too(layered: Service) -> None:
    """A 304 asks for no more than the page would have."""
    tag = (await layered.client.send("GET", "/v1/feed", by="ada")).headers["etag"]
    again = await layered.client.send("GET", "/v1/feed", by="ada", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert not any(key.endswith(":h") for key in await layered.ttls())


async def test_without_that_they_are_read_twice(
    layered: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: the same pages as for everybody."""
    for use_case in (home, posts):
        monkeypatch.setattr(use_case, "pages_for", lambda _, pages: pages)
    assert await counted(layered) > 0


async def test_nobody_signed_in_is_shown_the_cached_counts(layered: Service) -> None:
    """And they are the same."""
    [item, *_] = (await layered.client.get("/v1/feed?limit=1", by="ada"))["items"]
    post = await layered.client.get(f"/v1/posts/{item['id']}")
    assert item["counts"] | {"views": 0} == post["counts"] | {"views": 0}
    assert any(key.endswith(":h") for key in await layered.ttls())
