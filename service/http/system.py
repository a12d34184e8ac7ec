"""Is it up, is it ready, and what is it: for probes and for people."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from service.http.errors import problem

Metrics = tuple[Callable[[], str], str]  # their text when asked for, and its media type

router = APIRouter(tags=["system"])
START_PAGE = (Path(__file__).parents[1] / "pages" / "start.html").read_text(encoding="utf-8")


@router.get("/healthz", summary="Is It Alive")
async def healthz() -> dict[str, str]:
    """The process runs and its loop turns."""
    return {"status": "alive"}


@router.get("/readyz", summary="Is It Ready")
async def readyz(request: Request) -> Response:
    """The database answers. A cache that is down makes the service slower, not unready."""
    is_ready: Callable[[], Awaitable[bool]] = request.app.state.is_ready
    if not await is_ready():
        return problem(503, "Not ready", "the database does not answer", {"Retry-After": "1"})
    return Response(b'{"status":"ready"}', media_type="application/json")


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """What the caches of this process did, for Prometheus."""
    found: Metrics | None = request.app.state.metrics
    if found is None:
        return problem(404, "Not found", "this strategy counts nothing; `article` and `layered` do")
    text, media_type = found
    return Response(text(), media_type=media_type)


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
async def start(request: Request) -> str:
    """Where to go from here."""
    return START_PAGE.replace("{strategy}", request.app.state.strategy)
