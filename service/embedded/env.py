"""`corral env up`: servers for as long as somebody wants them."""

import json
import os
import signal
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from service.embedded.servers import Servers, running


def env_up(home: Path, valkeys: Sequence[str], as_json: bool) -> None:
    """Run PostgreSQL and the named Valkeys, print their addresses, and stay.

    One line of JSON (`database_url`, `redis_urls`) or lines to read on stdout; progress on stderr.
    Returns at the end of stdin when that is a pipe or a socket, at SIGINT and at SIGTERM. Raises
    `EmbeddedError` when the servers cannot start. For the main thread.
    """
    with _until_asked(), running(home, valkeys=valkeys, report=_progress) as servers:
        print(_json(servers) if as_json else _lines(servers, home), flush=True)
        _stay()


@contextmanager
def _until_asked() -> Iterator[None]:
    """Leave the block quietly at SIGINT and SIGTERM, also where they were ignored (`cmd &`)."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _stay() -> None:
    if sys.stdin is not None and _is_held(sys.stdin.fileno()):
        while os.read(sys.stdin.fileno(), 4096):
            pass
        return
    while True:
        signal.pause()


def _is_held(descriptor: int) -> bool:
    """Whether another process holds the other end, so that its end says something."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _json(servers: Servers) -> str:
    return json.dumps(
        {"database_url": servers.database_url, "redis_urls": dict(servers.redis_urls)}
    )


def _lines(servers: Servers, home: Path) -> str:
    valkeys = [f"  Valkey {name:<10} {url}" for name, url in servers.redis_urls.items()]
    first_url = next(iter(servers.redis_urls.values()), "")
    return "\n".join(
        [
            f"Servers are up, data in {home}:",
            f"  PostgreSQL        {servers.database_url}",
            *valkeys,
            "In another terminal:",
            f"  export DATABASE_URL={servers.database_url} REDIS_URL={first_url}",
            "Ctrl-C ends them.",
        ]
    )
