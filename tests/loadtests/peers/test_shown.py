"""What a run says of itself: goals, tables, and what is missing."""

import io
from typing import Any

import pytest
from rich.console import Console

from loadtests.peers.contenders import CONTENDERS
from loadtests.peers.expiry import windows
from loadtests.peers.goals import AIMS, goals
from loadtests.peers.result import Side
from loadtests.peers.running import empty_side
from loadtests.peers.summary import summary
from loadtests.peers.table import WIDTH, show
from tests.loadtests.peers.sample import measured, result


def verdicts(side: Side) -> dict[str, bool | None]:
    """Goals of one side, by key."""
    return {goal["key"]: goal["met"] for goal in goals({side["key"]: side}, None)}


def test_every_goal_can_be_met_and_missed() -> None:
    """Each figure of the issue has a verdict, in both directions."""
    keys = {aim.side for aim in AIMS}
    good = [verdicts(measured(key, ratio=1.2)) for key in keys]
    assert {True} == {met for each in good for met in each.values()}
    poor = verdicts(measured("layered", ratio=0.5, loads=3))
    assert (False, False, False) == (poor["hot"], poor["herd_loads"], poor["expiry_loads"])


def test_what_was_not_measured_has_no_verdict_but_a_reason() -> None:
    """A goal without a value is neither met nor missed."""
    side = empty_side(next(one for one in CONTENDERS if one.key == "layered"))
    side["cannot"]["warm"] = "others were at work"
    [goal] = [goal for goal in goals({"layered": side}, None) if goal["key"] == "hot"]
    assert (None, None, "others were at work") == (goal["met"], goal["value"], goal["why"])


def test_a_client_that_is_the_limit_draws_no_verdict_on_warm_hits() -> None:
    """What it could not ask for says nothing of who would have answered."""
    slow: Any = result(measured("layered"))["client"]
    found = goals({"layered": measured("layered")}, slow | {"is_limit": True})
    assert {None} == {goal["met"] for goal in found if goal["unit"] == "x"}
    assert {True} == {goal["met"] for goal in found if goal["unit"] != "x"}


@pytest.mark.parametrize("key", ["answered", "errors"])
def test_a_lost_request_is_a_missed_goal(key: str) -> None:
    """One of a thousand is enough."""
    side = measured("layered")
    assert side["stampede"] is not None
    if key == "answered":
        side["stampede"]["answered"] = [500, 499]
        assert verdicts(side)["herd_errors"] is False
    assert side["cache_killed"] is not None
    side["cache_killed"]["down_errors"] = 1
    assert verdicts(side)["outage_errors"] is False


def test_the_tables_fit_the_terminal() -> None:
    """Every side with every figure, within 100 columns; each row on the page as well."""
    sides = [measured(one.key) for one in CONTENDERS]
    sides[4]["cannot"] = {"expiry": "the service could not be asked: " + "x" * 400}
    found = result(*sides)
    written = io.StringIO()
    show(found, Console(file=written))
    lines = written.getvalue().splitlines()
    assert max(map(len, lines)) <= WIDTH
    text, page = "\n".join(lines), summary(found)
    for one in CONTENDERS:
        assert one.title in text
        assert f"| {one.title} |" in page
    assert "98 of 100 measurements were kept" in page
    assert "✓" in text


def test_loads_belong_to_the_expiry_that_began_them() -> None:
    """Those within half a life of the first are one expiry's; the next begins another."""
    assert [] == windows([], 2.0)
    assert [1, 1, 1] == windows([0.0, 2.0, 4.1], 2.0)
    assert [2, 1, 3] == windows([0.0, 0.2, 2.1, 4.0, 4.1, 4.9], 2.0)
