"""Budgets: what a team holds its keys to. What cannot be judged is unknown, never kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .errors import AuditError
from .report.schema import BudgetRow, PatternRow, Report

Kind = Literal["max-bytes", "max-no-ttl-share", "min-read-ratio"]
_UNITS = {"": 1, "B": 1, "kB": 2**10, "KB": 2**10, "MB": 2**20, "GB": 2**30}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kKMG]?B|)")
# These may rest without a TTL: nobody calls them a cache.
_KEPT = ("counter", "queue", "index", "other")


@dataclass(frozen=True, slots=True)
class Budget:
    """`name`: a pattern, or the words that patterns begin with; "": all of them."""

    kind: Kind
    name: str
    limit: float

    def covers(self, row: PatternRow) -> bool:
        """Whether a pattern counts; `feed` is `feed` and `feed:*`, not `feedback:*`."""
        pattern, name = row["pattern"], self.name
        if not name:
            return row["role"] not in _KEPT
        return pattern == name or (
            "*" not in name and pattern[len(name) :][:1] in (*":/.|",) and pattern.startswith(name)
        )


def budget_of(kind: Kind, text: str) -> Budget:
    """`feed=200MB`, `0`, `user=0.3`. Raises AuditError."""
    name, equals, limit = text.rpartition("=")
    if kind != "max-no-ttl-share" and not (equals and name):
        raise AuditError(f"--{kind} is given as NAME=LIMIT: {text}")
    if kind == "max-bytes":
        found = _SIZE.fullmatch(limit)
        if found is None:
            raise AuditError(f"--{kind}: a size is a number with B, kB, MB or GB: {text}")
        return Budget(kind, name, float(found[1]) * _UNITS[found[2]])
    try:
        share = float(limit)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise AuditError(f"--{kind}: a share is a number from 0 to 1: {text}")
    return Budget(kind, name, share)


def judged(budget: Budget, report: Report) -> BudgetRow:
    """Kept, broken, or unknown and why."""
    rows = [row for row in report["patterns"] if budget.covers(row)]
    value = _VALUES[budget.kind](rows) if rows else None
    is_most = budget.kind != "min-read-ratio"
    broken = value is not None and (value > budget.limit if is_most else value < budget.limit)
    why = None if broken else _unsure(budget, report, has_rows=bool(rows), value=value)
    return BudgetRow(
        budget=f"{budget.kind} {budget.name or 'all'}",
        limit=budget.limit,
        value=value,
        verdict="broken" if broken else "unknown" if why else "kept",
        why=why,
    )


def _unsure(budget: Budget, report: Report, *, has_rows: bool, value: float | None) -> str | None:
    if report["coverage"]["partial"]:
        return "not all keys were seen"
    if not has_rows and budget.name:
        return "no key has this name"
    if has_rows and value is None:
        return "the audit could not know it"
    return None


def _bytes(rows: Sequence[PatternRow]) -> float | None:
    sizes = [row["bytes"] for row in rows]
    known = [size for size in sizes if size is not None]
    return float(sum(known)) if len(known) == len(sizes) else None


def _endless(rows: Sequence[PatternRow]) -> float | None:
    shares = [(row["no_ttl_share"], row["keys"]) for row in rows]
    known = [share * keys for share, keys in shares if share is not None]
    if len(known) < len(shares):
        return None
    return sum(known) / sum(keys for _, keys in shares)


def _read(rows: Sequence[PatternRow]) -> float | None:
    known = sum(row["read_known"] for row in rows)
    if not known:
        return None
    return sum((row["read_share"] or 0.0) * row["read_known"] for row in rows) / known


_VALUES = {"max-bytes": _bytes, "max-no-ttl-share": _endless, "min-read-ratio": _read}
