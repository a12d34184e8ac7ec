"""Scenarios by name: one file each, with the symptom it is for."""

from collections.abc import Mapping

from loadtests.scenarios.browse import BROWSE
from loadtests.scenarios.browse_high import BROWSE_HIGH
from loadtests.scenarios.browse_low import BROWSE_LOW
from loadtests.scenarios.cache_down import CACHE_DOWN
from loadtests.scenarios.cache_hung import CACHE_HUNG
from loadtests.scenarios.cache_slow import CACHE_SLOW
from loadtests.scenarios.celebrity import CELEBRITY
from loadtests.scenarios.cold_start import COLD_START
from loadtests.scenarios.community import COMMUNITY
from loadtests.scenarios.deep_scroll import DEEP_SCROLL
from loadtests.scenarios.deploy import DEPLOY
from loadtests.scenarios.equal_budget import EQUAL_BUDGET
from loadtests.scenarios.expiry_wave import EXPIRY_WAVE
from loadtests.scenarios.flash_crowd import FLASH_CROWD
from loadtests.scenarios.knee import KNEE
from loadtests.scenarios.memory import MEMORY
from loadtests.scenarios.missing_ids import MISSING_IDS
from loadtests.scenarios.natural_expiry import NATURAL_EXPIRY
from loadtests.scenarios.stampede import STAMPEDE
from loadtests.scenarios.time_lapse import TIME_LAPSE
from loadtests.scenarios.write_storm import WRITE_STORM
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
        STAMPEDE,
        COLD_START,
        NATURAL_EXPIRY,
        EXPIRY_WAVE,
        WRITE_STORM,
        FLASH_CROWD,
        CELEBRITY,
        MISSING_IDS,
        DEEP_SCROLL,
        CACHE_DOWN,
        CACHE_HUNG,
        CACHE_SLOW,
        DEPLOY,
        TIME_LAPSE,
    )
}
