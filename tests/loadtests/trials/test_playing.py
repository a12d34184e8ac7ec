"""Who is played with when, and what happens to a turn that was disturbed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from loadtests.contest import QUICK, Contest, Contestant
from loadtests.generator import Generator
from loadtests.trials.playing import Company, play
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage
from loadtests.trials.standing import Standing
from loadtests.trials.subject import Subject
from tests.loadtests.test_phases import Counter, Idle, Silent

A, B, C = (Subject(name, name, {}) for name in "ABC")


class Bench:
    """Stands for everything that a run stands on; notes who came on."""

    def __init__(self) -> None:
        self.missing = {"commands": "the store is not ours"}
        self.generator = type("Nobody", (), {"pid": 0})()
        self.opened_for: list[str] = []
        self.warmed = 0

    @asynccontextmanager
    async def opened(self, subject: Subject, _scenario: Scenario) -> AsyncIterator[Contestant]:
        """Note it."""
        self.opened_for.append(subject.name)
        yield Contestant(subject.name, Idle(subject.name, [], "t"), "base", cast("Any", None))

    async def warm(self, _contest: Contest, _contestant: Contestant) -> None:
        """Note it."""
        self.warmed += 1


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


def scenario(name: str, *, faults: int = 0, starts_warm: bool = True) -> Scenario:
    """One whose first plays break their conditions."""
    left = [faults]

    async def act(stage: Stage) -> Seen:
        left[0] -= 1
        why = ["starts were late"] * (left[0] >= 0)
        stage.contest.conditions.append(cast("Any", {"phase": name, "valid": not why, "why": why}))
        return Seen(figures={"p99_ms": float(left[0]), "commands_per_request": 3.0})

    return Scenario(
        name, "", "", "steady", ("p99_ms",), act, expected_s=1.0, starts_warm=starts_warm
    )


async def test_turns_are_interleaved_and_each_starts_anew() -> None:
    """A B C C B A, and scenarios of a group share the services of a turn."""
    whole, bench = company()
    await play(whole, [A, B, C], [scenario("one"), scenario("two")], 2)
    assert bench.opened_for == ["A", "B", "C", "C", "B", "A"]
    assert bench.warmed == 6
    assert [trial["scenario"] for trial in whole.trials] == ["one", "two"] * 6
    assert [trial["order"] for trial in whole.trials] == list(range(1, 13))


async def test_scenarios_that_want_other_services_get_them() -> None:
    """One that starts cold is not played on services that are warm."""
    whole, bench = company()
    await play(whole, [A, B], [scenario("one"), scenario("cold", starts_warm=False)], 1)
    assert (bench.opened_for, bench.warmed) == (["A", "B", "A", "B"], 2)


async def test_a_disturbed_scenario_is_played_once_more_and_both_are_kept() -> None:
    """At the end of its own turn, and it alone."""
    whole, bench = company()
    await play(whole, [A, B], [scenario("fine"), scenario("bad", faults=1)], 1)
    assert bench.opened_for == ["A", "A", "B"]
    assert [(trial["scenario"], trial["subject"], trial["valid"]) for trial in whole.trials] == [
        ("fine", "A", True),
        ("bad", "A", False),
        ("bad", "A", True),
        ("fine", "B", True),
        ("bad", "B", True),
    ]


async def test_on_a_busy_machine_a_run_does_not_go_on_for_ever() -> None:
    """A quarter of all turns is played again, and no more."""
    whole, bench = company()
    await play(whole, [A, B], [scenario("bad", faults=99)], 4)
    assert len(bench.opened_for) == 8 + 2


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
