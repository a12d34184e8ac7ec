"""What is different from an earlier report, and what a team holds its keys to."""

import json
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from typer.testing import CliRunner

from service.audit import PRESETS, AuditError, Report, audit, budget_of, earlier_of, report_of
from service.audit.budgets import Kind
from service.audit.earlier import Amount, Earlier, compared
from service.audit.ending import exit_code
from service.cli import app
from tests.audit.planting import FULL


def earlier(**patterns: Amount) -> Earlier:
    """A report of these patterns; `a_` stands for `a:*`."""
    named = {name.replace("_", ":*"): one for name, one in patterns.items()}
    return Earlier("2026-11-16T00:00:00+00:00", named, None, frozenset(), frozenset())


def report(rows: dict[str, Amount], partial: str | None = None) -> Any:
    """As much of a report as is compared."""
    patterns = [
        {"pattern": name, "keys": one.keys, "bytes": one.bytes} for name, one in rows.items()
    ]
    nodes = [{"database": 0}]
    return {"patterns": patterns, "nodes": nodes, "coverage": {"partial": partial}}


def test_what_is_new_gone_grown_and_shrunk() -> None:
    """The largest difference first; what changed by a fifth at most is left out."""
    before = earlier(a_=Amount(10, 1000), b_=Amount(10, 1000), c_=Amount(9, 900), d_=Amount(1, 9))
    now = {
        "a:*": Amount(30, 3000),
        "b:*": Amount(12, 1200),
        "d:*": Amount(1, 4),
        "e:*": Amount(1, 7),
    }
    changes = compared(before, report(now))["changes"]
    assert [("a:*", "grown"), ("c:*", "gone"), ("e:*", "new"), ("d:*", "shrunk")] == [
        (row["pattern"], row["change"]) for row in changes
    ]


def test_ids_that_were_words_once_are_no_news() -> None:
    """`user:ann` and `user:bob` then, `user:*` now: the same keys, learned from more of them."""
    before = Earlier(
        "then",
        {"user:ann": Amount(1, 50), "user:bob": Amount(1, 50)},
        None,
        frozenset(),
        frozenset(),
    )
    assert [] == compared(before, report({"user:*": Amount(2, 100)}))["changes"]
    after = compared(before, report({"user:*": Amount(60, 3000)}))["changes"]
    assert [("user:*", "grown", 2)] == [
        (r["pattern"], r["change"], r["keys_before"]) for r in after
    ]


def test_a_partial_audit_is_not_compared() -> None:
    """Neither this one nor the earlier."""
    assert compared(earlier(a_=Amount(1, 1)), report({}, "budget"))["not_compared"]
    part = Earlier("then", {}, "sample", frozenset(), frozenset())
    assert compared(part, report({}))["not_compared"]


def test_a_change_of_policy_makes_idle_times_unknown(server: Redis, valkey_url: str) -> None:
    """The clock of a key is read as the new policy would have written it."""
    server.set("user:1", "x", ex=60)
    then = Earlier("then", {}, None, frozenset({"allkeys-lfu"}), frozenset())
    assert "allkeys-lfu" in audit(valkey_url, options=FULL, earlier=then).unknown["idle"]
    same = Earlier("then", {}, None, frozenset({"allkeys-lru"}), frozenset())
    assert "idle" not in audit(valkey_url, options=FULL, earlier=same).unknown


def test_a_pattern_that_grows_is_found(server: Redis, valkey_url: str) -> None:
    """K10 for a learned pattern that grew by over a fifth; not evaluated without a baseline."""
    _fill(server, 100)
    first = report_of(audit(valkey_url, options=FULL), PRESETS["article"])
    assert "K10" in first["not_evaluated"]
    assert "K10" not in _again(valkey_url, first, has_k10=True)
    _fill(server, 119)
    assert "K10" not in _again(valkey_url, first, has_k10=True)
    _fill(server, 130)
    assert "K10" in _again(valkey_url, first, has_k10=True)


@pytest.mark.parametrize(
    ("kind", "text", "verdict"),
    [
        ("max-bytes", "feed=1MB", "kept"),
        ("max-bytes", "feed=100B", "broken"),
        ("max-bytes", "fee=1MB", "unknown"),
        ("max-no-ttl-share", "0", "broken"),
        ("max-no-ttl-share", "0.5", "kept"),
        ("max-no-ttl-share", "feed=0.4", "broken"),
        ("min-read-ratio", "feed=0.3", "unknown"),
    ],
)
def test_budgets(server: Redis, valkey_url: str, kind: Kind, text: str, verdict: str) -> None:
    """Of `feed:*` half the keys have no TTL; nobody declared when they were written."""
    _fill(server, 10)
    server.set("feedback:1", "x", ex=60)
    made = _budgeted(valkey_url, kind, text)
    assert [verdict] == [one["verdict"] for one in made["budgets"]]
    codes = {"kept": 0, "broken": 1, "unknown": 3}
    made["findings"] = []
    assert codes[verdict] == exit_code(made)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("max-bytes", "200MB"),
        ("max-bytes", "feed=many"),
        ("max-no-ttl-share", "2"),
        ("max-no-ttl-share", "nan"),
        ("min-read-ratio", "0.3"),
    ],
)
def test_a_budget_that_means_nothing_is_refused(kind: Kind, text: str) -> None:
    """Before anything is audited."""
    with pytest.raises(AuditError):
        budget_of(kind, text)


@pytest.mark.parametrize("document", [[], {}, {"schema": "corral.audit/1"}, {"schema": "other"}])
def test_only_a_report_is_a_baseline(document: object) -> None:
    """Anything else is refused."""
    with pytest.raises(AuditError):
        earlier_of(document)


def test_the_command_compares_and_holds_to_budgets(
    server: Redis, valkey_url: str, tmp_path: Path
) -> None:
    """From its own JSON; a budget that is broken ends with 1."""

    def run(*words: str) -> Any:
        return CliRunner().invoke(app, ["audit", "--url", valkey_url, "--duty", "1", *words])

    server.set("user:1", "x", ex=60)
    (tmp_path / "first.json").write_text(run("--json").stdout)
    server.set("feed:1", "x", ex=60)
    done = run("--baseline", str(tmp_path / "first.json"), "--max-bytes", "feed=1B")
    assert 1 == done.exit_code
    assert "new  feed:*: 0 to 1 keys" in done.stdout
    assert "budget broken  max-bytes feed" in done.stdout
    assert 0 == run("--baseline", str(tmp_path / "first.json")).exit_code
    assert 2 == run("--max-bytes", "feed").exit_code


def _fill(server: Redis, count: int) -> None:
    for i in range(count):
        server.set(f"feed:{1000 + i}", "x" * 50, ex=None if i % 2 else 3600)


def _again(url: str, first: Report, *, has_k10: bool) -> set[str]:
    before = earlier_of(json.loads(json.dumps(first)))
    second = report_of(audit(url, options=FULL, earlier=before), PRESETS["article"])
    assert has_k10 == ("K10" not in second["not_evaluated"])
    return {one["code"] for one in second["findings"]}


def _budgeted(url: str, kind: Kind, text: str) -> Report:
    audited = audit(url, options=FULL)
    return report_of(audited, PRESETS["article"], budgets=[budget_of(kind, text)])
