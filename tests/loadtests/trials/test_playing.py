"""Who is played with when, and what happens to a turn that was disturbed, or failed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from loadtests.contest import QUICK, Contest, Contestant
from loadtests.errors import LoadTestError
from loadtests.generator import Generator
from loadtests.trials import calibration
from loadtests.trials.calibration import calibrate
from loadtests.trials.company import Company
from loadtests.trials.playing import play
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage
from loadtests.trials.standing import Standing
from loadtests.trials.subject import Subject
from loadtests.trials.told import told
from tests.loadtests.test_phases import Counter, Idle, Silent

A, B, C = (Subject(name, name, {}) for name in "ABC")


class Bench:
    """Stands for everything that a run stands on; notes who came on."""

    def __init__(self) -> None:
        self.missing = {"commands": "the store is not ours"}
        self.generator = type("Nobody", (), {"pid": 0})()
        self.opened_for: list[str] = []
        self.began_with: list[tuple[str, int]] = []
        self.fails: dict[str, str] = {}
        self.fails_at_its_end = ""

    @asynccontextmanager
    async def opened(
        self, _contest: Contest, subject: Subject, scenario: Scenario, repeat: int
    ) -> AsyncIterator[Contestant]:
        """Note it."""
        self.opened_for.append(subject.name)
        self.began_with.append((scenario.name, repeat))
        if subject.name in self.fails:
            raise LoadTestError(self.fails[subject.name])
        yield Contestant(subject.name, Idle(subject.name, [], "t"), "base", cast("Any", None))
        if self.fails_at_its_end:
            raise LoadTestError(self.fails_at_its_end)


def company() -> tuple[Company, Bench]:
    """A company that sends nothing."""
    bench = Bench()
    contest = Contest(
        generator=cast("Generator", None),
        counter=cast("Any", Counter),
        show=Silent(),
        sizes=QUICK,
        seed=1,
        population=Path(),
        work=Path(),
        shared_stores=True,
        pids=set(),
    )
    return Company(contest, cast("Standing", bench)), bench


def scenario(
    name: str,
    *,
    faults: int = 0,
    why: str = "starts were late",
    starts_warm: bool = True,
    leaves_its_mark: bool = False,
    crashes: bool = False,
) -> Scenario:
    """One whose first plays break their conditions, or that fails with the service."""
    left = [faults]

    async def act(stage: Stage) -> Seen:
        if crashes:
            raise LoadTestError(f"{stage.contestant.strategy} ended at port {len(left)}")
        left[0] -= 1
        whys = [why] * (left[0] >= 0)
        phase = {"phase": name, "valid": not whys, "why": whys}
        stage.contest.conditions.append(cast("Any", phase))
        return Seen(figures={"p99_ms": float(left[0]), "commands_per_request": 3.0})

    return Scenario(
        name,
        "",
        "",
        "steady",
        ("p99_ms",),
        act,
        expected_s=1.0,
        starts_warm=starts_warm,
        leaves_its_mark=leaves_its_mark,
    )


def played(whole: Company) -> list[tuple[str, str, bool]]:
    """Scenario, subject and verdict of each trial, in order."""
    return [(trial["scenario"], trial["subject"], trial["valid"]) for trial in whole.trials]


async def test_turns_are_interleaved_and_each_starts_anew() -> None:
    """A B C C B A, and scenarios of a group share the services of a turn."""
    whole, bench = company()
    await play(whole, [A, B, C], [scenario("one"), scenario("two")], 2)
    assert bench.opened_for == ["A", "B", "C", "C", "B", "A"]
    assert bench.began_with == [("one", 1)] * 3 + [("one", 2)] * 3
    assert [trial["scenario"] for trial in whole.trials] == ["one", "two"] * 6
    assert [trial["order"] for trial in whole.trials] == list(range(1, 13))
    assert whole.groups == [["one", "two"]]


async def test_scenarios_that_want_other_services_get_them() -> None:
    """One that starts cold is not played on services that are warm."""
    whole, bench = company()
    await play(whole, [A, B], [scenario("one"), scenario("cold", starts_warm=False)], 1)
    assert bench.opened_for == ["A", "B", "A", "B"]


async def test_nothing_is_played_on_what_another_left() -> None:
    """A flush, a fault: whoever leaves its mark is the last of its turn; without, they share it."""
    for marked, groups in ((True, [["one", "flush"], ["two"]]), (False, [["one", "flush", "two"]])):
        whole, _ = company()
        flush = scenario("flush", leaves_its_mark=marked)
        await play(whole, [A], [scenario("one"), flush, scenario("two")], 1)
        assert whole.groups == groups


async def test_a_disturbed_scenario_is_played_again_behind_what_stood_before_it() -> None:
    """From the beginning of its turn up to the last that was disturbed, and it alone is kept."""
    whole, bench = company()
    scenarios = [scenario("fine"), scenario("bad", faults=1), scenario("after")]
    await play(whole, [A, B], scenarios, 1)
    assert bench.opened_for == ["A", "A", "B"]
    assert played(whole) == [
        ("fine", "A", True),
        ("bad", "A", False),
        ("after", "A", True),
        ("bad", "A", True),
        ("fine", "B", True),
        ("bad", "B", True),
        ("after", "B", True),
    ]
    assert [trial["order"] for trial in whole.trials] == list(range(1, 8))
    assert whole.replays == [
        {"subject": "A", "scenario": "bad", "repeat": 1, "why": ["bad: starts were late"]}
    ]


async def test_a_subjects_own_errors_are_no_reason_to_try_again() -> None:
    """They stay, and the run tells how often. Nor are counts that disagree mended by another."""
    for why in ("unexpected errors: 3 x 503; the first: no words", "the drivers counted 3"):
        whole, bench = company()
        await play(whole, [A], [scenario("bad", faults=1, why=why)], 2)
        assert bench.opened_for == ["A", "A"]
        assert [trial["valid"] for trial in whole.trials] == [False, True]
        assert whole.replays == []
        told_of = ["A, bad: failed in 1 of 2 trials"] if "errors" in why else []
        assert told(whole) == told_of


@pytest.mark.parametrize(("repeats", "again"), [(1, 1), (4, 1), (5, 2)])
async def test_on_a_busy_machine_a_run_does_not_go_on_for_ever(repeats: int, again: int) -> None:
    """A quarter of each subject's turns, rounded up, is played again, and no more."""
    whole, bench = company()
    await play(whole, [A, B], [scenario("bad", faults=99)], repeats)
    assert len(bench.opened_for) == 2 * (repeats + again)
    assert {one["subject"] for one in whole.replays} == {"A", "B"}, "not all for who came first"


async def test_a_turn_that_fails_is_an_invalid_trial_and_no_end_of_the_run() -> None:
    """What stood before it counts, what it took with it is named; others go on."""
    whole, _ = company()
    await play(whole, [A], [scenario("one"), scenario("two", crashes=True), scenario("three")], 1)
    assert played(whole) == [("one", "A", True), ("two", "A", False), ("three", "A", False)]
    assert whole.trials[1]["why"] == ["the turn failed: A ended at port 1"]
    assert whole.trials[2]["why"] == ["not played, as the turn had failed in two"]
    assert told(whole) == ["A, two: failed in 1 of 1 trials"]


async def test_what_fails_when_all_was_over_leaves_the_figures_without_a_verdict() -> None:
    """Whatever broke may have begun in the last scenario: those before it stand."""
    whole, bench = company()
    bench.fails_at_its_end = "the cache server is gone"
    await play(whole, [A], [scenario("one"), scenario("two")], 1)
    assert played(whole) == [("one", "A", True), ("two", "A", False)]
    assert whole.trials[1]["why"] == ["the turn failed: the cache server is gone"]
    assert "p99_ms" in whole.trials[1]["figures"]


async def test_a_subject_whose_turns_fail_in_a_row_is_not_played_any_further() -> None:
    """Twice in the same way, whatever numbers are in it; the others have all their turns."""
    whole, bench = company()
    bench.fails["B"] = "The server for 127.0.0.1:4711 ended with 1"
    await play(whole, [A, B], [scenario("one")], 5)
    assert bench.opened_for.count("B") == 2
    assert bench.opened_for.count("A") == 5
    assert whole.given_up == {"B": bench.fails["B"]}
    assert any("B was not played any further" in said for said in told(whole))


async def test_failures_that_differ_are_no_reason_to_give_up() -> None:
    """Nor are two with a good turn between them."""
    whole, _ = company()
    for failure in ("it ended with 1", "somebody else", "", "it ended with 2", "somebody else"):
        whole.turn_ended("A", failure)
    assert whole.given_up == {}
    whole.turn_ended("A", "somebody else")
    assert whole.given_up == {"A": "somebody else"}


async def test_what_cannot_be_known_is_absent_with_a_reason() -> None:
    """Of a store that others use as well, commands are not ours."""
    whole, _ = company()
    await play(whole, [A], [scenario("one")], 1)
    [trial] = whole.trials
    assert "commands_per_request" not in trial["figures"]
    assert trial["unknown"] == {"commands_per_request": "the store is not ours"}


async def test_rates_come_from_valid_trials_where_there_are_any() -> None:
    """And from the others where not: a rate is needed."""
    whole, _ = company()
    await play(whole, [A], [scenario("knee", faults=1)], 2)
    assert [trial["figures"]["p99_ms"] for trial in whole.trials] == [0.0, -1.0, -2.0]
    assert whole.earlier("knee", "A", "p99_ms") == -1.5
    assert whole.earlier("knee", "B", "p99_ms") is None
    await play(whole, [B], [scenario("knee", faults=99)], 1)
    assert whole.earlier("knee", "B", "p99_ms") == 97.5


async def test_without_a_knee_there_are_no_rates() -> None:
    """A subject whose turns failed kept up with nothing."""
    whole, bench = company()
    bench.fails["A"] = "it does not start"
    with pytest.raises(LoadTestError, match="A has no knee: the turn failed: it does not start"):
        await calibrate(whole, [A], quick=False)


@pytest.mark.parametrize(("faults", "doubt"), [(0, ""), (99, "; none of A's trials was valid")])
async def test_rates_of_broken_trials_say_so(
    monkeypatch: pytest.MonkeyPatch, faults: int, doubt: str
) -> None:
    """They are used for want of others."""
    whole, _ = company()
    ramp = scenario("calibration", faults=faults)

    async def act(stage: Stage) -> Seen:
        await ramp.play(stage)
        return Seen(figures={"knee_per_s": 100.0})

    monkeypatch.setattr(calibration, "CALIBRATION", replace(ramp, play=act))
    rates = await calibrate(whole, [A], quick=True)
    assert (50.0, 80.0) == (rates["low"], rates["high"])
    assert f"low: half of A's knee; high: four fifths of A's{doubt}" == rates["rule"]
