"""Every route as everybody, on what is there, what was deleted and what never was."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from service.embedded.servers import Servers
from service.http.deps import admin_of, user_of
from service.http.tokens import Identity
from tests.authorisation.matrix import cells_of, wrong_cells
from tests.authorisation.table import TABLE, Route, operations, read_table
from tests.clients import Client, serving
from tests.http.conftest import hold_to_document
from tests.world import Databases

ROUTES = read_table(TABLE.read_text())


@pytest.fixture(scope="module")
async def matrix(
    databases: Databases, servers: Servers
) -> AsyncIterator[tuple[Client, asyncpg.Connection]]:
    """A service of its own, and a way to its database."""
    redis_url = servers.redis_urls["layered"].removesuffix("/0") + "/2"
    async with (
        databases.copy_of("corral_test_world") as url,
        serving("layered", url, redis_url) as client,
    ):
        hold_to_document(client)
        connection = await asyncpg.connect(url)
        try:
            yield client, connection
        finally:
            await connection.close()


async def wrong(matrix: tuple[Client, asyncpg.Connection], route: Route, who: str) -> list[str]:
    """What is wrong in the cells of one route."""
    client, connection = matrix
    operation = operations(client.app.openapi())[route]
    return [said async for said in wrong_cells(client, connection, route, who, operation)]


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_everybody_may_do_what_the_table_says(
    matrix: tuple[Client, asyncpg.Connection], route: Route
) -> None:
    """Who may is answered, who may not is refused, and nobody learns more than that."""
    if said := await wrong(matrix, route, ROUTES[route]):
        pytest.fail("\n".join(said), pytrace=False)


def test_every_cell_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """The matrix is as large as it is said to be."""
    cells = sum(len(list(cells_of(route.path))) for route in ROUTES)
    with capsys.disabled():
        print(f"\nauthorisation: {len(ROUTES)} routes, {cells} cells")
    assert cells >= 7 * len(ROUTES)


async def test_a_route_without_its_dependency_is_told(
    matrix: tuple[Client, asyncpg.Connection],
) -> None:
    """The matrix can fail: everybody is taken for ada, who is no administrator."""
    client, _ = matrix
    ada = Identity(client.ids["ada"], "ada", is_admin=False)
    client.app.dependency_overrides[user_of] = lambda: ada
    try:
        said = await wrong(matrix, Route("PUT", "/v1/users/{handle}/follow"), "user")
    finally:
        client.app.dependency_overrides.clear()
    assert len(said) >= 3 * 3
    assert "present, as nobody: 204 instead of 401" in said[0]


async def test_an_admin_route_that_any_user_may_use_is_told(
    matrix: tuple[Client, asyncpg.Connection],
) -> None:
    """The matrix can fail: nobody is asked whether they are an administrator."""
    client, _ = matrix
    client.app.dependency_overrides[admin_of] = lambda: None
    try:
        said = await wrong(matrix, Route("GET", "/v1/admin/stats"), "admin")
    finally:
        client.app.dependency_overrides.clear()
    assert len(said) == 6


@pytest.mark.parametrize(("who", "wrong_cells_told"), [("author", 2), ("none", 12), ("admin", 2)])
async def test_a_wrong_word_in_the_table_is_told(
    matrix: tuple[Client, asyncpg.Connection], who: str, wrong_cells_told: int
) -> None:
    """Whoever may vote is no author, not anybody, and no administrator."""
    said = await wrong(matrix, Route("PUT", "/v1/posts/{post_id}/vote"), who)
    assert len(said) >= wrong_cells_told
