"""What lies in the store behind the warm trace, equal for all, and the settling one behind it."""

from loadtests.contest import Findings
from loadtests.money import dollars_per_month
from loadtests.phases import take_census
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

NOT_EMPTY = "the store was not empty before the warm trace"
SHARED = "others use the store, too"
NO_POST = "no post is cached"
BYTES = ("cache_bytes", "dollars_per_month")


async def _play(stage: Stage) -> Seen:
    await take_census(stage.contestant)
    return weighed(stage.contestant.found)


def weighed(found: Findings) -> Seen:
    """What the census behind the warm trace says; what it could not know has a reason."""
    seen = Seen()
    if found.cache_bytes is None:
        seen.unknown |= dict.fromkeys(BYTES, SHARED)
    else:
        seen.figures["cache_bytes"] = found.cache_bytes
        seen.figures["dollars_per_month"] = dollars_per_month(found.cache_bytes)
    if found.keys is None or found.keys_without_ttl is None:
        seen.unknown |= dict.fromkeys(("keys", "keys_without_ttl", "post_entry_bytes"), NOT_EMPTY)
        return seen
    seen.figures["keys"] = found.keys
    seen.figures["keys_without_ttl"] = found.keys_without_ttl
    if found.post_entries is None:
        seen.unknown["post_entry_bytes"] = NO_POST
    else:
        seen.figures["post_entry_bytes"] = found.post_entries["mean"]
    return seen


MEMORY = Scenario(
    name="memory",
    summary="the cache behind the warm trace, with room for everything",
    symptom="bytes, and keys that never end: what a month of this costs",
    table="memory",
    figures=(
        "cache_bytes",
        "post_entry_bytes",
        "keys_without_ttl",
        "keys",
        "dollars_per_month",
    ),
    play=_play,
    expected_s=2.0,
    least_s=0.3,
)
