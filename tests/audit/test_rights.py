"""The documented ACL line is enough, and each right that is missing costs its column alone."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis

from service.audit import AuditError, audit
from tests.audit.conftest import empty
from tests.audit.planting import FULL, REGISTRY, plant

PAGE = Path(__file__).parents[2] / "docs" / "audit.md"
# What is unknown without a command; SCAN is another test's.
COLUMNS = {
    "object|idletime": {"idle"},
    "type": {"type"},
    "pexpiretime": {"ttl"},
    "object|encoding": {"encoding"},
    "memory|usage": {"bytes"},
    "getrange": {"values"},
    "info": {"server"},
    "ping": {"guard"},
    "time": {"clock"},
    "client|no-touch": {"no-touch"},
    "dbsize": set(),  # INFO knows it as well
    "cluster|slots": set(),
    "select": set(),
}


def line() -> list[str]:
    """The words of the page's ACL SETUSER, behind the password."""
    [found] = re.findall(r"^ACL SETUSER corral-audit on >\S+ (.+)$", PAGE.read_text(), re.MULTILINE)
    return str(found).split()


@pytest.fixture(scope="module")
def planted(valkey_url: str) -> Iterator[tuple[Redis, str]]:
    """A planted server, planted once: audits change nothing. And the address of its user."""
    at = urlsplit(valkey_url)
    with Redis.from_url(valkey_url) as server:
        empty(server)
        plant(server)
        yield server, f"redis://corral-audit:secret@{at.hostname}:{at.port}/0"
        server.acl_deluser("corral-audit")


def user(server: Redis, *words: str) -> None:
    """Make the user anew with these rights."""
    words = ("reset", "on", ">secret", *words)
    server.execute_command("ACL", "SETUSER", "corral-audit", *words)  # type: ignore[no-untyped-call]


def test_the_documented_line_is_enough(planted: tuple[Redis, str], valkey_url: str) -> None:
    """Nothing is unknown, and all is found that the owner of the server finds."""
    server, url = planted
    everything = audit(valkey_url, REGISTRY, FULL)
    user(server, *line())
    audited = audit(url, REGISTRY, FULL)
    assert {} == audited.unknown
    assert [(one.code, one.pattern, one.bytes) for one in everything.findings] == [
        (one.code, one.pattern, one.bytes) for one in audited.findings
    ]


def test_the_line_names_what_is_used_and_no_more(planted: tuple[Redis, str]) -> None:
    """It may read and change nothing; each of its commands is tried below."""
    words = line()
    assert {word[1:] for word in words if word[0] == "+"} == {*COLUMNS, "scan"}
    server, url = planted
    user(server, *words)
    with Redis.from_url(url) as theirs, pytest.raises(Exception, match="permission"):
        theirs.set("feed:1", "x")


@pytest.mark.parametrize("command", COLUMNS)
def test_a_missing_right_costs_one_column(planted: tuple[Redis, str], command: str) -> None:
    """The others are as before, the reason names the right."""
    server, url = planted
    user(server, *[word for word in line() if word != f"+{command}"])
    audited = audit(url, REGISTRY, FULL)
    assert COLUMNS[command] == set(audited.unknown)
    assert all(why.startswith("NOPERM") for why in audited.unknown.values())
    assert audited.coverage.scanned == server.dbsize()
    codes = {one.code for one in audited.findings}
    assert {"K01", "K05", "K11"} - _needing(command) <= codes
    for one in audited.findings:
        if command == "memory|usage":
            assert one.bytes is None or one.code == "K12"


def test_without_scan_there_is_no_audit(planted: tuple[Redis, str]) -> None:
    """It says which right is missing."""
    server, url = planted
    user(server, *[word for word in line() if word != "+scan"])
    with pytest.raises(AuditError, match=r"grant \+scan"):
        audit(url, REGISTRY, FULL)


def test_keys_that_may_not_be_seen_are_counted(planted: tuple[Redis, str]) -> None:
    """A user of some keys gets an audit of these, and how many there are beside."""
    server, url = planted
    user(server, *["%R~feed:*" if word.startswith("%R~") else word for word in line()])
    audited = audit(url, REGISTRY, FULL)
    assert ["feed:*"] == [one.name for one in audited.patterns]
    assert server.dbsize() - 300 == audited.coverage.hidden


def _needing(command: str) -> set[str]:
    needs = {"pexpiretime": {"K01", "K11"}, "getrange": {"K05"}, "type": {"K05"}}
    return needs.get(command, set())
