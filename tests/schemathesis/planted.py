"""Routes with one fault each, for a search to find."""

from collections.abc import Callable, Mapping
from itertools import count

from fastapi import APIRouter, Response
from pydantic import BaseModel

from service.http.answers import Answer
from service.http.deps import Bearer
from service.http.errors import PROBLEMS, problem


class Thing(BaseModel):
    """Something with an id."""

    id: int


def _server_error(router: APIRouter) -> None:
    @router.get("", response_model=Thing)
    async def read(size: int) -> Response:
        if size < 0:
            raise RuntimeError
        return Answer({"id": size})


def _broken_schema(router: APIRouter) -> None:
    @router.get("", response_model=Thing)
    async def read() -> Response:
        return Answer({"id": "one"})


def _ignored_token(router: APIRouter) -> None:
    @router.get("", response_model=Thing)
    async def read(_: Bearer) -> Response:
        return Answer({"id": 1})


def _use_after_free(router: APIRouter) -> None:
    ids = count(1)

    @router.post("", status_code=201, response_model=Thing)
    async def make() -> Response:
        return Answer({"id": next(ids)}, status_code=201)

    @router.get("/{thing_id}", response_model=Thing)
    async def read(thing_id: int) -> Response:
        return Answer({"id": thing_id})

    @router.delete("/{thing_id}", status_code=204)
    async def delete(thing_id: int) -> None:
        """Forget to do so."""


def _undeclared_status(router: APIRouter) -> None:
    @router.get("", response_model=Thing)
    async def read() -> Response:
        return problem(418, "Not coffee", "this is a teapot")


# What is planted, by what schemathesis calls it.
FAULTS: Mapping[str, Callable[[APIRouter], None]] = {
    "ServerError": _server_error,
    "JsonSchemaError": _broken_schema,
    "IgnoredAuth": _ignored_token,
    "UseAfterFree": _use_after_free,
    "UndefinedStatusCode": _undeclared_status,
}


def planted(fault: str) -> APIRouter:
    """A router with one fault."""
    router = APIRouter(prefix=f"/v1/planted-{fault.lower()}", responses=PROBLEMS)
    FAULTS[fault](router)
    for route in router.routes:
        route.name = f"{fault}_{route.name}"  # type: ignore[attr-defined]
    return router
