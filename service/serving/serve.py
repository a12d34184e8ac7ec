"""Run the service: one process, one event loop, until it is told to stop."""

import asyncio
import contextlib
import logging
import socket
import sys

import uvicorn

from service.app import make_app
from service.serving.bounded_http import BoundedHttp
from service.serving.listening import bound, shown
from service.serving.quiet_faults import QuietFaults
from service.serving.silent_stores import silent_stores
from service.settings import Settings

KEEP_ALIVE_S = 75  # longer than a client's pause: a reused connection must not be a closed one
BACKLOG = 2048


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises ValueError for settings that do not hold."""
    app = make_app(settings)
    if sys.stdout.isatty():  # a person waits for a word, a program for the sentence below
        print(f"Starting {app.state.strategy} ...", flush=True)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedHttp,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=5,
        backlog=BACKLOG,
        server_header=False,
        # Never by default: uvicorn's own would let anybody on this machine name any address.
        forwarded_allow_ips=[str(network) for network in settings.proxies],
    )
    logging.getLogger("uvicorn.error").addFilter(QuietFaults())
    silent = asyncio.run(silent_stores(settings))
    sockets = bound(settings.host, settings.port)
    for sentence in silent:
        print(f"corral: {sentence}", file=sys.stderr, flush=True)
    address = f"http://{shown(settings.host)}:{sockets[0].getsockname()[1]}"
    said = f"{app.state.strategy} on {address}, its API on {address}/docs. Ctrl-C ends it."
    with contextlib.suppress(KeyboardInterrupt):
        _Announced(config, said).run(sockets)


class _Announced(uvicorn.Server):
    """Says that it is there once it is."""

    def __init__(self, config: uvicorn.Config, said: str) -> None:
        super().__init__(config)
        self._said = said

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self._said, flush=True)
