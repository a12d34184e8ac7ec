"""The plan: what it names is what the audit counted, and redis-cli reads its lines as meant."""

import shutil
import subprocess
from collections import Counter

import pytest
from redis import Redis
from typer.testing import CliRunner

from service.audit import Ledger, Registry, audit, plan_of
from service.audit.planning.quoting import quoted
from service.cli import app
from tests.audit.planting import FULL, REGISTRY, idle, plant

NASTY = [bytes(range(256)), b'a"; FLUSHALL\r\n', b"\n", b"\\", "schlüssel".encode(), b"''", b" "]


def lines_of(url: str, registry: Registry) -> tuple[list[str], dict[str, int]]:
    """The plan, and the savings that the same audit counted."""
    with Ledger() as ledger:
        audited = audit(url, registry, FULL, ledger=ledger)
        lines = list(plan_of(audited, ledger))
    return lines, {str(action): size for action, size in audited.savings.by_action.items()}


def test_the_plan_frees_what_the_audit_counted(server: Redis, valkey_url: str) -> None:
    """Run by redis-cli: deleted keys hold the union's bytes, and the others expire."""
    plant(server)
    lines, savings = lines_of(valkey_url, REGISTRY)
    verbs = Counter(line.split(" ")[0] for line in lines)
    assert {"ECHO", "UNLINK", "EXPIRE"} == set(verbs)
    assert 200 == verbs["EXPIRE"]
    sizes = {key: server.memory_usage(key, samples=0) or 0 for key in server.scan_iter(count=1000)}
    assert 0 < savings["delete"]
    _run(valkey_url, lines)
    left = set(server.scan_iter(count=1000))
    assert savings["delete"] == sum(size for key, size in sizes.items() if key not in left)
    assert 100 == sum(server.ttl(f"feed:{i}") == -1 for i in range(300))


def test_nothing_is_run(server: Redis, valkey_url: str) -> None:
    """The command prints, and every key stays."""
    plant(server)
    before = server.dbsize()
    done = CliRunner().invoke(app, ["audit", "--url", valkey_url, "--duty", "1", "--plan"])
    assert 1 == done.exit_code
    assert "UNLINK" in done.stdout
    assert before == server.dbsize()


def test_any_key_survives_its_quotes(server: Redis, valkey_url: str) -> None:
    """Each line is one command about the keys that are meant."""
    for key in NASTY:
        server.set(key, "x")
    assert all("\n" not in quoted(key) and quoted(key).isascii() for key in NASTY)
    server.set("stays", "x")
    _run(valkey_url, [f"UNLINK {' '.join(map(quoted, NASTY))}"])
    assert [b"stays"] == server.keys()


def test_binary_keys_of_a_pattern_are_named(server: Redis, valkey_url: str) -> None:
    """Locks with names of any bytes."""
    keys = [b"lock:" + key for key in NASTY]
    for key in keys:
        server.set(key, "token")
    idle(server, keys, 7200)
    server.set("user:1", "x", ex=60)
    lines, _ = lines_of(valkey_url, Registry())
    _run(valkey_url, lines)
    assert [b"user:1"] == server.keys()


def _run(url: str, lines: list[str]) -> None:
    cli = shutil.which("valkey-cli") or shutil.which("redis-cli")
    if cli is None:
        pytest.skip("no redis-cli here")
    text = "\n".join(lines) + "\n"
    done = subprocess.run(
        [cli, "-u", url.replace("valkey://", "redis://")],
        input=text,
        text=True,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert "ERR" not in done.stdout
