"""For administrators, and off unless enabled: drop an entry, see what this process counted."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from service.http.answers import Answer
from service.http.deps import AdminDep
from service.http.errors import PROBLEMS
from service.http.schemas import Sent

router = APIRouter(prefix="/v1/admin", tags=["admin"], responses=PROBLEMS)


class ProcessCounts(Protocol):
    """What this process counted."""

    def snapshot(self, since: int) -> dict[str, Any]:
        """All counts, and the loads whose number is above `since`."""


@dataclass(frozen=True, slots=True)
class Admin:
    """What the routes work with, built in `app.py`."""

    expire: Callable[[str], Awaitable[None]]
    counts: ProcessCounts


class Entry(Sent):
    """A logical cache entry."""

    entry: str = Field(min_length=1, max_length=100, examples=["top:day"])


@router.post("/cache/expire", status_code=204)
async def expire(entry: Entry, request: Request, _: AdminDep) -> None:
    """Drop one entry everywhere: from Redis, from every process, stale copies too."""
    await _admin(request).expire(entry.entry)


@dataclass(frozen=True, slots=True)
class SeenLoad:
    """One read of the database that fills a cache; times are seconds since 1970."""

    id: int
    kind: str
    key: str
    start_s: float
    end_s: float
    ok: bool


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What goes on at this moment, but for this request; waits for each backend by anybody."""

    requests: int
    loads: int
    db: int
    redis: int


@dataclass(frozen=True, slots=True)
class Stats:
    """What one process counted since it started; `loads_total` have begun, `loads` are over.

    `sql_failed`: statements that the database refused; `sql_cut_off`: that nobody waited for.
    """

    pid: int
    strategy: str
    cpu_s: float
    sql_statements: int
    sql_failed: int
    sql_cut_off: int
    requests: dict[str, int]
    in_flight: UnderWay
    loads_total: int
    loads: list[SeenLoad]


@router.get("/stats", response_model=Stats)
async def stats(request: Request, _: AdminDep, since: Annotated[int, Query(ge=0)] = 0) -> Response:
    """Statements, answers and loads of this one process since it started."""
    return Answer(_admin(request).counts.snapshot(since))


def _admin(request: Request) -> Admin:
    admin = request.app.state.admin
    assert isinstance(admin, Admin)
    return admin
