"""`python -m service.observing.reference`: write docs/metrics.md from what the code counts."""

from collections.abc import Iterator
from pathlib import Path

from service.keys import KINDS
from service.patterns.metering import Metering
from service.patterns.metering.exposition import Family

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
# Defined here, once: whoever shows a rate takes it from here and prints it. Sums are formed over
# all processes first. A cache without an L1 counts its lookups in L2, and L2 is never asked more
# often than the L1 before it: so the larger of the two is the number of lookups.
_LOOKUPS = "max by (cache) (sum by (cache, layer) (rate(cache_requests_total[5m])))"
_LOADS = 'sum by (cache) (rate(cache_loads_total{reason="miss"}[5m]))'
_LOAD_S = (
    "(sum by (cache) (rate(cache_load_seconds_sum[5m]))"
    " / (sum by (cache) (rate(cache_loads_total[5m])) > 0))"
)
HIT_RATE = f"1 - sum({_LOADS}) / sum({_LOOKUPS})"
COST_WEIGHTED_RATE = f"1 - sum({_LOADS} * {_LOAD_S}) / sum({_LOOKUPS} * {_LOAD_S})"

_HEAD = f"""# Metrics

Made from the code by `python -m service.observing.reference`; a test compares them.

`/metrics` tells in Prometheus text what one process counted since it began. Labels come from the
list of kinds of entries in `service/keys.py`, never from a key, and every series stands there at
zero from the start: traffic changes numbers, never the number of lines. No ratio is exported;
rates are formed over the sums of all processes. The patterns' page is
[metering](patterns/metering.md).

## Hit rate

The share of lookups that were served without the database:

```text
{HIT_RATE}
```

Weighed by what a load costs: the share of loading time that the caches saved. Caches of which
nothing was loaded in the window have no known cost, and are left out:

```text
{COST_WEIGHTED_RATE}
```

Stale and negative finds are lookups that were served, and are told apart by `result`.

## Of caches

| Metric | Type | Labels | Means |
| --- | --- | --- | --- |
"""


def page() -> str:
    """The whole of docs/metrics.md."""
    rows = [_row(family) for family in Metering(list(KINDS)).families()]
    caches = "\n".join(f"- `{kind.name}`: {kind.holds}" for kind in KINDS.values())
    return f"{_HEAD}{''.join(rows)}\n## Caches\n\n{caches}\n"


def _row(family: Family) -> str:
    labels = "; ".join(_labels(family))
    return f"| `{family.name}` | {family.kind} | {labels} | {family.meaning} |\n"


def _labels(family: Family) -> Iterator[str]:
    values: dict[str, list[str]] = {}
    for sample in family.samples():
        for label, value in sample.labels:
            values.setdefault(label, []).append(value)
    for label, found in values.items():
        said = "" if label in {"cache", "le"} else f" ({', '.join(dict.fromkeys(found))})"
        if label != "le":
            yield f"`{label}`{said}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
