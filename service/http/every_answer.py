"""What stands on every answer: who may keep it, what it cost, and under which number to ask."""

import re
import secrets
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from itertools import count
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.cache_status import Cached, cache_status
from service.http.errors import failed
from service.http.problems import request_id
from service.http.timing import Timed, server_timing

SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")  # a client's own number: what no log has to escape
# A proxy asks again with the ETag, which costs us little: so nobody sees what is outdated.
ANYBODYS = b"public, no-cache"
ONES_OWN = b"private, no-cache"

ASKED_OF = {b"authorization", b"x-request-id"}
Headers = Iterable[tuple[bytes, bytes]]


class Trace(Cached, Timed, Protocol):
    """What is known of one request."""


class Traces(Protocol):
    """Where requests are traced."""

    def request(self) -> AbstractContextManager[Trace]:
        """Trace one."""


class EveryAnswer:
    """ASGI middleware, outside of all others: traces each request and completes its answer.

    HEAD is a GET whose body stays here. What nobody foresaw leaves as a problem, and then goes on
    to the server, which logs it.
    """

    def __init__(self, app: ASGIApp, *, traces: Traces) -> None:
        self._app = app
        self._traces = traces
        # Unique is enough, and a system call for each request is not cheap.
        self._process, self._count = secrets.token_hex(4), count()

    def _numbered(self) -> str:
        return f"{self._process}{next(self._count) % 2**32:08x}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; put the headers on its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = {name: value for name, value in scope["headers"] if name in ASKED_OF}
        given = sent.get(b"x-request-id", b"")
        number = given.decode() if SANE.fullmatch(given) else self._numbered()
        request_id.set(number)
        is_head = scope["method"] == "HEAD"
        is_begun = False
        with self._traces.request() as trace:

            async def complete(message: Message) -> None:
                nonlocal is_begun
                if message["type"] == "http.response.start":
                    is_begun = True
                    message["headers"] = _completed(message["headers"], sent, number, trace)
                elif is_head:
                    message["body"] = b""
                await send(message)

            try:
                await self._app({**scope, "method": "GET"} if is_head else scope, receive, complete)
            except Exception:
                if not is_begun:
                    await failed()(scope, receive, complete)
                raise


def _completed(headers: Headers, sent: Mapping[bytes, bytes], number: str, trace: Trace) -> Headers:
    complete = [
        *headers,
        (b"vary", b"Authorization"),
        (b"x-request-id", number.encode()),
        (b"cache-status", cache_status(trace)),
        (b"server-timing", server_timing(trace)),
    ]
    if b"cache-control" not in [name for name, _ in complete]:
        kept = ONES_OWN if b"authorization" in sent else ANYBODYS
        complete.append((b"cache-control", kept))
    return complete
