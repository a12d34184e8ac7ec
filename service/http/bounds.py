"""How much one request may bring: its address, its headers, its body, and in what form (ASGI).

Refused before a route is looked for. A body is read whole here, and no further than its bound, so
nobody behind needs a bound of their own; whoever sends it too slowly gives the place to others.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.errors import TITLES
from service.http.problems import problem

BODY_BYTES = 64 * 1024
BODY_S = 10.0  # a phone on a bad line sends 64 KB in half of that
# Whoever is refused may still be sending. A connection that is closed meanwhile is a reset, and
# nobody would read why; so what arrives is thrown away for a moment.
LINGER_S = 1.0
ADDRESS_BYTES = 2048
PARAMETERS = 32  # the largest list that we read has six
HEADERS_BYTES = 16 * 1024
JSON = b"application/json"
# Where a body is something else: OAuth2 asks for tokens by a form.
FORMS = {"/v1/auth/token": b"application/x-www-form-urlencoded"}


class Refused(Exception):
    """A bound was passed; `status` says which."""

    def __init__(self, status: int, detail: str, *, is_last: bool = False) -> None:
        super().__init__(detail)
        self.status = status
        # Of what is left of the request nothing is read: the next would begin in its middle.
        self.headers = {"Connection": "close"} if is_last else {}


class Bounds:
    """ASGI middleware that refuses what is too large, too slow, or no JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is within the bounds, its body read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            has_body = _check_head(scope)
            body = await _read(receive) if has_body else None
        except Refused as error:
            await _refuse(error, receive, send)
            return
        await self._app(scope, receive if body is None else _replayed(body, receive), send)


async def _refuse(error: Refused, receive: Receive, send: Send) -> None:
    answer = problem(error.status, TITLES[error.status], str(error), error.headers)
    head = {"status": error.status, "headers": answer.raw_headers}
    await send({"type": "http.response.start", **head})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while (await receive()).get("more_body", False):
                pass  # thrown away, and nothing of it kept
    await send({"type": "http.response.body", "body": b""})


def _check_head(scope: Scope) -> bool:
    """Whether a body follows. Raises Refused."""
    query: bytes = scope["query_string"]
    if len(query) + len(scope.get("raw_path") or b"") > ADDRESS_BYTES:
        raise Refused(414, f"no address has more than {ADDRESS_BYTES} bytes")
    if query.count(b"&") >= PARAMETERS:
        raise Refused(400, f"no address has more than {PARAMETERS} parameters")
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    size, length, kind, is_chunked = 0, b"0", b"", False
    for name, value in headers:
        size += len(name) + len(value)
        if name == b"content-length":
            length = value
        elif name == b"content-type":
            kind = value
        elif name == b"transfer-encoding":
            is_chunked = True
    if size > HEADERS_BYTES:
        raise Refused(431, f"headers have no more than {HEADERS_BYTES} bytes", is_last=True)
    if not is_chunked and length == b"0":
        return False
    wanted = FORMS.get(scope["path"], JSON)
    if kind.partition(b";")[0].strip().lower() != wanted:
        raise Refused(415, f"bodies are {wanted.decode()} here", is_last=True)
    # A length that is no number has been refused by the server.
    if not is_chunked and int(length) > BODY_BYTES:
        raise Refused(413, f"bodies have no more than {BODY_BYTES} bytes", is_last=True)
    return True


async def _read(receive: Receive) -> list[Message]:
    """The whole body as one message, or its beginning and that its sender has gone."""
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return [message]
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > BODY_BYTES:
                    raise Refused(413, f"bodies have no more than {BODY_BYTES} bytes", is_last=True)
                if not message.get("more_body", False):
                    return [{"type": "http.request", "body": b"".join(parts), "more_body": False}]
    except TimeoutError:
        raise Refused(408, f"a body is sent within {BODY_S:.0f} s", is_last=True) from None


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
