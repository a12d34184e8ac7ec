"""A keyspace with every finding planted: all are found, none is invented, sizes are right."""

import os
from collections.abc import Callable

import pytest
from redis import Redis

from service.audit import Audited, audit
from service.audit.findings import NOT_EVALUATED, RULES
from tests.audit.planting import FULL, REGISTRY, Planted, plant


def found(audited: Audited) -> set[tuple[str, str | None]]:
    """Codes and patterns."""
    return {(one.code, one.pattern) for one in audited.findings}


def test_all_is_found_and_nothing_invented(either: tuple[str, Redis]) -> None:
    """Exactly what was planted, of every code, and its bytes within 2 %."""
    url, server = either
    planted = plant(server)
    audited = audit(url, REGISTRY, FULL)
    assert planted.found == found(audited)
    assert {one.code for one in audited.findings} == _codes()
    assert _wrong(planted, audited, is_exact=server.info("server").get("valkey_version")) == {}
    # Each key once: `ids:*` and names can only be made smaller, feeds expire, the rest goes.
    sizes = planted.bytes
    deleted = ("K02", "card:*"), ("K07", "app:v1:*"), ("K07", "old:*"), ("K11", "lock:*")
    if all(one.confidence.kind != "sampled" for one in audited.findings if one.code == "K02"):
        assert sum(sizes[one] for one in deleted) == audited.savings.by_action["delete"]
    assert sizes["K01", "feed:*"] == audited.savings.by_action["expire"]


@pytest.mark.skipif(os.environ.get("CORRAL_PROOF") != "1", reason="long: make proof")
def test_all_is_found_among_200_000_keys(either: tuple[str, Redis]) -> None:
    """The same at length."""
    url, server = either
    planted = plant(server, times=105)
    audited = audit(url, REGISTRY, FULL)
    assert audited.coverage.scanned > 200_000
    assert planted.found == found(audited)
    assert _wrong(planted, audited, is_exact=server.info("server").get("valkey_version")) == {}


def test_sums_agree_with_what_the_server_uses(either: tuple[str, Redis]) -> None:
    """Keys and modelled tables are within 5 % of the growth of used_memory."""
    url, server = either
    before = int(server.info("memory")["used_memory"])
    pipe = server.pipeline(transaction=False)
    for i in range(10_000):
        pipe.set(f"user:{i}:card", b"x" * (i % 300), ex=9000 if i % 2 else None)
        if i % 500 == 499:  # small batches: the server keeps a buffer as large as the largest
            pipe.execute()
    pipe.reset()
    # Before the audit: its own connection makes the server keep a larger buffer.
    grown = int(server.info("memory")["used_memory"]) - before
    audited = audit(url, options=FULL)
    memory = audited.memory
    assert memory.tables is not None
    assert memory.keys + memory.tables == pytest.approx(grown, rel=0.05)
    assert memory.keys < 0.96 * grown  # without the tables it would not agree


def _codes() -> set[str]:
    return {rule.__name__.rpartition(".")[2].upper() for rule in RULES} - set(NOT_EVALUATED)


def _wrong(planted: Planted, audited: Audited, *, is_exact: object) -> dict[object, object]:
    sizes: dict[object, int | None] = {
        (one.code, one.pattern): one.bytes for one in audited.findings
    }
    close: Callable[[int], object] = lambda size: pytest.approx(size, rel=0.02)  # noqa: E731
    return {
        one: (size, sizes[one])
        for one, size in planted.bytes.items()
        if sizes[one] != close(size) and (is_exact or one[0] != "K02")
    }
