"""`corral demo`: servers, data, the before/after run, and then a service to try."""

import asyncio
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from service.demo.given_stores import GivenStores, given_stores
from service.demo.staying import REPORTS, STRATEGIES, Stores, stay
from service.embedded.servers import running
from service.http.tokens import Tokens
from service.queries.databases import ensure_database
from service.queries.migrate import migrate
from service.seeding import Source, seed_unless_there
from service.settings import checkout_secret

HOME = Path(".corral/demo")
TEMPLATE = "corral_template"
TYPED = "CORRAL_DEMO_COMMAND"  # what the Makefile was asked for
CORRAL = ".venv/bin/corral"


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
            console.print("Starting the service that stays.", style="dim")
            return stay(stores, environment, Tokens(secret), console)
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
    asyncio.run(
        seed_unless_there(
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
    command += ["--command", os.environ.get(TYPED) or shlex.join([CORRAL, *sys.argv[1:]])]
    return command + ["--quick"] * is_quick + ["--shared-stores"] * (not stores.are_ours)


def _run(command: list[str], environment: Mapping[str, str]) -> int:
    """Run a child that gets its own Ctrl-C from the terminal; wait until it has cleaned up."""
    before = signal.signal(signal.SIGINT, lambda *_: None)  # an exec forgets it: the child does not
    try:
        with subprocess.Popen(command, env=dict(environment)) as child:
            return child.wait()
    finally:
        signal.signal(signal.SIGINT, before)
