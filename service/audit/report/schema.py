"""What `corral audit --json` writes: schema `corral.audit/1`.

The schema is only added to. Sizes are bytes, times seconds, shares from 0 to 1. What could not be
known is `null`, and `unknown` says why: a reason for each column. Of a scan that did not see all
keys (`coverage.partial`), counts and sizes are of what was seen, `estimate` is of all.
"""

from typing import Literal, TypedDict

SCHEMA = "corral.audit/1"


class Node(TypedDict):
    """One server, before the audit."""

    product: str | None
    version: str | None
    role: str | None
    policy: str | None
    allocator: str | None
    used_bytes: int | None
    fragmentation: float | None
    evicted: int | None
    replicas: int | None
    keys: int | None
    keys_elsewhere: int | None
    database: int
    clustered: bool | None


class CoverageRow(TypedDict):
    """How much was seen. `hidden`: keys that the user may not see; `touched`: see docs/audit.md."""

    total: int | None
    scanned: int
    vanished: int
    hidden: int
    touched: int
    partial: str | None
    took_s: float
    asking_s: float
    paused_s: float
    backed_off: int
    commands: int


class Estimate(TypedDict):
    """Of a pattern in all keys, from those seen; no `plus_minus_bytes` where `why` says so."""

    keys: int
    bytes: int
    plus_minus_bytes: int | None
    why: str | None


class PatternRow(TypedDict):
    """One pattern. `kinds`: type/encoding to keys; `ttl_*` is what was left of TTLs."""

    pattern: str
    is_registered: bool
    owner: str | None
    role: str | None
    declared_ttl_s: float | None
    keys: int
    bytes: int | None
    share: float | None
    bytes_mean: float | None
    bytes_p50: float | None
    bytes_p99: float | None
    bytes_max: int | None
    kinds: dict[str, int]
    no_ttl_share: float | None
    ttl_p50_s: float | None
    ttl_p90_s: float | None
    idle_p50_s: float | None
    idle_p90_s: float | None
    read_share: float | None
    read_known: int
    name_bytes: int
    values_sampled: int
    dollars_month: float | None
    examples: list[str]
    estimate: Estimate | None
    findings: list[str]


class FindingRow(TypedDict):
    """One finding. `bytes` is what mending it would free; sums of them count keys twice."""

    code: str
    pattern: str | None
    level: Literal["info", "warning", "serious"]
    says: str
    evidence: list[str]
    keys: int | None
    bytes: int | None
    dollars_month: float | None
    confidence: Literal["exact", "sampled", "lower bound", "assumed", "unknown"]
    confidence_why: str | None
    advice: str
    change: str | None


class Savings(TypedDict):
    """The union: each key once, in the order delete, expire, re-encode."""

    delete_bytes: int
    expire_bytes: int
    re_encode_bytes: int
    total_bytes: int
    dollars_month: float | None


class Memory(TypedDict):
    """`used = keys + tables + own + rest`. `tables` is modelled; `rest` may be negative."""

    used_bytes: int | None
    keys_bytes: int | None
    tables_bytes: int | None
    own_bytes: int | None
    rest_bytes: int | None


class PriceRow(TypedDict):
    """What a GB (2**30 bytes) costs a month, and where that is from."""

    name: str
    dollars_per_gb_month: float
    source: str


class ChangeRow(TypedDict):
    """One pattern that is not as it was. Bytes are `null` where either audit lacks them."""

    pattern: str
    change: Literal["new", "gone", "grown", "shrunk"]
    keys_before: int
    keys: int
    bytes_before: int | None
    bytes: int | None


class BaselineRow(TypedDict):
    """The differences from an earlier report, the largest first; none where `not_compared`."""

    made_at: str
    not_compared: str | None
    changes: list[ChangeRow]


class BudgetRow(TypedDict):
    """One budget. What could not be judged is `unknown`, and never a pass; `why` says why."""

    budget: str
    limit: float
    value: float | None
    verdict: Literal["kept", "broken", "unknown"]
    why: str | None


class Report(TypedDict):
    """The whole document."""

    schema: str
    made_at: str
    nodes: list[Node]
    coverage: CoverageRow
    unknown: dict[str, str]
    patterns: list[PatternRow]
    findings: list[FindingRow]
    not_evaluated: dict[str, str]
    savings: Savings
    baseline: BaselineRow | None
    budgets: list[BudgetRow]
    memory: Memory
    price: PriceRow
