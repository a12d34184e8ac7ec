"""Reads, past the framework's machinery for what no read here needs (ASGI middleware).

FastAPI looks a route up twice, opens three exit stacks and solves dependencies by recursion, for
each request: more than the rest of a warm read. What a GET route depends on is written down once
here, as a list of calls; FastAPI still says what that is, checks every parameter, and documents it.

Only what is in order is answered here. A path that nothing matches, a parameter that breaks its
schema, and whatever is no plain read (a body, a generator, an answer that needs a model) goes on to
the framework, which answers as ever: nothing has been done by then.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from inspect import iscoroutinefunction
from typing import Any, get_type_hints

from fastapi import Request, Response
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute
from starlette.convertors import StringConvertor
from starlette.datastructures import QueryParams
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

Values = dict[str, Any]
# What a dependency may take, of all that FastAPI knows to give.
PLAIN = {
    "call", "dependencies", "http_connection_param_name", "name", "own_oauth_scopes",
    "parent_oauth_scopes", "path", "path_params", "query_params", "request_param_name", "scope",
    "use_cache",
}  # fmt: skip


class _MalformedError(Exception):
    """The framework says what is wrong."""


class _NotPlainError(Exception):
    """A route that needs more than this."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One dependency, or the endpoint: what it is given is known before it, by its place."""

    call: Callable[..., Awaitable[Any]]
    given: Mapping[str, int]
    requests: list[str]  # its names for the request itself
    path: list[ModelField]
    query: list[ModelField]
    without_query: Values | None  # what the query's parameters are where there is no query

    async def __call__(self, request: Request, done: list[Any]) -> Any:
        values = {name: done[place] for name, place in self.given.items()}
        for name in self.requests:
            values[name] = request
        if self.path:
            values |= _checked(self.path, request.path_params)
        if self.query:
            if self.without_query is not None and not request.scope["query_string"]:
                values |= self.without_query
            else:
                values |= _checked(self.query, request.query_params)
        return await self.call(**values)


class Direct:
    """Answers plain reads; `routes` are those of the application, in their order."""

    def __init__(self, app: ASGIApp, *, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._routes: defaultdict[tuple[int, str], list[tuple[APIRoute, list[_Call]]]]
        self._routes = defaultdict(list)
        for route in routes:
            if isinstance(route, APIRoute) and (calls := _plain(route)):
                self._routes[_place(route.path)].append((route, calls))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        found = self._found(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        scope["path_params"], calls = found
        request = Request(scope, receive, send)
        try:
            response = await _answer(calls, request)
        except _MalformedError:
            del scope["path_params"]
            await self._app(scope, receive, send)
            return
        except Exception as error:  # noqa: BLE001 - raised again unless the application has an answer
            response = await _handled(error, request)
            # As Starlette has it: five hundred who joined one load are given one error, and its
            # traceback would hold all their requests.
            error.__traceback__ = None
        await response(scope, receive, send)

    def _found(self, scope: Scope) -> tuple[Values, list[_Call]] | None:
        if scope["method"] != "GET" or scope["app"].dependency_overrides:
            return None
        path = "" if scope.get("root_path") else scope["path"]
        for route, calls in self._routes.get(_place(path), ()):
            if match := route.path_regex.match(path):
                return match.groupdict(), calls
        return None


async def _answer(calls: list[_Call], request: Request) -> Response:
    done: list[Any] = []
    for call in calls:
        done.append(await call(request, done))
    response: Response = done[-1]
    return response


async def _handled(error: Exception, request: Request) -> Response:
    """As the framework has it: by the handler for the nearest class."""
    handlers = request.app.exception_handlers
    for kind in type(error).__mro__:
        if kind in handlers and kind is not Exception:
            response: Response = await handlers[kind](request, error)
            return response
    raise error


def _place(path: str) -> tuple[int, str]:
    """Paths that one route can match have as many parts, and the first two of them in common."""
    parts = path.split("/", 3)
    return path.count("/"), "/".join(parts[:3])


def _plain(route: APIRoute) -> list[_Call]:
    """What a route is made of, in order, the endpoint last; nothing for one that is not plain."""
    is_read = "GET" in (route.methods or ()) and "{" not in _place(route.path)[1]
    is_whole = get_type_hints(route.endpoint).get("return") is Response
    texts = all(type(each) is StringConvertor for each in route.param_convertors.values())
    if not (is_read and is_whole and texts):
        return []
    calls: list[_Call] = []
    try:
        _add(route.dependant, calls, {})
    except _NotPlainError:
        return []
    return calls


def _add(dependant: Dependant, calls: list[_Call], places: dict[Any, int]) -> int:
    """Write a dependency down behind its own; its place. Once, however many depend on it."""
    if dependant.call in places:
        return places[dependant.call]
    given = {}
    for each in dependant.dependencies:
        place = _add(each, calls, places)
        if each.name is not None:
            given[each.name] = place
    calls.append(_call(dependant, given))
    place = places[dependant.call] = len(calls) - 1
    return place


def _call(dependant: Dependant, given: Mapping[str, int]) -> _Call:
    """Raises _NotPlainError."""
    call = dependant.call
    is_async = any(map(iscoroutinefunction, (call, getattr(type(call), "__call__", None))))  # noqa: B004
    taken = {each.name for each in fields(Dependant) if getattr(dependant, each.name)}
    if call is None or not is_async or not taken <= PLAIN or not dependant.use_cache:
        raise _NotPlainError
    names = dependant.request_param_name, dependant.http_connection_param_name
    values, faults = request_params_to_args(dependant.query_params, QueryParams(""))
    return _Call(
        call,
        given,
        [name for name in names if name is not None],
        dependant.path_params,
        dependant.query_params,
        None if faults else values,
    )


def _checked(parameters: list[ModelField], given: Mapping[str, Any]) -> Values:
    values, faults = request_params_to_args(parameters, given)
    if faults:
        raise _MalformedError
    return values
