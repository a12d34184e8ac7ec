"""`python -m loadtests.peers.apps SETUP`: one process of one side; SETUP is a `Setup` as JSON."""

import importlib
import json
import sys
from typing import Any

from loadtests.peers.apps.app import make_app
from loadtests.peers.apps.bare import bare
from loadtests.peers.sides.side import Setup


def main() -> None:
    """Serve until told to stop, by the server of the setup: each is installed where it is asked."""
    setup = Setup(**json.loads(sys.argv[1]))
    is_bare = setup.side == "bare"
    app: Any = bare if is_bare else make_app(setup)
    server = importlib.import_module(f"loadtests.peers.apps.by_{setup.server}")
    server.serve(app, setup.port, lifespan=not is_bare)


if __name__ == "__main__":
    main()
