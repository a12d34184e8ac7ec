"""Three primaries on this machine, made into a cluster with what redis-cli would send."""

import contextlib
import ctypes
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import cast

from redis import Redis
from redis.exceptions import RedisError

from tests.waiting import until_now

PRIMARIES = 3
SLOTS = 16384
# Forming takes about 0.1 s for three nodes and one round of gossip, half a second.
FORMING_S = 20.0
# After how long without a word a node is taken for dead; nothing here dies.
NODE_TIMEOUT_MS = 5000


@contextlib.contextmanager
def cluster(server: Path, home: Path) -> Iterator[list[int]]:
    """Start the nodes and form the cluster; give their ports, end them on the way out."""
    ports = free_ports(2 * PRIMARIES)
    with contextlib.ExitStack() as stack:
        nodes = []
        for i, (port, bus) in enumerate(zip(ports[::2], ports[1::2], strict=True)):
            process = stack.enter_context(_node(server, home / f"node-{i}", port, bus))
            link = stack.enter_context(Redis(port=port))
            _await(link.ping, process)
            nodes.append((port, bus, link))
        _form(nodes)
        yield [port for port, _bus, _link in nodes]


def free_ports(n: int) -> list[int]:
    """Ports where nothing listens, all different."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(n)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextlib.contextmanager
def _node(server: Path, home: Path, port: int, bus: int) -> Iterator[subprocess.Popen[bytes]]:
    home.mkdir()
    settings = {
        "port": port,
        "bind": "127.0.0.1",
        "dir": home,
        "save": "",
        "appendonly": "no",
        "logfile": home / "log",
        "cluster-enabled": "yes",
        "cluster-port": bus,
        "cluster-node-timeout": NODE_TIMEOUT_MS,
    }
    words = [str(word) for name, value in settings.items() for word in (f"--{name}", value)]
    process = subprocess.Popen(
        [server, *words],
        preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL),  # noqa: PLW1509
    )
    try:
        yield process
    finally:
        process.kill()  # nothing to save, and a cluster ends slowly when asked
        process.wait(10)


def _form(nodes: Sequence[tuple[int, int, Redis]]) -> None:
    share = SLOTS // len(nodes)
    for i, (_port, _bus, link) in enumerate(nodes):
        last = SLOTS - 1 if i == len(nodes) - 1 else (i + 1) * share - 1
        _tell(link, "ADDSLOTSRANGE", i * share, last)
        # Different epochs from the start, else the nodes would first have to settle a conflict.
        _tell(link, "SET-CONFIG-EPOCH", i + 1)
    for port, bus, _link in nodes[1:]:
        _tell(nodes[0][2], "MEET", "127.0.0.1", port, bus)
    for _port, _bus, link in nodes:
        _await(partial(_is_whole, link, len(nodes)))


def _is_whole(link: Redis, size: int) -> bool:
    """Whether this node knows all the others, and that together they hold every slot."""
    known = cast("dict[str, str]", _tell(link, "INFO"))
    return (known["cluster_state"], known["cluster_known_nodes"]) == ("ok", str(size))


def _tell(link: Redis, *words: str | int) -> object:
    said: object = link.execute_command("CLUSTER " + str(words[0]), *words[1:])  # type: ignore[no-untyped-call]
    return said


def _await(holds: Callable[[], object], process: subprocess.Popen[bytes] | None = None) -> None:
    def is_so() -> bool:
        assert process is None or process.poll() is None, "a node of the cluster has ended"
        with contextlib.suppress(RedisError):
            return bool(holds())
        return False

    until_now(is_so, within_s=FORMING_S)
