"""Where figures come from, and what is said of those whose source is out of reach."""

from collections.abc import Mapping
from typing import Literal

from loadtests.trials.scenario import Seen

# `counters`: /v1/admin/stats of every process. `statements`: these, or pg_stat_statements.
# `commands` and `memory`: a cache server that is ours alone. `keys`: a store of our own in it.
Source = Literal["counters", "statements", "commands", "memory", "keys"]
Missing = Mapping[Source, str]

NEEDS: Mapping[str, Source] = {
    "cpu_ms_per_request": "counters",
    "loads_per_request": "counters",
    "loads": "counters",
    "worst_loads": "counters",
    "peak_loads": "counters",
    "load_ms": "counters",
    "over_load_ms": "counters",
    "slow_requests": "counters",
    "epochs": "counters",
    "sql_per_request": "statements",
    "commands_per_request": "commands",
    "gate_ms_per_command": "commands",
    "cache_bytes": "memory",
    "peak_bytes": "memory",
    "growth_bytes": "memory",
    "unread_bytes": "memory",
    "bytes_left": "memory",
    "dollars_per_month": "memory",
    "evicted_keys": "memory",
    "post_entry_bytes": "keys",
    "keys": "keys",
    "keys_without_ttl": "keys",
}


def leave_out_unknown(seen: Seen, missing: Missing) -> None:
    """Take out the figures whose source is `missing`, and say why."""
    for figure in list(seen.figures):
        source = NEEDS.get(figure)
        if source is not None and source in missing:
            del seen.figures[figure]
            seen.unknown[figure] = missing[source]
