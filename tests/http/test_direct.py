"""Plain reads pass the framework by, and whoever asks cannot tell."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Path, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from service.feed.errors import NotFound
from service.http.deps import user_of
from service.http.direct import Direct, _plain
from service.http.tokens import Identity
from tests.clients import Client

# In order, malformed, unknown, and what no route is for.
ASKED = (
    "/v1/posts", "/v1/posts?sort=new&limit=2", "/v1/posts?sort=nonsense", "/v1/posts?limit=0",
    "/v1/posts?limit=1&limit=2", "/v1/posts?cursor=nonsense", "/v1/posts?ids=1,2", "/v1/posts/",
    "/v1/posts?window=day&sort=new", "/v1/posts/{post}", "/v1/posts/0", "/v1/posts/nonsense",
    "/v1/posts/9007199254740992", "/v1/posts/1234", "/v1/posts/{post}/comments?sort=best&depth=2",
    "/v1/posts/{post}/comments?depth=99", "/v1/posts/{post}/nothing", "/v1/users/ada",
    "/v1/users/nobody", "/v1/users/NOT%20A%20HANDLE", "/v1/users/a%2Fb", "/v1/users/ada/posts",
    "/v1/users/ada/reputation", "/v1/users/ada/followers", "/v1/feed", "/v1/feed?limit=1",
    "/v1/trending/posts", "/v1/trending/tags", "/v1/tags", "/v1/tags/nonsense", "/v1/me",
    "/v1/leaderboards/reputation", "/v1/leaderboards/reputation/me", "/v1/pages/about", "/v2/posts",
    "/v1/", "//v1/posts",
)  # fmt: skip
Told = tuple[int, bytes, dict[str, str]]
OWN = {"x-request-id", "server-timing", "cache-status"}


@contextmanager
def by_the_framework(client: Client) -> Iterator[None]:
    """A dependency is overridden, so that the framework answers everything."""
    client.app.dependency_overrides[Direct] = lambda: None
    try:
        yield
    finally:
        client.app.dependency_overrides.clear()


def told(answer: httpx.Response) -> Told:
    """All of an answer but what differs from one request to the next."""
    headers = {name: value for name, value in answer.headers.items() if name not in OWN}
    number = answer.headers["x-request-id"].encode()
    return answer.status_code, answer.content.replace(number, b""), headers


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer bad"}, {"If-None-Match": "*"}])
@pytest.mark.parametrize("by", [None, "ada"])
async def test_an_answer_is_the_frameworks(
    reader: Client, by: str | None, headers: dict[str, str]
) -> None:
    """Status, body and headers, for whatever is asked."""
    post = (await reader.get("/v1/posts?sort=new&limit=1"))["items"][0]["id"]
    for path in ASKED:
        for method in ("GET", "HEAD"):

            async def asked(method: str = method, path: str = path.format(post=post)) -> Told:
                return told(await reader.send(method, path, by=by, headers=headers))

            await asked()  # warm, and a view that is counted
            with by_the_framework(reader):
                expected = await asked()
            assert await asked() == expected


async def test_every_read_is_plain(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them needs the framework; what is malformed still does."""
    post = (await reader.get("/v1/posts?sort=new&limit=1"))["items"][0]["id"]

    async def refuse(*_: object) -> None:
        raise AssertionError("the framework was asked")

    monkeypatch.setattr(reader.app.router, "app", refuse)
    monkeypatch.setattr(reader.app.router, "handle", refuse)
    monkeypatch.setattr(type(reader.app.router), "__call__", refuse)
    for path in ("/v1/posts", f"/v1/posts/{post}", f"/v1/posts/{post}/comments", "/v1/users/ada",
                 "/v1/users/ada/posts", "/v1/users/ada/reputation", "/v1/feed", "/v1/tags",
                 "/v1/trending/posts", "/v1/leaderboards/reputation", "/v1/me"):  # fmt: skip
        assert (await reader.send("GET", path, by="ada")).status_code == 200
    with pytest.raises(AssertionError, match="the framework was asked"):
        await reader.send("GET", "/v1/posts?limit=nonsense")


async def test_a_dependency_is_called_once_and_before_who_depends_on_it() -> None:
    """Also one that nobody takes the value of."""
    called: list[str] = []

    async def first(request: Request) -> str:
        called.append("first")
        return request.url.path

    async def second(path: Annotated[str, Depends(first)]) -> str:
        called.append("second")
        return path

    app = FastAPI()

    @app.get("/v1/things/{number}", dependencies=[Depends(second)])
    async def read(
        number: Annotated[int, Path(ge=1)], path: Annotated[str, Depends(first)], size: int = 7
    ) -> Response:
        return Response(f"{number} {path} {size}")

    assert (await _sent(app, "/v1/things/3")).text == "3 /v1/things/3 7"
    assert called == ["first", "second"]
    assert (await _sent(app, "/v1/things/3?size=8")).text == "3 /v1/things/3 8"
    assert (await _sent(app, "/v1/things/0")).status_code == 418


async def test_what_is_not_plain_is_the_frameworks() -> None:
    """An answer made of a model, a dependency that is cleaned up, and one in a thread."""
    app = FastAPI()

    async def cleaned() -> object:
        yield None

    @app.get("/v1/model")
    async def model() -> dict[str, str]:
        return {}

    @app.get("/v1/cleaned", dependencies=[Depends(cleaned)])
    async def read() -> Response:
        return Response()

    @app.get("/v1/threaded", dependencies=[Depends(lambda: None)])
    async def threaded() -> Response:
        return Response()

    for path in ("/v1/model", "/v1/cleaned", "/v1/threaded"):
        assert (await _sent(app, path)).status_code == 418


async def test_overridden_dependencies_hold(reader: Client) -> None:
    """A test that puts another in the place of one is not passed by."""
    assert (await reader.send("GET", "/v1/feed")).status_code == 401
    ada = Identity(reader.ids["ada"], "ada", is_admin=False)
    reader.app.dependency_overrides[user_of] = lambda: ada
    try:
        assert (await reader.send("GET", "/v1/feed")).status_code == 200
    finally:
        reader.app.dependency_overrides.clear()


def calls_of(dependant: Dependant) -> list[Any]:
    """All that is called for a route, in order, the endpoint last."""
    return [*(call for each in dependant.dependencies for call in calls_of(each)), dependant.call]


def strays(app: FastAPI, routes: Sequence[BaseRoute]) -> list[str]:
    """Plain routes that the application answers elsewhere, or with other dependencies."""
    theirs = [
        (each.path, calls_of(each.dependant))
        for each in iter_route_contexts(app.routes)
        if "GET" in (each.methods or ()) and hasattr(each, "dependant")
    ]
    plain = [each for each in routes if isinstance(each, APIRoute) and _plain(each)]
    assert plain
    return [each.path for each in plain if (each.path, calls_of(each.dependant)) not in theirs]


def test_a_plain_route_depends_on_what_the_applications_does(reader: Client) -> None:
    """What is added where a router is included is on no route of it: nobody may be let past it."""
    middleware: Sequence[Any] = reader.app.user_middleware
    [routes] = [each.kwargs["routes"] for each in middleware if each.cls is Direct]
    assert strays(reader.app, routes) == []
    router, app, elsewhere = APIRouter(), FastAPI(), FastAPI()

    @router.get("/v1/things")
    async def read() -> Response:
        return Response()

    app.include_router(router, dependencies=[Depends(user_of)])
    elsewhere.include_router(router, prefix="/v2")
    assert strays(app, router.routes) == strays(elsewhere, router.routes) == ["/v1/things"]


async def test_an_error_that_is_answered_holds_no_request() -> None:
    """Who joined one load are given one error, and each would add its frames to it."""
    given = NotFound("post", 1)
    app = FastAPI()

    @app.get("/v1/things/{number}")
    async def read(number: int) -> Response:
        raise given

    @app.exception_handler(NotFound)
    async def answer(_request: Request, _error: Exception) -> Response:
        return Response(status_code=404)

    assert (await _sent(app, "/v1/things/3")).status_code == 404
    assert given.__traceback__ is None


async def _sent(app: FastAPI, path: str) -> httpx.Response:
    """What is answered in front of a framework that answers 418 to all."""

    async def teapot(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(status_code=418)(scope, receive, send)

    direct = Direct(teapot, routes=app.routes)

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        await direct({**scope, "app": app}, receive, send)

    transport = httpx.ASGITransport(asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://corral") as http:
        return await http.get(path)
