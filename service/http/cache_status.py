"""`Cache-Status` (RFC 9211) on every answer: what the caches did for this request."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = {
    "hit": "corral; hit",
    "stale": "corral; hit; detail=stale",
    "miss": "corral; fwd=miss",
    "collapsed": "corral; fwd=miss; collapsed",
    "bypass": "corral; fwd=bypass",
}


class Trace(Protocol):
    """What is known of one request."""

    def answer(self) -> str:
        """A key of `HEADER`."""


class Traces(Protocol):
    """Where requests are traced."""

    def request(self) -> AbstractContextManager[Trace]:
        """Trace one."""


class CacheStatus:
    """ASGI middleware that traces each request and says how it was answered."""

    def __init__(self, app: ASGIApp, *, traces: Traces) -> None:
        self._app = app
        self._traces = traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the header to its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._traces.request() as trace:
            scope["trace"] = trace  # an answer to an unforeseen error is made outside this block

            async def send_with_header(message: Message) -> None:
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message).update(cache_status(scope))
                await send(message)

            await self._app(scope, receive, send_with_header)


def cache_status(scope: Scope) -> Mapping[str, str]:
    """The header for a traced request."""
    trace: Trace = scope["trace"]
    return {"Cache-Status": HEADER[trace.answer()]}
