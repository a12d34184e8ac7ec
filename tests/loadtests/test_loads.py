"""Loads that a service has forgotten are missed wherever loads are read, not taken for none."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from loadtests import stampede as module
from loadtests.contest import Contestant
from loadtests.generator import Generator
from loadtests.loads import Loads, load_marks, loads_since
from loadtests.mixes.request import TOP_OF_DAY
from loadtests.plan import Plan
from loadtests.recorder import Report
from loadtests.scenarios.natural_expiry import NATURAL_EXPIRY
from loadtests.services import Load, Service, Stats
from loadtests.stampede import KIND, stampede
from loadtests.stores import Store
from loadtests.trials.stage import Stage
from tests.loadtests.test_phases import Counter, Replay, Shelf, contest


@dataclass(frozen=True)
class Logging(Service):
    """A process that keeps no entry, so each request loads; its log holds the last `keeps`."""

    keeps: int
    loads: list[Load] = field(default_factory=list)

    @property
    def hosts(self) -> list[str]:
        """One address."""
        return ["127.0.0.1:1"]

    async def get(self, path: str) -> None:
        """Two requests, as of two processes: two more loads."""
        for number in (len(self.loads) + 1, len(self.loads) + 2):
            self.loads.append(
                Load(id=number, kind=KIND, key=path, start_s=number, end_s=number + 0.1, ok=True)
            )

    async def expire(self, entry: str) -> None:
        """Nothing is kept."""

    async def stats(self, since: Sequence[int] | None = None) -> list[Stats]:
        """What began, and what of it the log still holds after the mark."""
        (mark,) = since or [2**53]
        later = [load for load in self.loads[-self.keeps :] if load["id"] > mark]
        told = Stats(
            pid=1,
            strategy="naive",
            cpu_s=0.0,
            sql_statements=0,
            requests={},
            loads_total=len(self.loads),
            loads=later,
        )
        return [told]


@dataclass
class Herd(Replay):
    """A generator whose requests reach that service."""

    service: Service

    def __post_init__(self) -> None:
        super().__init__()

    async def run(self, plan: Plan, watch: Any) -> Report:
        """Two requests at a time, as `get` sends them."""
        for _ in range(plan.requests // 2):
            await self.service.get(plan.path)
        return await super().run(plan, watch)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else is at work, and nothing is refreshed that would have to be waited for."""
    monkeypatch.setattr("loadtests.busy.Bystanders.others", lambda _self, _more=(): None)
    monkeypatch.setattr(module, "REFRESHED_WITHIN_S", 0.0)
    monkeypatch.setattr("loadtests.resting.QUIET_S", 0.0)


def logging(keeps: int) -> Logging:
    """A service with that much room in its log."""
    return Logging("naive", [], "", keeps)


async def test_what_the_log_no_longer_holds_is_counted_apart() -> None:
    """Twenty began after the mark, and six of them are known; with room for all none is missed."""
    for keeps, forgotten in ((6, 14), (100, 0)):
        service = logging(keeps)
        await service.get(TOP_OF_DAY)
        marks = await load_marks(service)
        for _ in range(10):
            await service.get(TOP_OF_DAY)
        found = await loads_since(service, marks)
        assert (20 - forgotten, forgotten) == (len(found.known), found.forgotten)
        assert bool(forgotten) == bool(found.doubt)


async def test_the_doubt_says_how_many() -> None:
    """As the conditions of a phase are worded."""
    assert "the services no longer knew 1,234 of their loads" == Loads([], 1_234).doubt


@pytest.mark.usefixtures("quiet")
async def test_a_stampede_whose_loads_were_forgotten_is_not_one_with_few() -> None:
    """The demo's: 20 loads of which 5 are known make the phase invalid; 20 of 20 do not."""
    for keeps, is_valid in ((5, False), (100, True)):
        made, _ = contest(Counter())
        made.sizes = replace(made.sizes, burst_requests=20)
        made.generator = cast("Generator", Herd(service := logging(keeps)))
        one = Contestant("naive", service, "corral_naive", cast("Store", Shelf()))
        await stampede(made, one)
        assert is_valid == made.conditions[-1]["valid"]
        assert one.found.stampede is not None
        assert (20 if is_valid else 5) == one.found.stampede["loads"]


@pytest.mark.usefixtures("quiet")
async def test_a_fill_that_was_forgotten_is_not_taken_for_one_that_was_kept() -> None:
    """Four loads are an entry that nobody kept: of a log for three, nothing can be said."""
    for keeps, why in ((3, "the services no longer knew 1 of"), (4, "nothing is kept")):
        made, _ = contest(Counter())
        one = Contestant("naive", logging(keeps), "corral_naive", cast("Store", Shelf()))
        stage = Stage(made, one, None, "natural-expiry", 1, lambda *_: None)
        seen = await NATURAL_EXPIRY.play(stage)
        assert not seen.figures
        assert all(said.startswith(why) for said in seen.unknown.values())
