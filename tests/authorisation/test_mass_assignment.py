"""No write takes a field that is not its client's to set, and none of its rows changes."""

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from service.app import make_app
from service.queries.tables import metadata
from service.settings import Settings
from tests.authorisation.bodies import VALID, body_model, right_body
from tests.authorisation.conftest import Ground
from tests.authorisation.matrix import send
from tests.authorisation.stage import ADMIN, OWNER, PRESENT, set_stage
from tests.authorisation.table import TABLE, Route, operations, read_table
from tests.clients import SECRET

FIELDS = {
    "id": 1,
    "author_id": 1,
    "user_id": 1,
    "is_admin": True,
    "admin": True,
    "version": 9,
    "score": 1_000_000,
    "created_at": "2001-01-01T00:00:00Z",
    "deleted_at": None,
    "password_hash": "x",
}
# The relay marks rows as done while the test looks.
TABLES = [table.name for table in metadata.sorted_tables if table.name != "outbox"]
WHO = read_table(TABLE.read_text())


def writes() -> list[Route]:
    """Every operation that takes JSON."""
    app: FastAPI = make_app(
        Settings(
            DATABASE_URL="postgresql://no/no", REDIS_URL="redis://no", secret=SECRET, admin=True
        )
    )
    found = {route: body_model(each) for route, each in operations(app.openapi()).items()}
    return [route for route, body in found.items() if body and body[0] == "application/json"]


async def rows(ground: Ground) -> dict[str, str]:
    """A digest of every table."""
    query = "select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from {} t"
    return {name: await ground.connection.fetchval(query.format(name)) for name in TABLES}


async def taken(ground: Ground, route: Route) -> list[str]:
    """What is wrong: fields that a write does not refuse, and tables that it changed."""
    operation = operations(ground.client.app.openapi())[route]
    stage = await set_stage(ground.connection, PRESENT)
    media_type, body = await right_body(operation, ground.client, stage)
    actor = ADMIN if WHO.get(route) == "admin" else OWNER
    before = await rows(ground)
    found = []
    for name, value in FIELDS.items():
        added = {**(body or {}), name: value}
        answer = await send(ground.client, route, stage, actor, media_type, added)
        if answer.status_code != 422:
            found.append(f"{name} is answered {answer.status_code}: {answer.text[:80]}")
    after = await rows(ground)
    return found + [f"{name} has changed" for name in TABLES if before[name] != after[name]]


@pytest.mark.parametrize("route", writes(), ids=str)
async def test_a_field_that_is_not_the_clients_is_refused(ground: Ground, route: Route) -> None:
    """422 for each, in an otherwise valid body, and every row is as before."""
    assert await taken(ground, route) == []


def test_all_writes_are_asked() -> None:
    """There are some."""
    assert Route("POST", "/v1/posts") in writes()
    assert len(writes()) >= 4


class Lax(BaseModel):
    """A body whose unknown fields are ignored, as pydantic does unless told otherwise."""

    entry: str = "x"


async def test_a_model_that_ignores_fields_is_told(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail: each field is taken, and one of them is written."""

    async def take(lax: Lax) -> dict[str, str]:
        await ground.connection.execute("update users set version = 9 where handle = 'ada'")
        return {"entry": lax.entry}

    monkeypatch.setitem(VALID, "Lax", {"entry": "x"})
    ground.client.app.add_api_route("/v1/lax", take, methods=["POST"])
    ground.client.app.openapi_schema = None
    told = await taken(ground, Route("POST", "/v1/lax"))
    assert len(told) == len(FIELDS) + 1
    assert told[-1] == "users has changed"
