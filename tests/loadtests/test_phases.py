"""What the phases make of what they find: counts that disagree, stores that were not empty."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from loadtests import phases
from loadtests.contest import QUICK, Contest, Contestant
from loadtests.counting import DatabaseCounter
from loadtests.generator import Generator
from loadtests.plan import Plan
from loadtests.recorder import Answer, Recorder, Report, Run, summary
from loadtests.services import Service, Stats
from loadtests.statements import Statements
from loadtests.stores import Census, Store


class Replay:
    """A generator whose requests are all answered in 10 ms, and that keeps its plans."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []

    async def run(self, plan: Plan, _watch: Any) -> Report:
        """Answer as many as planned."""
        self.plans.append(plan)
        recorder = Recorder()
        for number in range(plan.requests or 20):
            recorder.answered(Answer("post", "hit", number / 100, number / 100 + 0.01, ""))
        run = Run(
            label=plan.label,
            started_at=0.0,
            duration_s=1.0,
            planned=20,
            cpu_s=0.1,
            cpu_at_worst=0.1,
            patience_s=4.0,
        )
        return summary(recorder, run)


class Silent:
    """Shows nothing."""

    def begin(self, title: str, expected_s: float) -> None:
        """Nothing."""

    def moment(self, moment: Any) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""

    def more(self, expected_s: float) -> None:
        """Nothing."""


class Idle(Service):
    """A service that has nothing to do and never ends."""

    async def stats(self, since: Any = None) -> list[Stats]:
        """No work, on one process."""
        return [
            Stats(
                pid=1,
                strategy="naive",
                cpu_s=0.0,
                sql_statements=0,
                requests={},
                loads_total=0,
                loads=[],
            )
        ]


class Counter:
    """Counts that are told beforehand, one a snapshot."""

    url = ""

    def __init__(self, *snapshots: Statements) -> None:
        self._snapshots = iter(snapshots)

    async def snapshot(self, _service: Service, _database: str) -> Statements:
        """The next one."""
        return next(self._snapshots)

    async def undone(self, _database: str) -> int:
        """Nothing is owed."""
        return 0


class Shelf:
    """A store that remembers whether it was flushed."""

    url = ""

    def __init__(self, *, empty: bool = True) -> None:
        self.empty = empty
        self.flushed = 0
        self._used = iter([1_000, 9_000])

    async def flush(self) -> None:
        """Count."""
        self.flushed += 1

    async def is_empty(self) -> bool:
        """As told."""
        return self.empty

    async def used_bytes(self) -> int:
        """Before, then after."""
        return next(self._used)

    async def census(self) -> Census:
        """One key."""
        census = Census()
        census.add("post:{1}", 60, 500)
        return census


def contest(counter: Counter, *, shared_stores: bool = False) -> tuple[Contest, Replay]:
    """A contest of stand-ins."""
    replay = Replay()
    made = Contest(
        generator=cast("Generator", replay),
        counter=cast("DatabaseCounter", counter),
        show=Silent(),
        sizes=replace(QUICK, warm_requests=20),
        seed=7,
        population=Path("population.json"),
        work=Path(),
        shared_stores=shared_stores,
        pids=set(),
    )
    return made, replay


def contestant(shelf: Shelf) -> Contestant:
    """One strategy on that store."""
    return Contestant("naive", Idle("naive", [], ""), "corral_naive", cast("Store", shelf))


@pytest.fixture(autouse=True)
def quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests may run beside these."""
    monkeypatch.setattr("loadtests.busy.Bystanders.others", lambda _self, _more=(): None)


async def test_counts_that_agree_leave_the_phase_valid() -> None:
    """Both sides of the window grew by 40."""
    made, _ = contest(Counter(Statements(10, 510), Statements(50, 550)))
    one = contestant(Shelf())
    await phases.warm(made, one)
    assert one.found.warm_sql == Statements(40, 40)
    assert made.conditions[-1]["valid"]


async def test_counts_that_disagree_make_the_phase_invalid() -> None:
    """The table says by how much."""
    made, _ = contest(Counter(Statements(10, 510), Statements(50, 551)))
    await phases.warm(made, contestant(Shelf()))
    assert not made.conditions[-1]["valid"]
    assert "40 statements, the database 41" in made.conditions[-1]["why"][0]


async def test_an_own_store_is_flushed_and_weighed() -> None:
    """What it held when empty is not the cache's."""
    made, _ = contest(Counter(Statements(0, 0), Statements(1, 1)))
    one = contestant(shelf := Shelf())
    await phases.warm(made, one)
    assert (shelf.flushed, one.found.cache_bytes, one.found.keys) == (1, 8_000, 1)


async def test_a_shared_store_is_never_flushed_nor_weighed() -> None:
    """Its memory is not ours alone; its keys are, when there were none."""
    made, _ = contest(Counter(Statements(0, 0), Statements(1, 1)), shared_stores=True)
    one = contestant(shelf := Shelf())
    await phases.warm(made, one)
    assert (shelf.flushed, one.found.cache_bytes, one.found.keys) == (0, None, 1)


async def test_a_shared_store_with_keys_in_it_spoils_the_run() -> None:
    """Former answers would be this run's hits."""
    made, _ = contest(Counter(Statements(0, 0), Statements(1, 1)), shared_stores=True)
    one = contestant(Shelf(empty=False))
    await phases.warm(made, one)
    assert one.found.keys is None
    assert made.conditions[-1]["why"] == ["its store was not empty when the run began"]


async def test_top_up_repeats_what_the_first_ramp_sent() -> None:
    """The same label, so the same trace; as long as that ramp was."""
    made, replay = contest(Counter())
    await phases.top_up(made, contestant(Shelf()), 17)
    sent = replay.plans[-1]
    assert (sent.kind, sent.label, sent.requests) == ("closed", "ramp", 17)


async def test_every_strategy_gets_plans_of_one_seed() -> None:
    """Label and seed decide the trace; the strategy has no say in it."""
    made, replay = contest(Counter())
    for _ in range(2):
        await phases.high(made, contestant(Shelf()), 50.0)
    first, second = replay.plans
    assert first == second
    assert first.seed == 7
