"""`python -m loadtests.peers.apps SETUP`: one process of one side; SETUP is a `Setup` as JSON."""

import json
import sys
from typing import Any

import uvicorn

from loadtests.peers.apps.app import make_app
from loadtests.peers.apps.bare import bare
from loadtests.peers.sides.side import Setup

KEEP_ALIVE_S = 75
BACKLOG = 2048


def main() -> None:
    """Serve until told to stop, with the settings that Corral serves with."""
    setup = Setup(**json.loads(sys.argv[1]))
    is_bare = setup.side == "bare"
    app: Any = bare if is_bare else make_app(setup)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=setup.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off" if is_bare else "on",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
        backlog=BACKLOG,
        server_header=False,
    )


if __name__ == "__main__":
    main()
