"""One request for each cell (route, state of its thing, actor), and what it has to be answered."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import asyncpg
import httpx

from tests.authorisation.bodies import right_body
from tests.authorisation.stage import (
    ACTORS,
    ADMIN,
    BROKEN,
    DELETED,
    EXPIRED,
    GONE,
    NOBODY,
    OWNER,
    PRESENT,
    UNKNOWN,
    Stage,
    set_stage,
    states_of,
)
from tests.authorisation.table import Route
from tests.clients import Client

DONE = frozenset(range(200, 300))
# Who is signed out, or may not: told so before anything is looked up.
NOT_SIGNED_IN, NOT_ALLOWED = frozenset({401}), frozenset({403})
STATES = {UNKNOWN: frozenset({404}), DELETED: frozenset({410})}
# Whoever has left can be let go of: their posts are still in one's feed.
ABOUT_THE_DELETED = {Route("DELETE", "/v1/users/{handle}/follow")}
MAY_CHANGE = {"author": {OWNER}, "author+admin": {OWNER, ADMIN}}
# Queries without which a route answers 422.
NEEDED_QUERY: Mapping[str, Mapping[str, str]] = {}


def expected(who: str, actor: str, state: str, method: str) -> frozenset[int]:
    """The statuses that are right in one cell."""
    found = STATES.get(state, DONE)
    if who == "none" or (who == "optional" and actor not in {BROKEN, EXPIRED}):
        return found
    if actor in {NOBODY, BROKEN, EXPIRED}:
        return NOT_SIGNED_IN
    if who == "admin":
        return found if actor == ADMIN else NOT_ALLOWED
    if actor == GONE:
        # A token outlives its user by a quarter of an hour. Until then it reads; it writes nothing.
        is_harmless = method == "GET" or state in STATES
        return found | NOT_SIGNED_IN if is_harmless else NOT_SIGNED_IN
    if state in STATES or who == "user":
        return found
    return DONE if actor in MAY_CHANGE[who] else NOT_ALLOWED


async def send(
    client: Client,
    route: Route,
    stage: Stage,
    actor: str,
    media_type: str,
    body: Mapping[str, Any] | None,
) -> httpx.Response:
    """A request to one route by one actor, about what stands on the stage."""
    path = re.sub(r"{(\w+)}", lambda found: stage.parameters[found[1]], route.path)
    headers = {"If-Match": "*"} if route.method in {"PATCH", "DELETE"} else {}
    more: dict[str, Any] = {"params": NEEDED_QUERY.get(str(route), {})}
    if body is not None:
        more["json" if media_type == "application/json" else "data"] = body
    return await client.send(
        route.method, path, headers=headers | dict(stage.headers[actor]), **more
    )


def cells_of(path: str) -> Iterator[tuple[str, str]]:
    """State and actor of every cell of one route."""
    for state in states_of(path):
        for actor in ACTORS:
            yield state, actor


async def wrong_cells(
    client: Client,
    connection: asyncpg.Connection,
    route: Route,
    who: str,
    operation: Mapping[str, Any],
) -> AsyncIterator[str]:
    """A sentence for each cell of one route that is not answered as it has to be."""
    for state, actor in cells_of(route.path):
        stage = await set_stage(connection, state)
        media_type, body = await right_body(operation, client, stage)
        answer = await send(client, route, stage, actor, media_type, body)
        is_as_present = state == DELETED and route in ABOUT_THE_DELETED
        right = expected(who, actor, PRESENT if is_as_present else state, route.method)
        if answer.status_code not in right:
            shown = "2xx" if right == DONE else " or ".join(map(str, sorted(right)))
            yield (
                f"{route}, {state}, as {actor}: {answer.status_code} instead of {shown}: "
                f"{answer.text[:150]}"
            )
