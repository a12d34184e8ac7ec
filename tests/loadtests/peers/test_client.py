"""The client: what it times, what it counts, and what it makes of a service that misbehaves."""

import itertools
import math
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from loadtests.peers.client.closed import ClosedLoop
from loadtests.peers.client.line import wire_of
from loadtests.peers.client.opened import OpenLoop, Shot

POST = wire_of("/v1/posts/1")
GOOD = b'HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{"as_of":100.0}'
BAD = b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n"
Talk = Callable[[socket.socket], None]


def always(answer: bytes) -> Talk:
    """Answer everything alike, in two pieces."""

    def talk(connection: socket.socket) -> None:
        while connection.recv(65_536):
            connection.sendall(answer[:20])
            connection.sendall(answer[20:])

    return talk


def hang_up(connection: socket.socket) -> None:
    """Take a question, and end."""
    connection.recv(1)


def say_nothing(connection: socket.socket) -> None:
    """Take questions, and answer none."""
    while connection.recv(65_536):
        pass


@contextmanager
def service(talk: Talk) -> Iterator[str]:
    """A service of one behaviour, a thread for each connection."""
    threads: list[threading.Thread] = []
    taken: list[socket.socket] = []

    def converse(connection: socket.socket) -> None:
        try:
            talk(connection)
        except OSError:
            pass
        finally:
            connection.close()

    def accept(listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            taken.append(connection)
            threads.append(threading.Thread(target=converse, args=(connection,)))
            threads[-1].start()

    listening = socket.create_server(("127.0.0.1", 0))
    accepting = threading.Thread(target=accept, args=(listening,))
    accepting.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join()
        for connection in taken:
            connection.close()
        for thread in threads:
            thread.join()


def shoot(
    host: str, times: list[float], *, timeout_s: float = 5.0, most: int = 10, prepare: int = 0
) -> list[Shot]:
    """Shots at these times."""
    shots = [Shot(at_s, 0, POST) for at_s in times]
    loop = OpenLoop([host], timeout_s=timeout_s, most=most)
    loop.prepare(prepare)
    loop.run(shots)
    return shots


def test_each_is_asked_once() -> None:
    """A trace that ends ends the loop, whatever the number of connections."""
    with service(always(GOOD)) as host:
        found = ClosedLoop(host, itertools.repeat(POST, 25), 4).run(math.inf, ())
    assert (25, 0, 25 * 15) == (found["requests"], found["errors"], found["body_bytes"])


def test_errors_of_a_closed_loop_are_counted() -> None:
    """A status that is none of ours, and a connection that ends, after which it goes on."""
    with service(always(BAD)) as host:
        found = ClosedLoop(host, itertools.repeat(POST, 6), 2).run(math.inf, ())
    assert (0, 6) == (found["requests"], found["errors"])
    with service(hang_up) as host:
        found = ClosedLoop(host, itertools.repeat(POST, 6), 2).run(math.inf, ())
    assert (0, 6) == (found["requests"], found["errors"])


def test_an_open_loop_takes_status_and_age() -> None:
    """An answer that says when its value was loaded says how old it is."""
    with service(always(GOOD)) as host:
        [shot] = shoot(host, [0.0], prepare=1)
    assert 200 == shot.outcome
    assert shot.age_s is not None
    assert shot.age_s > 1e9


def test_a_stall_is_in_every_latency_that_it_delayed() -> None:
    """One connection, held for 0.2 s: who was meant to start meanwhile counts from that time."""
    held = threading.Event()

    def stalls(connection: socket.socket) -> None:
        connection.recv(65_536)
        held.wait(0.2)
        connection.sendall(GOOD)

    with service(stalls) as host:
        first, second = shoot(host, [0.0, 0.05])
    assert first.end_s - first.at_s >= 0.2
    assert second.end_s - second.at_s >= 0.2
    assert 2 == sum(shot.outcome == 200 for shot in (first, second))


def test_what_went_wrong_has_a_name() -> None:
    """Nobody there, hung up, silent, and none of so many connections left."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        host = f"127.0.0.1:{nobody.getsockname()[1]}"
    assert ["refused"] == [shot.outcome for shot in shoot(host, [0.0])]
    with service(hang_up) as host:
        assert shoot(host, [0.0])[0].outcome in {"hung up", "reset"}
    with service(say_nothing) as host:
        silent, refused = shoot(host, [0.0, 0.01], timeout_s=0.1, most=1)
    assert ("no answer", "no connection") == (silent.outcome, refused.outcome)


def test_a_start_is_on_time_though_answers_are_slow() -> None:
    """Who starts does not wait for who has started."""
    with service(always(GOOD)) as host:
        shots = shoot(host, [0.0, 0.01, 0.02], prepare=3)
    assert [0.0, 0.01, 0.02] == [shot.at_s for shot in shots]
    assert all(shot.started_s >= shot.at_s for shot in shots)
