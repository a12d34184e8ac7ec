"""Building the document from what an audit found out."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from typing import cast

from ..audited import Audited
from ..budgets import Budget, judged
from ..earlier import compared
from ..findings import Finding, not_evaluated
from ..money import Price
from ..names.book import Pattern
from ..names.shapes import folded
from ..tally.marks import Mark, having
from .estimates import estimate_of
from .schema import (
    SCHEMA,
    CoverageRow,
    FindingRow,
    Memory,
    Node,
    PatternRow,
    PriceRow,
    Report,
    Savings,
)

Show = Callable[[bytes], str]


def report_of(
    audited: Audited, price: Price, *, shows_keys: bool = False, budgets: Sequence[Budget] = ()
) -> Report:
    """The document; keys are redacted unless they are to be shown."""
    report = _document(audited, price, shown if shows_keys else redacted)
    if audited.earlier is not None:
        report["baseline"] = compared(audited.earlier, report)
    report["budgets"] = [judged(one, report) for one in budgets]
    return report


def _document(audited: Audited, price: Price, show: Show) -> Report:
    replicas = max((node.replicas or 0 for node in audited.nodes), default=0)

    def dollars(size: float | None) -> float | None:
        return price.dollars(size, replicas)

    return Report(
        schema=SCHEMA,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        nodes=[_node(asdict(node)) for node in audited.nodes],
        coverage=cast("CoverageRow", asdict(audited.coverage)),
        unknown=audited.unknown,
        patterns=[_pattern(one, audited, dollars, show) for one in audited.patterns],
        findings=[_finding(one, dollars) for one in audited.findings],
        not_evaluated=not_evaluated(audited.earlier),
        savings=_savings(audited, dollars),
        baseline=None,
        budgets=[],
        memory=_memory(audited),
        price=PriceRow(
            name=price.name,
            dollars_per_gb_month=price.dollars_per_gb_month,
            source=price.source,
        ),
    )


def shown(key: bytes) -> str:
    """A key as it is; bytes that are no text as Python writes them."""
    return key.decode(errors="backslashreplace")


def redacted(key: bytes) -> str:
    """A key without its ids, and a mark by which the same key is known again."""
    return f"{folded(key)} #{sha256(key).hexdigest()[:8]}"


Dollars = Callable[[float | None], float | None]


def _node(facts: dict[str, object]) -> Node:
    return cast("Node", {name: facts[name] for name in Node.__annotations__})


def _pattern(one: Pattern, audited: Audited, dollars: Dollars, show: Show) -> PatternRow:
    tally, declared = one.tally, one.declared
    size = None if "bytes" in audited.unknown else tally.bytes.total
    all_bytes = audited.memory.keys
    row = {
        "pattern": one.name,
        "is_registered": declared is not None,
        "owner": declared.owner if declared else None,
        "role": one.role,
        "declared_ttl_s": declared.ttl_s if declared else None,
        "keys": tally.keys,
        "bytes": size,
        "share": size / all_bytes if size is not None and all_bytes else None,
        **_figures(one, audited),
        "kinds": dict(tally.kinds.most_common()),
        **_reads(one),
        "name_bytes": tally.name_bytes,
        "values_sampled": len(tally.values.kept),
        "dollars_month": dollars(size),
        "examples": [show(key) for key in tally.examples],
        "estimate": estimate_of(one, audited.coverage),
        "findings": [found.code for found in audited.findings if found.pattern == one.name],
    }
    return cast("PatternRow", row)


def _figures(one: Pattern, audited: Audited) -> dict[str, float | None]:
    """Sizes and times of a pattern's keys."""
    tally, sizes = one.tally, one.tally.bytes
    endless = tally.sum_of(having(Mark.NO_TTL))[0] / tally.keys
    return {
        "bytes_mean": sizes.mean(),
        "bytes_p50": sizes.quantile(0.5),
        "bytes_p99": sizes.quantile(0.99),
        "bytes_max": sizes.largest if sizes.count else None,
        "no_ttl_share": None if "ttl" in audited.unknown else endless,
        "ttl_p50_s": tally.ttl.quantile(0.5),
        "ttl_p90_s": tally.ttl.quantile(0.9),
        "idle_p50_s": tally.idle.quantile(0.5),
        "idle_p90_s": tally.idle.quantile(0.9),
    }


def _reads(one: Pattern) -> dict[str, float | int | None]:
    """Share of the keys that were read since they were written, of those where it is known."""
    read = one.tally.sum_of(having(Mark.READ))[0]
    known = read + one.tally.sum_of(having(Mark.NEVER_READ))[0]
    return {"read_share": read / known if known else None, "read_known": known}


def _finding(one: Finding, dollars: Dollars) -> FindingRow:
    return FindingRow(
        code=one.code,
        pattern=one.pattern,
        level=one.level,
        says=one.says,
        evidence=list(one.evidence),
        keys=one.keys,
        bytes=one.bytes,
        dollars_month=dollars(one.bytes),
        confidence=one.confidence.kind,
        confidence_why=one.confidence.why,
        advice=one.advice,
        change=one.change,
    )


def _savings(audited: Audited, dollars: Dollars) -> Savings:
    by = audited.savings.by_action
    return Savings(
        delete_bytes=by["delete"],
        expire_bytes=by["expire"],
        re_encode_bytes=by["re-encode"],
        total_bytes=audited.savings.total,
        dollars_month=dollars(audited.savings.total),
    )


def _memory(audited: Audited) -> Memory:
    memory = audited.memory
    return Memory(
        used_bytes=memory.used,
        keys_bytes=None if "bytes" in audited.unknown else memory.keys,
        tables_bytes=memory.tables,
        own_bytes=memory.own,
        rest_bytes=memory.rest,
    )
