"""Every refusal and every failure is a problem (RFC 9457) with the right status."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.app import make_app
from service.embedded.servers import Servers
from service.feed import errors as feed_errors
from service.feed.errors import (
    BadCursor,
    Busy,
    Conflict,
    FeedError,
    Forbidden,
    Gone,
    InProgress,
    Invalid,
    NotFound,
    Outdated,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from service.http import errors
from service.http.errors import STATUS, add_error_handlers
from service.http.tokens import Tokens
from service.settings import Settings
from tests.clients import SECRET, Client
from tests.http.problems import problem

GONE = 2**50


@pytest.fixture
async def broken(servers: Servers) -> AsyncIterator[httpx.AsyncClient]:
    """A service whose database does not exist, as a server would run it."""
    settings = Settings(
        database_url=servers.database("corral_test_of_another_name"),
        # One of its own: what another test has left there would be answered.
        redis_url=servers.redis_urls["layered"].removesuffix("/0") + "/5",
        secret=SECRET,
    )
    app = make_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://corral") as http,
    ):
        yield http


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/v1",
        "/v1/posts/1/nothing",
        "/v2/posts/1",
        f"/v1/posts/{GONE}",
        f"/v1/posts/{GONE}/comments",
        "/v1/users/nobody",
        "/v1/users/nobody/posts",
        "/v1/users/nobody/reputation",
    ],
)
async def test_what_is_not_there_is_404(reader: Client, path: str) -> None:
    """Unknown paths and unknown things alike."""
    answer = await reader.send("GET", path)
    assert answer.status_code == 404
    problem(answer)


async def test_another_method_is_405(reader: Client) -> None:
    """With the methods that would do."""
    answer = await reader.send("DELETE", "/v1/users/ada")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    problem(answer)


async def test_every_method_of_a_path_is_named(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The methods of all its routes: the framework alone would name those of the first."""
    answer = await reader.send("TRACE", "/v1/users/ada/follow")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, PUT"
    monkeypatch.setattr(errors, "allowed", lambda app, path: "PUT")
    answer = await reader.send("TRACE", "/v1/users/ada/follow")
    assert answer.headers["allow"] == "PUT"


async def test_a_body_that_cannot_be_read_is_400(reader: Client) -> None:
    """Bytes that are no text, numbers without end, brackets without end."""
    json = {"Content-Type": "application/json"}
    for body in (b'{"title":"\xff"}', b'{"title":' + b"1" * 5000 + b"}", b"[" * 60_000):
        answer = await reader.send("POST", "/v1/posts", by="ada", content=body, headers=json)
        assert answer.status_code == 400
        problem(answer)


async def test_broken_json_is_400_without_a_pointer(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be parsed has no places; FastAPI takes it for a fault at `/body/9`."""
    json = {"Content-Type": "application/json"}
    sent: dict[str, Any] = {"by": "ada", "content": b'{"title" "a"}', "headers": json}
    said = problem(await reader.send("POST", "/v1/posts", **sent))
    assert (400, "/problems/bad-request") == (said["status"], said["type"])
    assert "the body is not JSON" == said["detail"]
    assert "errors" not in said
    # An object that is JSON but of another shape stays 422.
    wrong = problem(await reader.send("POST", "/v1/posts", by="ada", json={"title": "a"}))
    assert (422, "/body/body") == (wrong["status"], wrong["errors"][0]["pointer"])


async def test_a_user_is_no_administrator(reader: Client) -> None:
    """403 with a user's token, 401 with none."""
    for method, path in (("GET", "/v1/admin/stats"), ("POST", "/v1/admin/cache/expire")):
        answer = await reader.send(method, path, by="ada", json={"entry": "top:day"})
        assert answer.status_code == 403
        problem(answer)
        answer = await reader.send(method, path, json={"entry": "top:day"})
        assert answer.status_code == 401
        problem(answer)


async def test_admin_routes_are_absent_unless_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """404 as for any unknown path: the service does not even look at the token."""
    monkeypatch.delenv("CORRAL_ADMIN", raising=False)
    settings = Settings(database_url="postgresql://no/no", redis_url="redis://no", secret=SECRET)
    app = make_app(settings)
    app.state.limits = SimpleNamespace(is_unlimited=lambda _: True)  # it is not started
    admin = {"Authorization": f"Bearer {Tokens(SECRET.encode()).make(1, 'ada', is_admin=True)}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://corral", headers=admin
    ) as http:
        for method, path in (("GET", "/v1/admin/stats"), ("POST", "/v1/admin/cache/expire")):
            answer = await http.request(method, path, json={"entry": "top:day"})
            assert answer.status_code == 404
            problem(answer)
    assert not any(path.startswith("/v1/admin") for path in app.openapi()["paths"])


async def test_a_failure_is_500_and_tells_nothing(broken: httpx.AsyncClient) -> None:
    """What went wrong is for the log, not for the client."""
    answer = await broken.get("/v1/users/ada")
    assert answer.status_code == 500
    assert "corral_test_of_another_name" not in answer.text
    assert problem(answer)["title"] == "Internal error"
    assert answer.headers["cache-status"] == "corral; fwd=miss"


async def test_a_service_without_its_database_is_alive_but_not_ready(
    broken: httpx.AsyncClient,
) -> None:
    """So that it is not restarted, and gets no traffic."""
    assert (await broken.get("/healthz")).status_code == 200
    answer = await broken.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    problem(answer)


async def test_a_service_with_its_database_is_ready(reader: Client) -> None:
    """The opposite of the above."""
    assert await reader.get("/readyz") == {"status": "ready"}
    assert await reader.get("/healthz") == {"status": "alive"}


async def test_the_start_page_names_the_strategy(reader: Client) -> None:
    """The one page for people that is not generated."""
    answer = await reader.send("GET", "/")
    assert answer.headers["content-type"].startswith("text/html")
    assert "layered" in answer.text
    assert "{strategy}" not in answer.text


async def test_every_error_of_the_feed_has_its_status() -> None:
    """None falls through to 500, and BadCursor keeps its own."""
    raised: list[FeedError] = [
        BadCursor("said"),
        Unauthenticated("said"),
        Forbidden("said"),
        NotFound("said"),
        Invalid("said"),
        Conflict("said"),
        InProgress("said"),
        Gone("said"),
        Outdated("said"),
        TooMany("said", retry_after_s=7),
        Busy("said", retry_after_s=7),
        Unavailable("said to the log"),
    ]
    assert {type(error) for error in raised} == STATUS.keys()
    app = FastAPI()
    add_error_handlers(app)

    @app.get("/{place}")
    async def fail(place: int) -> None:
        raise raised[place]

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://corral"
    ) as http:
        answers = [await http.get(f"/{place}") for place in range(len(raised))]
    assert [400, 401, 403, 404, 422, 409, 409, 410, 412, 429, 503, 503] == [
        answer.status_code for answer in answers
    ]
    assert {"said"} == {problem(answer)["detail"] for answer in answers[:-1]}
    assert "said" not in answers[-1].text
    assert ["7", "1"] == [answer.headers["retry-after"] for answer in answers[-2:]]


def test_no_error_of_the_feed_is_forgotten() -> None:
    """Each class in its errors has a line in the table."""
    kinds = {
        kind
        for kind in vars(feed_errors).values()
        if isinstance(kind, type) and issubclass(kind, FeedError)
    }
    assert kinds - {FeedError} == STATUS.keys()
