"""StatsD: what an agent receives, and that nobody else notices when there is none."""

import socket
from collections.abc import Iterator

import pytest

from service.patterns.metering import Metering, StatsD
from service.patterns.metering.statsd import _MOST_BYTES

from .contract import spin


@pytest.fixture
def agent() -> Iterator[socket.socket]:
    """A socket where an agent would listen."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(5)
        yield listening


def port_of(agent: socket.socket) -> int:
    """Return where it listens."""
    port: int = agent.getsockname()[1]
    return port


def heard(agent: socket.socket) -> list[bytes]:
    """Return every datagram that has arrived; on loopback, sent is arrived."""
    agent.setblocking(False)
    datagrams = []
    try:
        while True:
            datagrams.append(agent.recv(65_535))
    except BlockingIOError:
        return datagrams


async def test_the_articles_lines_arrive_once_a_turn(agent: socket.socket) -> None:
    """`cache.hit` and `cache.miss` with the prefix of the key; equal ones are one line."""
    statsd = StatsD(port=port_of(agent))
    metering = Metering(["feed", "post"], sinks=[statsd])
    feed, post = metering.layer("feed", "l2"), metering.layer("post", "l1")
    for event in ("hit", "hit", "miss", "hit"):
        feed(event, key="feed:{42}")
    post("bypass", key="post:{42}")
    assert heard(agent) == []
    await spin(2)
    assert heard(agent) == [
        b"cache.hit:3|c|#key_prefix:feed,layer:l2\n"
        b"cache.miss:1|c|#key_prefix:feed,layer:l2\n"
        b"cache.bypass:1|c|#key_prefix:post,layer:l1"
    ]
    feed("hit", key="feed:{42}")
    await spin(2)
    assert heard(agent) == [b"cache.hit:1|c|#key_prefix:feed,layer:l2"]
    statsd.close()


async def test_closing_sends_what_waits(agent: socket.socket) -> None:
    """Nothing counted before the end is lost by it; what comes after harms nobody."""
    statsd = StatsD(port=port_of(agent), prefix="corral.cache")
    statsd("hit", "post", "l2")
    statsd.close()
    assert heard(agent) == [b"corral.cache.hit:1|c|#key_prefix:post,layer:l2"]
    statsd("hit", "post", "l2")
    await spin(2)
    assert statsd.dropped == 1


def test_without_a_loop_each_event_is_sent_at_once(agent: socket.socket) -> None:
    """A script that counts need not know of turns."""
    statsd = StatsD(port=port_of(agent))
    statsd("miss", "post", "l2")
    assert heard(agent) == [b"cache.miss:1|c|#key_prefix:post,layer:l2"]
    statsd.close()


async def test_a_sample_says_its_rate(agent: socket.socket) -> None:
    """One in four is told, and says so: the agent counts each as four."""
    chances = iter([0.24, 0.25, 0.9, 0.1])
    statsd = StatsD(port=port_of(agent), sample=0.25, rand=lambda: next(chances))
    for _ in range(4):
        statsd("hit", "post", "l2")
    statsd.close()
    assert heard(agent) == [b"cache.hit:2|c|@0.25|#key_prefix:post,layer:l2"]
    for wrong in (0, -1, 1.1):
        with pytest.raises(ValueError, match="share"):
            StatsD(port=port_of(agent), sample=wrong)


async def test_a_datagram_fits_a_frame(agent: socket.socket) -> None:
    """Many lines are several datagrams, cut between lines."""
    statsd = StatsD(port=port_of(agent))
    for i in range(100):
        statsd("hit", f"cache_{i}", "l2")
    statsd.close()
    datagrams = heard(agent)
    assert len(datagrams) > 1
    assert max(len(datagram) for datagram in datagrams) <= _MOST_BYTES
    assert len(b"\n".join(datagrams).split(b"\n")) == 100


async def test_what_waits_is_bounded(agent: socket.socket) -> None:
    """Over `most` different lines in a turn: the rest is dropped, and counted as dropped."""
    statsd = StatsD(port=port_of(agent), most=2)
    for cache in ("a", "b", "c", "a"):
        statsd("hit", cache, "l2")
    statsd.close()
    assert statsd.dropped == 1
    assert heard(agent)[0].count(b"\n") == 1


async def test_a_dead_agent_is_nobodys_error(unused_port: int) -> None:
    """Nothing is raised and nothing waits, however often; the loss is counted."""
    statsd = StatsD(port=unused_port)
    for _ in range(100):
        statsd("hit", "post", "l2")
        await spin(2)
    statsd.close()
    assert statsd.dropped <= 100


def test_control_a_plain_socket_raises_for_the_send_before(unused_port: int) -> None:
    """The switch: what a dead agent does to who sends without care."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.connect(("127.0.0.1", unused_port))
        plain.send(b"cache.hit:1|c")
        with pytest.raises(ConnectionRefusedError):
            plain.send(b"cache.hit:1|c")


class OneTry(StatsD):
    """The switch: an error is final, also when it tells of an older datagram."""

    def _deliver(self, datagram: bytes) -> bool:
        return self._send(datagram)


@pytest.mark.parametrize(("kind", "arrives"), [(StatsD, True), (OneTry, False)])
async def test_the_first_event_after_the_agents_return_arrives(
    unused_port: int, kind: type[StatsD], arrives: bool
) -> None:
    """Race, step 3: the error of the datagram before does not cost this one."""
    statsd = kind(port=unused_port)
    statsd("hit", "post", "l2")
    statsd.flush()  # lost: nobody listens, and the kernel remembers it
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", unused_port))
        statsd("miss", "post", "l2")
        statsd.flush()
        expected = [b"cache.miss:1|c|#key_prefix:post,layer:l2"] if arrives else []
        assert heard(agent) == expected
    statsd.close()


async def test_a_full_buffer_never_blocks(agent: socket.socket) -> None:
    """What the kernel does not take at once is dropped, and counted as dropped."""
    statsd = StatsD(port=port_of(agent))
    # A pair of this kind has a bound where UDP on loopback throws away unseen. It waits for room
    # as long as the sink's own socket would.
    wait_s = statsd._socket.gettimeout()
    assert wait_s == 0
    statsd._socket.close()
    statsd._socket, slow = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    statsd._socket.settimeout(wait_s)
    with slow:
        for _ in range(10_000):
            statsd("hit", "post", "l2")
            statsd.flush()
        assert len(heard(slow)) + statsd.dropped == 10_000
        assert statsd.dropped > 0
    statsd.close()
