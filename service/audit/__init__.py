"""Key audit: what is in a Redis or Valkey, what of it is dead, what it costs. Copy it whole.

It needs redis-py and nothing else of ours:
    python -m audit --url redis://localhost:6379
or, in a program:
    audited = audit("redis://localhost:6379")
    print(table_of(report_of(audited, PRESETS["article"])))
"""

from .audited import Audited
from .budgets import Budget, budget_of
from .earlier import Earlier, earlier_of
from .errors import AuditError
from .findings.finding import LEVELS, Level
from .money import PRESETS, Price, own
from .names.registry import Declared, Registry, registry_of
from .options import Options, Thresholds
from .planning.ledger import Ledger
from .planning.plan import plan_of
from .report.building import report_of
from .report.schema import Report
from .report.table import table_of
from .run import audit
from .values.envelope import EnvelopeFormat

__all__ = [
    "LEVELS",
    "PRESETS",
    "AuditError",
    "Audited",
    "Budget",
    "Declared",
    "Earlier",
    "EnvelopeFormat",
    "Ledger",
    "Level",
    "Options",
    "Price",
    "Registry",
    "Report",
    "Thresholds",
    "audit",
    "budget_of",
    "earlier_of",
    "own",
    "plan_of",
    "registry_of",
    "report_of",
    "table_of",
]
