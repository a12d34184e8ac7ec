"""Earlier: the report of another audit, and what is different since."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .errors import AuditError
from .report.schema import SCHEMA, BaselineRow, ChangeRow, Report

CHANGED_SHARE = 0.2
_SEPARATORS = re.compile(r"[:/.|]")


class Amount(NamedTuple):
    """Keys of a pattern and their bytes."""

    keys: int
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What of an earlier report is compared."""

    made_at: str
    patterns: Mapping[str, Amount]
    partial: str | None
    policies: frozenset[str]
    databases: frozenset[int]

    def distrusts(self, policies: Collection[str | None]) -> str | None:
        """Why idle times of today mean nothing: the clock of a key is read by the policy of now."""
        then = {policy for policy in self.policies if policy.endswith("lfu")}
        now = {policy for policy in policies if policy and policy.endswith("lfu")}
        if bool(then) == bool(now) or not self.policies:
            return None
        was, words = ", ".join(sorted(self.policies)), ", ".join(sorted(filter(None, policies)))
        return f"the policy was {was} on {self.made_at}, now it is {words}: not to be trusted yet"


def earlier_of(document: Any) -> Earlier:
    """What `--json` wrote once. Raises AuditError for anything else."""
    try:
        if document["schema"] != SCHEMA:
            raise AuditError(f"a baseline is a report of schema {SCHEMA}")
        patterns = {
            str(row["pattern"]): Amount(int(row["keys"]), row["bytes"])
            for row in document["patterns"]
        }
        nodes = document["nodes"]
        return Earlier(
            made_at=str(document["made_at"]),
            patterns=patterns,
            partial=document["coverage"]["partial"],
            policies=frozenset(str(node["policy"]) for node in nodes if node["policy"]),
            databases=frozenset(node["database"] for node in nodes if "database" in node),
        )
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, AuditError):
            raise
        raise AuditError("a baseline is what corral audit --json wrote") from None


def compared(earlier: Earlier, report: Report) -> BaselineRow:
    """What is new, gone, grown by over 20 %, shrunk; no changes where the two say too little."""
    why = _not_comparable(earlier, report)
    changes = [] if why else _changes(earlier, report)
    return BaselineRow(made_at=earlier.made_at, not_compared=why, changes=changes)


def _not_comparable(earlier: Earlier, report: Report) -> str | None:
    databases = {node["database"] for node in report["nodes"]}
    if earlier.databases and databases != earlier.databases:
        return "the earlier report is of another database"
    if earlier.partial:
        return f"the earlier audit did not see all keys: {earlier.partial}"
    if report["coverage"]["partial"]:
        return "this audit did not see all keys"
    return None


def _changes(earlier: Earlier, report: Report) -> list[ChangeRow]:
    now = {row["pattern"]: Amount(row["keys"], row["bytes"]) for row in report["patterns"]}
    before, after = _alike(earlier.patterns, now), _alike(now, earlier.patterns)
    rows = [_change(name, before.get(name), after.get(name)) for name in {*before, *after}]
    found = [row for row in rows if row is not None]
    return sorted(found, key=lambda row: (-_moved(row), row["pattern"]))


def _alike(these: Mapping[str, Amount], others: Mapping[str, Amount]) -> dict[str, Amount]:
    """`user:ann` counts as `user:*` where the others have only that: ids are learned by number."""
    wide: dict[int, list[tuple[re.Pattern[str], str]]] = {}
    for name in others:
        if "*" in name:
            text = re.escape(name).replace(r"\*", "[^:/.|]+")
            wide.setdefault(_parts(name), []).append((re.compile(text, re.DOTALL), name))
    found: dict[str, Amount] = {}
    for name, mine in these.items():
        fits = (other for like, other in wide.get(_parts(name), ()) if like.fullmatch(name))
        to = name if name in others else next(fits, name)
        has = found.get(to, Amount(0, 0))
        unsized = has.bytes is None or mine.bytes is None
        size = None if unsized else (has.bytes or 0) + (mine.bytes or 0)
        found[to] = Amount(has.keys + mine.keys, size)
    return found


def _parts(name: str) -> int:
    return len(_SEPARATORS.findall(name))


def _change(name: str, was: Amount | None, now: Amount | None) -> ChangeRow | None:
    row = ChangeRow(
        pattern=name,
        change="new" if was is None else "gone",
        keys_before=was.keys if was else 0,
        keys=now.keys if now else 0,
        bytes_before=was.bytes if was else 0,
        bytes=now.bytes if now else 0,
    )
    if was is not None and now is not None:
        sized = was.bytes is not None and now.bytes is not None
        old, new = (was.bytes or 0, now.bytes or 0) if sized else (was.keys, now.keys)
        if abs(new - old) <= CHANGED_SHARE * old:
            return None
        row["change"] = "grown" if new > old else "shrunk"
    return row


def _moved(row: ChangeRow) -> int:
    if row["bytes"] is None or row["bytes_before"] is None:
        return abs(row["keys"] - row["keys_before"])
    return abs(row["bytes"] - row["bytes_before"])
