"""What cannot be known or seen is said, never guessed: LFU, writers, budgets, keys that go."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from redis import Redis

from service.audit import PRESETS, AuditError, audit, report_of
from service.audit.ending import exit_code
from service.audit.link import Link, Reply, Word
from service.audit.nodes import primaries
from service.audit.reading import Reader
from service.audit.refusals import Refusals
from tests.audit.planting import FULL, REGISTRY, plant


def put(server: Redis, first: int, count: int) -> None:
    """Small keys with numbers from `first` on."""
    server.mset({f"more:{i}": "x" for i in range(first, first + count)})


def test_under_lfu_idle_times_are_unknown(server: Redis, valkey_url: str) -> None:
    """The findings that need them are left out, or say why their bytes are unknown."""
    plant(server)
    server.config_set("maxmemory-policy", "allkeys-lfu")
    audited = audit(valkey_url, REGISTRY, FULL)
    assert {"idle"} == set(audited.unknown)
    assert audited.unknown["idle"].startswith("An LFU maxmemory policy is selected")
    codes = {one.code for one in audited.findings}
    assert {"K01", "K04", "K09", "K11"} <= codes
    assert "K02" not in codes
    assert [None] == [one.bytes for one in audited.findings if one.code == "K01"]
    report = report_of(audited, PRESETS["article"])
    assert {None} == {one["idle_p50_s"] for one in report["patterns"]}


def test_a_writer_that_outruns_the_scan_ends_it(server: Redis, valkey_url: str) -> None:
    """SCAN need not end while keys come faster than it looks; the audit does, and is no pass."""
    put(server, 0, 1000)
    audited = audit(
        valkey_url, options=FULL, watch=lambda seen, _: put(server, 10_000 + 4 * seen, 600)
    )
    assert "keys came faster than SCAN could end" == audited.coverage.partial
    assert audited.coverage.scanned < 3000
    assert 3 == exit_code(report_of(audited, PRESETS["article"]))


def test_without_the_bound_the_scan_runs_on(server: Redis, valkey_url: str) -> None:
    """The same writer, no bound but the sample's: several times the keys there were."""
    put(server, 0, 1000)
    endless = replace(FULL, outgrown_times=1e9, outgrown_floor=10**9, most_keys=6000)
    audited = audit(
        valkey_url, options=endless, watch=lambda seen, _: put(server, 10_000 + 4 * seen, 600)
    )
    assert "a sample of 6,000 keys was asked for" == audited.coverage.partial


def test_a_time_budget_ends_it(server: Redis, valkey_url: str) -> None:
    """With what it has by then."""
    put(server, 0, 1000)
    audited = audit(valkey_url, options=replace(FULL, budget_s=0.0))
    assert "the time budget of 0 s was over" == audited.coverage.partial
    assert audited.memory.rest is None


def test_a_sample_has_intervals_where_they_mean_something(server: Redis, valkey_url: str) -> None:
    """Of sizes that are alike the true sum lies within; of a heavy tail there is no interval."""
    server.mset({f"even:{i}": "x" * (100 + i % 100) for i in range(3000)})
    server.mset({f"tail:{i}": "x" * (200_000 if i % 150 == 0 else 10) for i in range(3000)})
    whole = {one.name: one.tally.bytes.total for one in audit(valkey_url, options=FULL).patterns}
    part = audit(valkey_url, options=replace(FULL, most_keys=2400))
    report = report_of(part, PRESETS["article"])
    even, tail = (
        next(row["estimate"] for row in report["patterns"] if row["pattern"] == name)
        for name in ("even:*", "tail:*")
    )
    assert even is not None
    assert even["plus_minus_bytes"] is not None
    assert abs(even["bytes"] - whole["even:*"]) < 2 * even["plus_minus_bytes"]
    assert tail is not None
    assert tail["plus_minus_bytes"] is None
    assert "lower bound; heavy tail: scan fully" == tail["why"]


def test_keys_that_vanish_are_counted(server: Redis, valkey_url: str) -> None:
    """Between the listing and the reading a key may go."""
    server.set("there", "x")
    link = Link(valkey_url)
    reader = Reader(link, Refusals(), FULL)
    assert [b"there"] == [one.key for one in reader.read([b"gone", b"there", b"\xff\x00gone"])]
    assert 2 == reader.vanished
    link.close()


class _Modules(Link):
    """A server with types that no audit has heard of."""

    def ask_all(self, commands: Sequence[Sequence[Word]]) -> list[Reply]:
        """As the server says, but for the type."""
        replies = super().ask_all(commands)
        return [
            b"ReJSON-RL" if words[0] == b"TYPE" else reply
            for words, reply in zip(commands, replies, strict=True)
        ]


def test_types_of_modules_are_named_and_not_read(server: Redis, valkey_url: str) -> None:
    """They count with the size that the server gives."""
    server.set("doc:1", "x" * 500)
    link = _Modules(valkey_url)
    [fact] = Reader(link, Refusals(), FULL).read([b"doc:1"])
    link.close()
    assert ("ReJSON-RL", server.memory_usage("doc:1")) == (fact.kind, fact.bytes)


def test_binary_and_strange_names_are_shown_safely(server: Redis, valkey_url: str) -> None:
    """No key breaks the report, and none reaches a terminal as it is."""
    for name in (b"\xff\xfe:1", b"", b"a\x1b[31m:1", "naïve:é".encode(), b"x" * 5000):
        server.set(name, "x")
    audited = audit(valkey_url, options=FULL)
    assert 5 == sum(one.tally.keys for one in audited.patterns)
    report = report_of(audited, PRESETS["article"], shows_keys=True)
    assert all(row["pattern"].isprintable() for row in report["patterns"])


def test_nobody_there_is_a_sentence(unused_port: int) -> None:
    """What is wrong, not where in a library."""
    with pytest.raises(AuditError, match="the server cannot be asked"):
        audit(f"redis://127.0.0.1:{unused_port}/0")
    with pytest.raises(AuditError, match="the address is wrong"):
        audit("http://127.0.0.1/")


def test_slots_of_nobody_are_refused() -> None:
    """A cluster with a hole would look smaller than it is."""
    whole = [[0, 8000, [b"10.0.0.1", 6379, b"a"]], [8001, 16383, [b"", 6380, b"b"]]]
    assert {("10.0.0.1", 6379), ("", 6380)} == primaries(whole)
    with pytest.raises(AuditError, match="8001 of 16384 slots"):
        primaries(whole[:1])
