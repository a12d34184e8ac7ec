"""The audit leaves no trace: idle times are next week's evidence."""

import random
from dataclasses import replace

import pytest
from redis import Redis

from service.audit import audit
from service.audit.collecting import Collector
from service.audit.link import Link
from service.audit.names.book import Book
from service.audit.nodes import open_links
from service.audit.reading import QUESTIONS, Question, Reader
from service.audit.refusals import Refusals
from service.audit.values.allocator import libc
from tests.audit.conftest import empty
from tests.audit.planting import FULL, REGISTRY, idle, plant


def idle_times(server: Redis) -> dict[bytes, int]:
    """What the server says of every key."""
    keys = sorted(key for key in server.scan_iter() if isinstance(key, bytes))
    pipe = server.pipeline(transaction=False)
    for key in keys:
        pipe.object("idletime", key)
    return dict(zip(keys, pipe.execute(), strict=True))


def lost(before: dict[bytes, int], after: dict[bytes, int]) -> int:
    """Keys whose idle time began anew."""
    return sum(after[key] < idle_s for key, idle_s in before.items() if key in after)


def collect(link: Link, reader: Reader, refusals: Refusals) -> Book:
    """All keys of a server into a book, by whatever link and reader a test has made."""
    book = Book(REGISTRY, FULL, random.Random(1))
    collector = Collector(link, reader, refusals, FULL, book, libc, 0.0)
    cursor, keys = link.ask("SCAN", 0, "COUNT", 1000)
    while True:
        collector.collect(keys)
        if cursor == b"0":
            return book
        cursor, keys = link.ask("SCAN", cursor, "COUNT", 1000)


def test_a_second_audit_sees_the_same_idle_times(server: Redis, valkey_url: str) -> None:
    """Values are looked into, and no idle time begins anew."""
    plant(server)
    before = idle_times(server)
    first = audit(valkey_url, REGISTRY, FULL)
    assert 0 == lost(before, idle_times(server))
    assert 0 == first.coverage.touched
    assert sum(len(one.tally.values.kept) for one in first.patterns) > 300
    second = audit(valkey_url, REGISTRY, FULL)
    assert [(one.code, one.pattern, one.bytes) for one in first.findings] == [
        (one.code, one.pattern, one.bytes) for one in second.findings
    ]


def test_a_link_that_touches_loses_idle_times(server: Redis, valkey_url: str) -> None:
    """Without CLIENT NO-TOUCH the very same audit destroys its evidence: the rule is needed."""
    plant(server)
    before, refusals = idle_times(server), Refusals()
    link = Link(valkey_url, no_touch=False)
    collect(link, Reader(link, refusals, FULL), refusals)
    link.close()
    assert lost(before, idle_times(server)) > 100


def test_touches_are_counted_where_they_cannot_be_helped(redis_url: str) -> None:
    """Redis 7.0 knows no NO-TOUCH: at most a sample is read, and the report says of how many."""
    with Redis.from_url(redis_url) as server:
        empty(server)
        plant(server)
        before = idle_times(server)
        audited = audit(redis_url, REGISTRY, FULL)
        assert "NO-TOUCH" in audited.unknown["no-touch"]
        assert 0 < lost(before, idle_times(server)) <= audited.coverage.touched
        plain = audit(redis_url, REGISTRY, replace(FULL, reads_values=False))
        assert 0 == plain.coverage.touched


def test_numbers_are_not_read_where_that_touches(redis_url: str) -> None:
    """Redis shares one object, and its clock, among keys of one small number: all would be used."""
    keys = [f"votes:{number}" for number in range(50)]
    with Redis.from_url(redis_url) as server:
        empty(server)
        server.mset(dict.fromkeys(keys, 7))
        idle(server, keys, 5000)
        audited = audit(redis_url, REGISTRY, FULL)
        assert 0 == audited.coverage.touched
        assert server.object("idletime", keys[0]) >= 5000
        server.getrange(keys[1], 0, 1)  # what a look would have done
        assert server.object("idletime", keys[0]) < 5000


@pytest.mark.parametrize("is_first", [True, False], ids=["idle first", "idle last"])
def test_the_idle_time_comes_before_all_else(
    server: Redis, valkey_url: str, is_first: bool
) -> None:
    """On a link that touches, what looks at a key before it makes every key look used."""
    plant(server)
    link = Link(valkey_url, no_touch=False)
    asked = [QUESTIONS[0], Question("length", (b"STRLEN",))]
    reader = Reader(link, Refusals(), FULL, asked if is_first else asked[::-1])
    facts = reader.read([f"feed:{i}".encode() for i in range(200)])
    link.close()
    assert is_first == all((one.idle_s or 0) >= 7200 for one in facts)


def test_the_idle_time_is_the_first_question() -> None:
    """The rule that the test before turns round."""
    assert "idle" == QUESTIONS[0].column


def test_every_connection_is_told(server: Redis, valkey_url: str) -> None:
    """A link that was cut touches nothing after it is back, either."""
    server.set("seldom", "x")
    idle(server, ["seldom"], 5000)
    [link] = open_links(valkey_url)
    link.ask("GETRANGE", "seldom", 0, 10)
    link._connection.disconnect()
    link.ask("GETRANGE", "seldom", 0, 10)
    assert link.no_touch
    assert server.object("idletime", "seldom") >= 5000
    link.close()
