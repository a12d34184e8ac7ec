"""Every route as everybody, on what is there, what was deleted and what never was."""

import pytest

from service.http.deps import admin_of, user_of
from service.http.tokens import Identity
from service.queries.accounts import SqlAccounts
from tests.authorisation.conftest import Ground
from tests.authorisation.matrix import cells_of, wrong_cells
from tests.authorisation.table import TABLE, Route, operations, read_table

ROUTES = read_table(TABLE.read_text())


async def wrong(ground: Ground, route: Route, who: str) -> list[str]:
    """What is wrong in the cells of one route."""
    operation = operations(ground.client.app.openapi())[route]
    told = wrong_cells(ground.client, ground.connection, route, who, operation)
    return [said async for said in told]


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_everybody_may_do_what_the_table_says(ground: Ground, route: Route) -> None:
    """Who may is answered, who may not is refused, and nobody learns more than that."""
    if said := await wrong(ground, route, ROUTES[route]):
        pytest.fail("\n".join(said), pytrace=False)


def test_every_cell_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """The matrix is as large as it is said to be."""
    cells = sum(len(list(cells_of(route.path))) for route in ROUTES)
    with capsys.disabled():
        print(f"\nauthorisation: {len(ROUTES)} routes, {cells} cells")
    assert cells >= 8 * len(ROUTES)


async def test_a_route_without_its_dependency_is_told(
    ground: Ground,
) -> None:
    """The matrix can fail: everybody is taken for ada, who is no administrator."""
    client = ground.client
    ada = Identity(client.ids["ada"], "ada", is_admin=False)
    client.app.dependency_overrides[user_of] = lambda: ada
    try:
        said = await wrong(ground, Route("PUT", "/v1/posts/{post_id}/vote"), "user")
    finally:
        client.app.dependency_overrides.clear()
    assert len(said) >= 3 * 3
    assert "present, as nobody: 200 instead of 401" in said[0]


async def test_an_admin_route_that_any_user_may_use_is_told(
    ground: Ground,
) -> None:
    """The matrix can fail: nobody is asked whether they are an administrator."""
    client = ground.client
    client.app.dependency_overrides[admin_of] = lambda: None
    try:
        said = await wrong(ground, Route("GET", "/v1/admin/stats"), "admin")
    finally:
        client.app.dependency_overrides.clear()
    assert len(said) == 7


async def test_a_token_that_is_believed_for_its_life_is_told(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The matrix can fail: who was an administrator when the token was made still is one."""

    async def believe(_: SqlAccounts, __: int) -> bool:
        return True

    monkeypatch.setattr(SqlAccounts, "is_admin", believe)
    for route, who in (
        (Route("GET", "/v1/admin/stats"), "admin"),
        (Route("DELETE", "/v1/posts/{post_id}"), "author+admin"),
    ):
        [said] = await wrong(ground, route, who)
        assert "present, as former admin: 20" in said


@pytest.mark.parametrize(("who", "wrong_cells_told"), [("author", 3), ("none", 9), ("admin", 3)])
async def test_a_wrong_word_in_the_table_is_told(
    ground: Ground, who: str, wrong_cells_told: int
) -> None:
    """Whoever may vote is no author, not anybody, and no administrator."""
    said = await wrong(ground, Route("PUT", "/v1/posts/{post_id}/vote"), who)
    assert len(said) >= wrong_cells_told
