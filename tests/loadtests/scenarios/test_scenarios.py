"""What holds for all scenarios: they can be told apart, and name figures that exist."""

import pytest

from loadtests.scenarios import SCENARIOS
from loadtests.scenarios.flash_crowd import GROWTH, HOURS, course
from loadtests.trials.figures import FIGURES
from loadtests.trials.scenario import Scenario


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda one: one.name)
def test_every_scenario_gives_figures_that_are_known(scenario: Scenario) -> None:
    """And says what it is for."""
    assert scenario.figures
    assert [] == [name for name in scenario.figures if name not in FIGURES]
    assert len(scenario.figures) == len(set(scenario.figures))
    assert scenario.summary
    assert scenario.symptom


def test_scaled_lives_are_said_to_distort() -> None:
    """A TTL that was divided is not as in life."""
    scaled = [one for one in SCENARIOS.values() if "CORRAL_TTL_SCALE" in one.settings]
    assert scaled
    for scenario in scaled:
        assert 1 <= float(scenario.settings["CORRAL_TTL_SCALE"]) <= 1_000
        assert scenario.distorts


def test_the_crowd_grows_as_the_real_one_did() -> None:
    """45 times within four hours of twelve, whatever the height and the length."""
    points = course(450.0, 60.0)
    assert 450.0 == max(rate for _, rate in points)
    assert GROWTH == max(rate for _, rate in points) / points[0][1]
    height = next(at for at, rate in points if rate == 450.0)
    quiet = max(at for at, rate in points if at < height and rate == points[0][1])
    assert (height - quiet) / 60.0 * HOURS <= 4
    assert 60.0 == points[-1][0]
