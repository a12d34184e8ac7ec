"""What stays after the demo: a service on one of the compared stores, and words on what to try."""

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from rich.console import Console

from service.http.tokens import Tokens
from service.queries.accounts import everyone
from service.queries.databases import with_database
from service.queries.engine import connect

REPORTS = Path("reports/demo")
STRATEGIES = ("naive", "article", "layered")
FIRST_PORT = 8000
LOGIN = "demo"
DAY_S = 86_400
CUT = (
    "  Their caches hold less than the report says: its last phase cut each to 9/32 of the bytes",
    "  of naive's.",
)


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the demo runs: a template database, and a cache for each strategy."""

    template_url: str
    redis_urls: Mapping[str, str]
    are_ours: bool


def stay(stores: Stores, environment: Mapping[str, str], tokens: Tokens, console: Console) -> int:
    """Run the service until Ctrl-C; its exit code when it ends by itself."""
    database_url = with_database(stores.template_url, "corral_layered")
    port = free_port(FIRST_PORT)
    serve = [sys.executable, "-m", "service.cli", "serve", "--strategy", "layered"]
    serve += ["--port", str(port), "--end-with-parent"]
    stores_of_service = {"DATABASE_URL": database_url, "REDIS_URL": stores.redis_urls["layered"]}
    handle, user_id = asyncio.run(_somebody(database_url))
    token = tokens.make(user_id, handle, ttl_s=DAY_S)
    # Where it is, is said here; its complaints still come through.
    quiet = subprocess.DEVNULL
    with subprocess.Popen(serve, env={**environment, **stores_of_service}, stdout=quiet) as service:
        try:
            with console.status("starting the service"):
                up = _is_up(service, port)
            if up:
                said = _what_next(stores, port, handle, token)
                console.print(said, highlight=False, soft_wrap=True)
            return service.wait()
        except KeyboardInterrupt:
            console.print("Stopping the service and the servers.")
            return 0
        finally:
            service.terminate()


def _is_up(service: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the service answers; False when it ended instead."""
    while service.poll() is None:
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz"):
            return True
        time.sleep(0.1)
    return False


async def _somebody(database_url: str) -> tuple[str, int]:
    """The demo account, or the oldest one where real data has none."""
    engine = connect(database_url)
    try:
        accounts = await everyone(engine)
    finally:
        await engine.dispose()
    handle = LOGIN if LOGIN in accounts else next(iter(accounts))
    return handle, accounts[handle].user_id


def free_port(first: int) -> int:
    """The first free port on the loopback from `first` on."""
    for port in range(first, first + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ValueError(f"no free port between {first} and {first + 99}")


def _other_port(port: int) -> list[str]:
    """Why it is not where the README has it."""
    if port == FIRST_PORT:
        return []
    return [
        f"  Port {FIRST_PORT} is taken by another program: what the README sends to "
        f":{FIRST_PORT}, send to :{port}."
    ]


def _what_next(stores: Stores, port: int, handle: str, token: str) -> str:
    databases = {name: with_database(stores.template_url, f"corral_{name}") for name in STRATEGIES}
    rows = [f"  {name:<9} {databases[name]}  {stores.redis_urls[name]}" for name in STRATEGIES]
    return "\n".join(
        [
            f"\nThe service ({STRATEGIES[-1]}) is up: http://127.0.0.1:{port}",
            *_other_port(port),
            f"  API       http://127.0.0.1:{port}/docs",
            f"  report    {REPORTS}/report.html",
            "The compared stores, as the run left them:",
            *rows,
            *CUT * stores.are_ours,
            f"\nYou are @{handle} for a day with this token:",
            f"  export TOKEN={token}",
            "Try:",
            "  # twice: Cache-Status says miss, then hit",
            f"  curl -sD- -o /dev/null 'http://127.0.0.1:{port}/v1/posts?window=week&limit=1'",
            f'  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:{port}/v1/feed',
            "Ctrl-C ends everything.",
        ]
    )
