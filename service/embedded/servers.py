"""Real servers for the length of a `with` block."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from service.embedded import binaries
from service.embedded.errors import EmbeddedError
from service.embedded.store import USER
from service.embedded.supervisor import Order

# The supervisor allows its servers 3 s; one that needs longer than this hangs.
END_S = 10.0
# Ways for root, who PostgreSQL refuses, in the order tried.
AS_ROOT = ("namespace", "account")


@dataclass(frozen=True)
class Servers:
    """Addresses of running servers; `database_url` is empty where no PostgreSQL was wanted."""

    database_url: str
    redis_urls: Mapping[str, str]

    def database(self, name: str) -> str:
        """URL of another database on the same PostgreSQL."""
        return f"{self.database_url.rpartition('/')[0]}/{quote(name, safe='')}"


def silent(text: str) -> None:
    """Report nothing."""


@contextmanager
def running(
    home: Path,
    *,
    valkeys: Sequence[str] = ("default",),
    postgres: bool = True,
    report: Callable[[str], None] = silent,
    as_root: Sequence[str] = AS_ROOT,
) -> Iterator[Servers]:
    """Run the servers of `home` (made if missing) and end them with the block, however it ends.

    Yields when PostgreSQL answers a query and every Valkey a PING. `report` gets a line now and
    then. Raises `EmbeddedError` when they cannot start; a home has one user at a time.
    """
    order = Order(
        owner=os.getpid(),
        home=str(_made(home)),
        postgres_bin=str(binaries.postgres_bin()) if postgres else "",
        valkey_server=str(binaries.valkey_server()) if valkeys else "",
        valkeys=list(valkeys),
        as_root=list(as_root),
    )
    with _supervisor(order) as process:
        yield _await_ready(process, report)


def _made(home: Path) -> Path:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"{home} cannot be made: {error}. Choose another directory.") from error
    return home.resolve()


@contextmanager
def _supervisor(order: Order) -> "Iterator[subprocess.Popen[str]]":
    project = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-S", "-m", "service.embedded.supervisor"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=project,
        env=os.environ | {"PYTHONPATH": project},
        start_new_session=True,  # the terminal's Ctrl-C is for its owner alone
    )
    assert process.stdin is not None
    try:
        with contextlib.suppress(BrokenPipeError):  # it broke down: then it says nothing, either
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        yield process
    finally:
        _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()  # the kernel ends its servers
        process.wait()
    finally:
        process.stdout.close()


def _await_ready(process: "subprocess.Popen[str]", report: Callable[[str], None]) -> Servers:
    assert process.stdout is not None
    for line in process.stdout:
        message = json.loads(line)
        if "ready" in message:
            return _servers(message["ready"])
        if "error" in message:
            raise EmbeddedError(message["error"])
        report(message["say"])
    raise EmbeddedError("The supervisor of the servers ended before they were up.")


def _servers(ports: Mapping[str, int]) -> Servers:
    """Addresses from what the supervisor calls ready: title of a server -> its port."""
    prefix = "Valkey "
    return Servers(
        database_url=f"postgresql://{USER}@127.0.0.1:{ports['PostgreSQL']}/postgres"
        if "PostgreSQL" in ports
        else "",
        redis_urls={
            title.removeprefix(prefix): f"redis://127.0.0.1:{port}/0"
            for title, port in ports.items()
            if title.startswith(prefix)
        },
    )
