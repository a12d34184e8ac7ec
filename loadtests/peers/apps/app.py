"""The one route, on whatever side: the same router, the same answer, the same collector."""

import gc
import importlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI, HTTPException, Response

from loadtests.peers.apps.source import connected
from loadtests.peers.sides.side import NoSuchPost, Setup, Side

PACKAGES = (
    "aiocache",
    "asyncpg",
    "cashews",
    "dogpile-breaker",
    "fastapi",
    "fastapi-cache2",
    "granian",
    "hiredis",
    "redis",
    "starlette",
    "uvicorn",
    "uvloop",
)


class Posts:
    """The route; its side is there once the service has started."""

    side: Side

    async def read_post(self, post_id: int) -> Response:
        """One post."""
        try:
            body = await self.side.read(post_id)
        except NoSuchPost:
            raise HTTPException(404) from None
        return Response(body, media_type="application/json")


def make_app(setup: Setup) -> FastAPI:
    """The service of one side."""
    posts = Posts()

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        module = importlib.import_module(f"loadtests.peers.sides.{setup.side}")
        async with connected(setup) as source, module.opened(setup, source.load) as posts.side:
            logging.disable()  # libraries that log each failure would be measured writing
            # As Corral does: what start-up made is not walked by every full collection.
            gc.collect()
            gc.freeze()
            yield

    app = FastAPI(lifespan=running, openapi_url=None)
    app.get("/v1/posts/{post_id}")(posts.read_post)
    app.get("/readyz")(versions)
    return app


def versions() -> dict[str, str]:
    """What is installed here, of what matters."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
