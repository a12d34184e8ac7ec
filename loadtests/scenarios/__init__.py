"""Scenarios by name: one file each, with the symptom it is for."""

from collections.abc import Mapping

from loadtests.scenarios.browse import BROWSE
from loadtests.scenarios.browse_high import BROWSE_HIGH
from loadtests.scenarios.browse_low import BROWSE_LOW
from loadtests.scenarios.cache_down import CACHE_DOWN
from loadtests.scenarios.cache_hung import CACHE_HUNG
from loadtests.scenarios.cache_slow import CACHE_SLOW
from loadtests.scenarios.community import COMMUNITY
from loadtests.scenarios.equal_budget import EQUAL_BUDGET
from loadtests.scenarios.knee import KNEE
from loadtests.scenarios.memory import MEMORY
from loadtests.trials.scenario import Scenario

SCENARIOS: Mapping[str, Scenario] = {
    one.name: one
    for one in (
        BROWSE,
        COMMUNITY,
        MEMORY,
        BROWSE_LOW,
        BROWSE_HIGH,
        KNEE,
        EQUAL_BUDGET,
        CACHE_DOWN,
        CACHE_HUNG,
        CACHE_SLOW,
    )
}
