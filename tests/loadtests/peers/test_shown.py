"""What a run says of itself: goals, tables, and what is missing."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from loadtests.peers.asking import Answered
from loadtests.peers.cells import how, left_out
from loadtests.peers.contenders import CONTENDERS
from loadtests.peers.expiry import windows
from loadtests.peers.goals import AIMS, goals
from loadtests.peers.lab import FULL, QUICK
from loadtests.peers.opening import Order, expected_s
from loadtests.peers.result import Side
from loadtests.peers.rounds import ALL_WORKS, WORKS, turns
from loadtests.peers.rows import empty_side
from loadtests.peers.summary import summary
from loadtests.peers.table import WIDTH, show
from loadtests.peers.together import combined
from loadtests.peers.trial import at_least, late_of
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
    good: Any = side["cache_killed"]["trials"][0]
    side["cache_killed"]["trials"] = [good, good, good | {"down_errors": 1}]
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
    assert [] == windows([], 2.0, 0.2)
    assert [1, 1, 1] == windows([0.0, 2.0, 4.1], 2.0, 0.2)
    assert [2, 1, 3] == windows([0.0, 0.2, 2.1, 4.0, 4.1, 4.9], 2.0, 0.2)


def test_a_second_load_of_one_life_is_no_other_expiry() -> None:
    """1.1 s after the first began its value is 0.9 s old: not half of its life."""
    assert [2, 2] == windows([0.0, 1.1, 3.0, 4.1], 2.0, 0.2)


def test_the_worst_trial_decides_what_is_promised_of_every_one() -> None:
    """Two good ones of three, and medians that keep to every limit, make no goal met."""
    side = measured("layered")
    herd, expired, outage = side["stampede"], side["expiry"], side["cache_killed"]
    assert herd
    assert expired
    assert outage
    herd["over_load_ms"] = [40.0, 41.0, 99.0]
    life: Any = expired["trials"][0]
    expired["trials"] = [life, life, life | {"p99_ms": 9.0, "loads_a_life": 1.9}]
    away: Any = outage["trials"][0]
    outage["trials"] = [away, away, away | {"down_p99_ms": 21.0}]
    found = verdicts(side)
    keys = ("herd_p99", "expiry_p99", "expiry_lives", "outage_p99")
    assert (False,) * 4 == tuple(found[key] for key in keys)
    assert [True] * 4 == [verdicts(measured("layered"))[key] for key in keys]


def test_an_error_is_slower_than_every_answer() -> None:
    """A refusal at once is no good p99: it counts as the client's whole patience, as a bound."""
    good = [Answered(0.0, 0.0, 0.004, 200, None)] * 97
    late = late_of([*good, *[Answered(0.0, 0.0, 0.001, 503, None)] * 3], 12.0)
    assert (12_000.0, ["p99_ms"]) == (late.max_ms, at_least(late, p50_ms=0.50, p99_ms=0.99))
    assert late.quantile_ms(0.99) > 11_000
    assert [] == at_least(late_of(good, 12.0), p99_ms=0.99)


def test_a_load_that_is_not_known_alone_draws_no_verdict() -> None:
    """What a stampede added to it is unknown then; its loads and errors are not."""
    side = measured("layered")
    assert side["stampede"]
    side["stampede"]["over_load_ms"] = [40.0, None]
    found = {goal["key"]: goal for goal in goals({"layered": side}, None, least_runs=2)}
    assert (None, "known in 1 of 2 trials") == (found["herd_p99"]["met"], found["herd_p99"]["why"])
    assert found["herd_loads"]["met"] is True


def test_goals_without_verdict_say_why_where_they_are_shown() -> None:
    """In the terminal and on the page; a bound is written as one."""
    side = measured("layered")
    side["weight"], side["cannot"] = None, {"weight": "trial 1 failed twice: it ended"}
    assert side["loader_killed"]
    side["loader_killed"]["at_least"] = [[], ["p99_ms"]]
    side["loader_killed"]["over_load_ms"] = [40.0, 9_000.0]
    found, written = result(side), io.StringIO()
    show(found, Console(file=written))
    for text in (written.getvalue(), summary(found)):
        assert "No verdict on bytes of a post of 750 B: trial 1 failed twice: it ended" in text
        assert "≥ 9,000 ms" in text


def test_errors_in_warm_windows_draw_no_verdict() -> None:
    """Whoever refuses is neither fast nor slow, and its row says so."""
    side = measured("layered")
    assert side["hot"]
    side["hot"]["errors"] = 3
    assert verdicts(side)["hot"] is None
    assert "Corral layered, hot: 3 answers in its windows were errors" in left_out(result(side))


def test_too_few_undisturbed_trials_draw_no_verdict() -> None:
    """Three are made, and two count; a quick run has one and says so."""
    side = measured("layered")
    assert side["expiry"]
    side["expiry"]["runs"], side["expiry"]["trials"] = 2, side["expiry"]["trials"][:2]
    [goal] = [
        goal
        for goal in goals({"layered": side}, None, least_runs=3)
        if goal["key"] == "expiry_slow"
    ]
    assert (goal["met"], goal["why"]) == (None, "2 of at least 3 trials were undisturbed")
    once = result(side) | {"settings": {"repeats": 1}}
    assert any("made once" in sentence for sentence in how(once))


def test_trials_are_put_together_by_what_they_are() -> None:
    """Medians, sums of what is counted, the worst of what is a worst case, and kinds of errors."""
    trials: list[dict[str, Any]] = [
        {"p99_ms": 3.0, "slow": 1, "most": 2, "refused": True, "age": None, "errors": {"503": 1}},
        {"p99_ms": 9.0, "slow": 0, "most": 1, "refused": True, "age": 2.0, "errors": {}},
        {"p99_ms": 4.0, "slow": 2, "most": 5, "refused": False, "age": 4.0, "errors": {"503": 2}},
    ]
    found = combined(trials, summed=("slow",), worst=("most",))
    expected = {"p99_ms": 4.0, "slow": 3, "most": 5, "refused": False, "age": 3.0}
    assert found == {**expected, "errors": {"503": 3}, "runs": 3, "trials": trials}


def test_sides_take_turns_there_and_back() -> None:
    """All works in each round; a work with fewer trials leaves the rounds early."""
    three = [one for one in CONTENDERS if one.key in {"layered", "cashews", "redis_py"}]
    found = [
        (number, one.key)
        for number, work, one in turns(replace(FULL, herds=4), ("stampede", "expiry"), three)
        if work.name == "stampede"
    ]
    there = ["layered", "cashews", "redis_py"]
    assert found[:6] == [(0, key) for key in there] + [(1, key) for key in reversed(there)]
    assert [key for number, key in found if number == 3] == ["cashews", "layered"]
    assert {work.name for number, work, _ in turns(FULL, ALL_WORKS, three) if number == 0} == {
        *WORKS
    }


def test_the_forecast_is_within_what_was_promised() -> None:
    """35 minutes, and 8 for a quick one; every work of the full one is made three times."""
    for sizes, minutes in ((FULL, 35), (QUICK, 8)):
        order = Order(Path(), sizes, "", ALL_WORKS, CONTENDERS, lambda _: "", "")
        assert expected_s(order) <= 60 * minutes
    assert min(FULL.rounds, FULL.repeats, FULL.herds, FULL.bare_herds) >= 3
