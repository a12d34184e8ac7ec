"""Our formula under a real site's rules gives the reputations that the site published."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from service.feed.reputation import Points, VoteDay, standing
from service.seeding.sources import StackExchange
from service.seeding.stackexchange.standings import POINTS, Received, votes_received
from tests.seeding.collecting import SHARED_DATA

SITE = SHARED_DATA / "stackexchange-quantumcomputing"
VOTED, EXACT, CLOSE = 331, 235, 305
FOR_LINKED_ACCOUNTS = 100  # given once by the network, and not to be seen in the data

pytestmark = pytest.mark.skipif(not SITE.exists(), reason="the real site is not in ../shared/data")


@pytest.fixture(scope="module")
def received() -> list[Received]:
    """Everybody who was voted on."""
    found = votes_received(StackExchange(SITE)).values()
    return [each for each in found if each.days]


def off(each: Received, points: Points) -> int:
    """How far the computed standing is from the published one, with that gift or without."""
    missing = each.published - standing(each.days.values(), points)
    return min(abs(missing), abs(missing - FOR_LINKED_ACCOUNTS))


def agreeing(received: list[Received], points: Points) -> tuple[int, int]:
    """How many standings are exact, and how many within 5 % or 10 points."""
    return (
        sum(off(each, points) == 0 for each in received),
        sum(off(each, points) <= max(10, each.published * 0.05) for each in received),
    )


def test_the_formula_gives_what_the_site_published(received: list[Received]) -> None:
    """For most to the point; edits and votes of one's own, which cost a point, are not told."""
    assert VOTED == len(received)
    exact, close = agreeing(received, POINTS)
    assert exact >= EXACT
    assert close >= CLOSE


@pytest.mark.parametrize(
    "points",
    [Points(), replace(POINTS, post_up=10), replace(POINTS, post_down=0, comment_down=0)],
    ids=["ours", "of 2019", "without losses"],
)
def test_under_other_rules_it_does_not(received: list[Received], points: Points) -> None:
    """The agreement says something: each rule is needed for it."""
    assert agreeing(received, points)[0] < EXACT


def test_the_cap_and_what_it_does_not_limit_are_needed(received: list[Received]) -> None:
    """Two people went over it on a day; accepted answers and bounties come on top."""

    def total(points: Points, change: Callable[[VoteDay], VoteDay] = lambda day: day) -> int:
        return sum(standing(map(change, each.days.values()), points) for each in received)

    assert total(replace(POINTS, cap_a_day=10_000)) > total(POINTS)
    assert total(POINTS, lambda day: day._replace(awarded=0)) < total(POINTS) - 390 * 15
