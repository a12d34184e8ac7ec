"""ASGI and nothing else: what the client is checked against before it measures anything."""

from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
BODY = b'"%s"' % (b"x" * 748)
START: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"750")],
}
END: Message = {"type": "http.response.body", "body": BODY}


async def bare(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer everything alike."""
    del receive
    if scope["type"] == "http":
        await send(START)
        await send(END)
