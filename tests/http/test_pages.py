"""Pages of the site itself."""

import asyncpg
import pytest

from service.embedded.servers import Servers
from tests.clients import Client, serving
from tests.http.problems import problem
from tests.world import Databases


async def test_a_page_is_shown_with_its_version(reader: Client) -> None:
    """Its text, and an ETag that saves sending it again."""
    answer = await reader.send("GET", "/v1/pages/about")
    page = answer.json()
    assert ("about", "About", "Twelve people.", 1) == (
        page["slug"], page["title"], page["body"], page["version"]
    )  # fmt: skip
    tag = answer.headers["etag"]
    assert tag.startswith('"v1-')
    again = await reader.send("GET", "/v1/pages/about", headers={"If-None-Match": tag})
    assert (304, b"", tag) == (again.status_code, again.content, again.headers["etag"])


async def test_an_unknown_page_is_404(reader: Client) -> None:
    """And what cannot be the name of one is 422."""
    answer = await reader.send("GET", "/v1/pages/nothing")
    assert answer.status_code == 404
    problem(answer)
    for slug in ("About", "a b", "-a", "a" * 61):
        assert (await reader.send("GET", f"/v1/pages/{slug}")).status_code == 422


async def test_nothing_writes_a_page(reader: Client) -> None:
    """405, whoever asks."""
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        answer = await reader.send(method, "/v1/pages/about", by="ada", admin=True)
        assert answer.status_code == 405


@pytest.mark.parametrize("name", ["no_cache", "naive", "article", "layered"])
async def test_a_row_changed_by_hand_is_shown_once_its_entry_is_dropped(
    name: str, databases: Databases, servers: Servers
) -> None:
    """Until then, for up to a week, the old one; without a cache at once."""
    async with (
        databases.copy_of("corral_test_world") as url,
        serving(name, url, servers.redis_urls[name]) as client,
    ):
        old = await client.get("/v1/pages/about")
        connection = await asyncpg.connect(url)
        await connection.execute("update pages set title = 'New', version = 2")
        await connection.close()
        new = await client.get("/v1/pages/about")
        assert (new == old) == (name != "no_cache")
        await client.expire("page:about")
        new = await client.get("/v1/pages/about")
        assert ("New", 2) == (new["title"], new["version"])
