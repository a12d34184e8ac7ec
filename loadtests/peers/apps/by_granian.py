"""granian 2.8, embedded: its worker is this very process, as uvicorn's is; its HTTP has a thread.

On the same event loop. Its own way is a worker process below a supervisor, which took as much CPU a
request where both were tried: 143 to 153 µs, and 129 to 152 so.
"""

from typing import Any

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

BACKLOG = 2048


def serve(app: Any, port: int, *, lifespan: bool) -> None:
    """Until told to stop."""

    async def served() -> None:
        await Server(
            app,
            address="127.0.0.1",
            port=port,
            interface=Interfaces.ASGI if lifespan else Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            log_enabled=False,
        ).serve()

    uvloop.run(served())
