"""Where figures come from, and what is said of those whose source is out of reach."""

from collections.abc import Mapping
from typing import Literal

from loadtests.trials.scenario import Seen

# `counters`: /v1/admin/stats of every process; `loads`: these, if they also tell what is under way.
# `statements`: the same counters, or pg_stat_statements.
# `commands` and `memory`: a cache server that is ours alone. `keys`: a store of our own in it.
Source = Literal["counters", "loads", "statements", "commands", "memory", "keys"]
Missing = Mapping[Source, str]

NEEDED: Mapping[Source, tuple[str, ...]] = {
    "counters": ("cpu_ms_per_request", "idle_cpu"),
    "loads": (
        "loads_per_request",
        "loads",
        "worst_loads",
        "peak_loads",
        "load_ms",
        "alone_load_ms",
        "over_load_ms",
        "slow_requests",
        "epochs",
        "loads_during",
        "peak_loads_during",
        "extra_loads",
        "wave_loads",
        "post_loads",
    ),
    "statements": ("sql_per_request", "idle_sql_per_s"),
    "commands": ("commands_per_request", "idle_commands_per_s"),
    "memory": (
        "cache_bytes",
        "dollars_per_month",
        "budget_bytes",
        "evicted_keys",
        "peak_bytes",
        "growth_bytes",
        "left_bytes",
    ),
    "keys": ("post_entry_bytes", "keys", "keys_without_ttl", "left_keys", "unread_bytes"),
}
NEEDS: Mapping[str, Source] = {
    figure: source for source, figures in NEEDED.items() for figure in figures
}


def leave_out_unknown(seen: Seen, missing: Missing) -> None:
    """Take out the figures whose source is `missing`, and say why."""
    for figure in list(seen.figures):
        source = NEEDS.get(figure)
        if source is not None and source in missing:
            del seen.figures[figure]
            seen.unknown[figure] = missing[source]
