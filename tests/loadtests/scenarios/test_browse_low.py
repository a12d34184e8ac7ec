"""At the low rate every cache has to keep up, and the absence of one need not."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from loadtests.scenarios.browse_low import BROWSE_LOW, LEAST_S
from loadtests.trials.stage import Stage


class Played(Exception):
    """What the scenario asked to be sent."""


@dataclass
class Asked:
    """A stage, and a contestant, on which nothing is sent."""

    strategy: str
    low_per_s: float = 100.0
    contestant: Any = field(init=False)

    def __post_init__(self) -> None:
        self.contestant = self

    def long(self, duration_s: float) -> float:
        """As in a quick run."""
        return duration_s / 4

    async def steady(self, rate_per_s: float, duration_s: float, *, may_saturate: bool) -> None:
        """Tell."""
        raise Played(rate_per_s, duration_s, may_saturate)


@pytest.mark.parametrize(("strategy", "may_saturate"), [("no_cache", True), ("layered", False)])
async def test_only_without_a_cache_falling_behind_is_a_finding(
    strategy: str, may_saturate: bool
) -> None:
    """And a quick phase lasts long enough for 2 % of it to be more than one stall."""
    with pytest.raises(Played) as asked:
        await BROWSE_LOW.play(cast("Stage", Asked(strategy)))
    assert (100.0, LEAST_S, may_saturate) == asked.value.args
