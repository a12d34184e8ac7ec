"""`corral demo`: servers, data, the before/after run, and then a service to try."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

from rich.console import Console

from service.embedded.servers import running
from service.given_stores import GivenStores, given_stores
from service.http.tokens import Tokens
from service.queries import users
from service.queries.databases import ensure_database, with_database
from service.queries.engine import connect
from service.queries.migrate import migrate
from service.seeding import Source, describe, seed
from service.settings import checkout_secret

HOME = Path(".corral/demo")
REPORTS = Path("reports/demo")
STRATEGIES = ("naive", "article", "layered")
TEMPLATE = "corral_template"
STALE_AFTER_S = 6 * 3600  # "top of the day" of older data would be an empty list
FIRST_PORT = 8000
LOGIN = "demo"
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the demo runs: a template database, and a cache for each strategy."""

    template_url: str
    redis_urls: Mapping[str, str]
    are_ours: bool


def demo(
    source: Source,
    number: int,
    *,
    stays: bool,
    is_quick: bool,
    may_overwrite: bool,
    console: Console,
) -> int:
    """Run the demo on data from `source`, drawn with the seed `number`; its exit code.

    Raises ValueError, EmbeddedError or SeedError with the cause.
    """
    with _stores(may_overwrite, console) as stores:
        _prepare(stores, source, number, may_overwrite, console)
        secret = checkout_secret(Path(".corral"))
        environment = {**os.environ, "CORRAL_SECRET": secret.decode()}
        code = _run(_before_after(stores, source, number, is_quick=is_quick), environment)
        if code == 0 and stays:
            return _stay(stores, environment, Tokens(secret), console)
        return code


@contextmanager
def _stores(may_overwrite: bool, console: Console) -> Iterator[Stores]:
    given = given_stores(os.environ)
    if given is not None:
        yield _given(given, may_overwrite)
        return
    with running(HOME, valkeys=STRATEGIES, report=console.print) as servers:
        ensure_database(servers.database_url, TEMPLATE)
        yield Stores(servers.database(TEMPLATE), servers.redis_urls, are_ours=True)


def _given(given: GivenStores, may_overwrite: bool) -> Stores:
    redis_urls = given.redis_urls(STRATEGIES)
    if not may_overwrite:
        given.refuse_unless_empty(redis_urls)
    return Stores(given.database_url, redis_urls, are_ours=False)


def _prepare(
    stores: Stores, source: Source, number: int, may_overwrite: bool, console: Console
) -> None:
    migrate(stores.template_url)
    there = asyncio.run(describe(stores.template_url))
    if there is not None and there.holds(source, number):
        if (there.newest_age_s or 0) < STALE_AFTER_S:
            console.print(f"Data: what the last demo left ({source}).")
            return
        console.print("Data: the last demo's is hours old, and lists of the day would be empty.")
    asyncio.run(
        seed(
            stores.template_url,
            source,
            seed=number,
            now=datetime.now(UTC),
            replace=stores.are_ours or may_overwrite,
            console=console,
        )
    )


def _before_after(stores: Stores, source: Source, number: int, *, is_quick: bool) -> list[str]:
    command = [sys.executable, "-m", "loadtests", "demo"]
    command += ["--database-url", stores.template_url, "--out", str(REPORTS)]
    for name in STRATEGIES:
        command += ["--redis", f"{name}={stores.redis_urls[name]}"]
    command += ["--source", f"{source}, seed {number}", "--parent", str(os.getpid())]
    return command + ["--quick"] * is_quick + ["--shared-stores"] * (not stores.are_ours)


def _run(command: list[str], environment: Mapping[str, str]) -> int:
    """Run a child that gets its own Ctrl-C from the terminal; wait until it has cleaned up."""
    with subprocess.Popen(command, env=dict(environment)) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue


def _stay(stores: Stores, environment: Mapping[str, str], tokens: Tokens, console: Console) -> int:
    database_url = with_database(stores.template_url, "corral_layered")
    port = free_port(FIRST_PORT)
    serve = [sys.executable, "-m", "service.cli", "serve", "--strategy", "layered"]
    serve += ["--port", str(port), "--end-with-parent"]
    stores_of_service = {"DATABASE_URL": database_url, "REDIS_URL": stores.redis_urls["layered"]}
    handle, user_id = asyncio.run(_somebody(database_url))
    token = tokens.make(user_id, handle, ttl_s=DAY_S)
    with subprocess.Popen(serve, env={**environment, **stores_of_service}) as service:
        try:
            if _is_up(service, port):
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
    engine = connect(database_url, lambda: None)
    try:
        ids = await users.handles(engine)
    finally:
        await engine.dispose()
    handle = LOGIN if LOGIN in ids else next(iter(ids))
    return handle, ids[handle]


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


def _what_next(stores: Stores, port: int, handle: str, token: str) -> str:
    databases = {name: with_database(stores.template_url, f"corral_{name}") for name in STRATEGIES}
    rows = [f"  {name:<9} {databases[name]}  {stores.redis_urls[name]}" for name in STRATEGIES]
    return "\n".join(
        [
            f"\nThe service ({STRATEGIES[-1]}) is up: http://127.0.0.1:{port}",
            f"  API       http://127.0.0.1:{port}/docs",
            f"  report    {REPORTS}/report.html",
            "The compared stores, as the run left them:",
            *rows,
            f"\nYou are @{handle} for a day with this token:",
            f"  export TOKEN={token}",
            "Try:",
            f"  curl -i 'http://127.0.0.1:{port}/v1/posts?window=day'  # twice: miss, then hit",
            f'  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:{port}/v1/feed',
            "Ctrl-C ends everything.",
        ]
    )
