"""Scenarios by name: one file each, with the symptom it is for."""

from collections.abc import Mapping

from loadtests.scenarios.browse import BROWSE
from loadtests.scenarios.community import COMMUNITY
from loadtests.scenarios.knee import KNEE
from loadtests.trials.scenario import Scenario

SCENARIOS: Mapping[str, Scenario] = {one.name: one for one in (BROWSE, COMMUNITY, KNEE)}
