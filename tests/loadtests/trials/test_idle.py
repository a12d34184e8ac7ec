"""What services do at rest is looked at once for all that run alike, and only where it is told."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from loadtests.contest import QUICK
from loadtests.resting import Idle
from loadtests.statements import Statements
from loadtests.trials.course import Course, expected_s
from loadtests.trials.scenario import Scenario
from loadtests.trials.stage import Stage
from tests.loadtests.test_phases import Counter, Shelf, contest, contestant
from tests.loadtests.trials.test_playing import A, scenario


class Told(Counter):
    """Counts of nothing, by a database that forgets nothing."""

    def __init__(self) -> None:
        super().__init__(*[Statements(0, 0)] * 4)

    async def forgotten(self) -> int:
        """Never."""
        return 0


class Counted(Shelf):
    """A store without commands."""

    async def commands(self) -> int:
        """None."""
        return 0


@pytest.mark.parametrize(("tells_work", "seen"), [(True, Idle()), (False, None)])
async def test_nobody_waits_for_what_is_not_told(tells_work: bool, seen: Idle | None) -> None:
    """A scenario of expiries tells no work: seconds at rest would be lost."""
    means, _ = contest(Told())
    means.sizes = replace(means.sizes, idle_s=0.01)
    subject = contestant(Counted())
    stage = Stage(means, subject, None, "one", 1, lambda *_figure: None, tells_work)
    await stage.closed(20)
    assert seen == subject.found.idle


def forecast_s(scenarios: Sequence[Scenario], idle_s: float) -> float:
    """Of one subject, played once."""
    sizes = replace(QUICK, idle_s=idle_s)
    return expected_s(Course("run", [A], scenarios, 1, 1, True, "", own_sizes=sizes))


def test_services_that_run_alike_are_looked_at_once() -> None:
    """With other settings they are looked at again: the forecast counts both."""
    one, other = scenario("one"), scenario("other")
    scaled = replace(other, settings={"CORRAL_TTL_SCALE": "1000"})
    silent = replace(scaled, tells_work=False)
    for scenarios, looks in (([one, other], 1), ([one, scaled], 2), ([one, silent], 1)):
        assert looks == pytest.approx(forecast_s(scenarios, 1.0) - forecast_s(scenarios, 0.0))
