"""What a route asks for is made in the event loop."""

from collections.abc import Iterator
from inspect import iscoroutinefunction
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from service.app import make_app
from service.settings import Settings
from tests.clients import SECRET


def in_threads(app: FastAPI) -> set[str]:
    """The dependencies that FastAPI hands to a thread, which costs more than a cache hit."""
    return {
        repr(call)
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        for call in _calls(route.original_route.dependant)
        if not iscoroutinefunction(call) and not iscoroutinefunction(type(call).__call__)
    }


def _calls(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)


def test_no_dependency_runs_in_a_thread() -> None:
    """Each is a coroutine function, or an object that is called like one."""
    url = "postgresql://corral@127.0.0.1/corral"
    app = make_app(Settings(DATABASE_URL=url, REDIS_URL="redis://127.0.0.1", secret=SECRET))
    assert in_threads(app) == set()


def test_a_class_as_dependency_would_be_found() -> None:
    """It is a callable like any other, and looks harmless."""
    app = FastAPI()

    class Paging:
        """Which page."""

    @app.get("/list")
    async def read(paging: Annotated[Paging, Depends()]) -> str:
        return repr(paging)

    assert {repr(Paging)} == in_threads(app)
