"""Run the service: one process, one event loop, until it is told to stop."""

import uvicorn

from service.app import make_app
from service.settings import Settings

KEEP_ALIVE_S = 75  # longer than a client's pause: a reused connection must not be a closed one
BACKLOG = 2048


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises ValueError for settings that do not hold."""
    app = make_app(settings)
    address = f"http://{settings.host}:{settings.port}"
    print(
        f"{settings.strategy} on {address}, its API on {address}/docs. Ctrl-C ends it.", flush=True
    )
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=5,
        backlog=BACKLOG,
        server_header=False,
    )
