"""uvicorn, with the settings that Corral serves with."""

from typing import Any

import uvicorn

KEEP_ALIVE_S = 75
BACKLOG = 2048


def serve(app: Any, port: int, *, lifespan: bool) -> None:
    """Until told to stop."""
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on" if lifespan else "off",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
        backlog=BACKLOG,
        server_header=False,
    )
