"""Every route says in the OpenAPI document who may use it, and the table agrees."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from service.app import make_app
from service.http import document
from service.settings import Settings
from tests.authorisation.table import TABLE, Entry, Route, differences, read_entries
from tests.clients import SECRET


@pytest.fixture
def app() -> FastAPI:
    """A service that never starts, with all routes that there are."""
    return make_app(
        Settings(
            DATABASE_URL="postgresql://nobody@nowhere/x",
            REDIS_URL="redis://nowhere",
            admin=True,
            secret=SECRET,
        )
    )


def told(app: FastAPI) -> Iterator[str]:
    """What differs."""
    return differences(read_entries(TABLE.read_text()), app.openapi())


def test_every_route_is_in_the_table_with_what_it_declares(app: FastAPI) -> None:
    """No route is added, removed or opened without somebody saying so here."""
    assert "\n".join(told(app)) == ""


def test_a_new_route_is_told(app: FastAPI) -> None:
    """The sentence says what to do."""

    async def enter() -> dict[str, str]:
        return {}

    app.add_api_route("/v1/backdoor", enter, methods=["POST"])
    assert any(each.startswith("POST /v1/backdoor is new: add it to routes") for each in told(app))


def test_a_route_that_lost_its_dependency_is_told(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that nobody need be signed in for stands in the table as one that needs a user."""
    open_route = "/v1/posts"
    monkeypatch.delitem(app.openapi()["paths"][open_route]["post"], "security")
    why = "POST /v1/posts is for 'user' in routes.txt, but its document says security None"
    assert any(each.startswith(why) for each in told(app))


def test_a_route_that_is_gone_is_told(app: FastAPI) -> None:
    """The table holds no route that is not there."""
    del app.openapi()["paths"]["/v1/feed"]
    assert "GET /v1/feed is gone: take it out of routes.txt" in told(app)


def test_the_document_comes_from_the_dependencies(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the completion, optional routes would claim to need a token."""
    app.openapi_schema = None
    monkeypatch.setattr(document, "_secure", lambda _operation, _called: None)
    assert any("is for 'optional'" in said for said in told(app))
    assert any("is for 'admin'" in said for said in told(app))


def test_another_name_is_told(app: FastAPI) -> None:
    """Names in clients that were generated last year go on holding."""
    app.openapi()["paths"]["/v1/feed"]["get"]["operationId"] = "get_feed"
    assert any(each.startswith("GET /v1/feed is now called get_feed") for each in told(app))


def test_a_line_that_says_nobody_is_refused() -> None:
    """Words that mean nothing do not pass for a permission."""
    with pytest.raises(ValueError, match="who is one of"):
        read_entries("GET /v1/feed everybody read_feed")
    read = read_entries("# x\n\nGET /v1/feed user read_feed\n")
    assert read == {Route("GET", "/v1/feed"): Entry("user", "read_feed")}
