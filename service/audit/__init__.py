"""Key audit: what is in a Redis or Valkey, what of it is dead, what it costs. Copy it whole.

It needs redis-py and nothing else of ours:
    python -m audit --url redis://localhost:6379
or, in a program:
    audited = audit("redis://localhost:6379")
    print(table_of(report_of(audited, PRESETS["article"])))
"""

from .errors import AuditError
from .findings.finding import LEVELS, Level
from .money import PRESETS, Price, own
from .names.registry import Declared, Registry, registry_of
from .options import Options, Thresholds
from .report.building import report_of
from .report.schema import Report
from .report.table import table_of
from .run import Audited, audit
from .values.envelope import EnvelopeFormat

__all__ = [
    "LEVELS",
    "PRESETS",
    "AuditError",
    "Audited",
    "Declared",
    "EnvelopeFormat",
    "Level",
    "Options",
    "Price",
    "Registry",
    "Report",
    "Thresholds",
    "audit",
    "own",
    "registry_of",
    "report_of",
    "table_of",
]
