"""Runs phases of traffic against the strategies of one run, and keeps what was found."""

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from loadtests.busy import beside
from loadtests.conditions import Phase, judge
from loadtests.counting import DatabaseCounter
from loadtests.generator import Generator, Moment, Watch
from loadtests.knee import Knee
from loadtests.plan import Kind, Plan
from loadtests.progress import Show
from loadtests.recorder import Report
from loadtests.resting import Idle, at_rest, nothing_owed
from loadtests.result import EntryBytes, EqualBudget, PhaseConditions, Stampede
from loadtests.services import Service
from loadtests.statements import Statements
from loadtests.stores import Store
from loadtests.trials.gate import Gate


@dataclass(frozen=True)
class Sizes:
    """How much of everything. `warm_requests` are what a compact trace stands for."""

    warm_requests: int
    ramp_s: float
    low_s: float
    high_s: float
    drop_after_s: float
    budget_requests: int
    settle_requests: int = 400
    # About, fitted to a quiet quick ladder on two cores (small data): by its database's log of
    # copies 27 turns took 3.8 s beside their phases, and 9 pairs 1.0 s beside that and their trace.
    # Medium is eight times as much to copy, vacuum and restore: 1.7 and 3 s more are allowed for.
    start_s: float = 5.5  # of a turn: rows and store put back, two processes, and their end
    pair_s: float = 4.0  # of a pair: its probe, and what is tidied and kept
    ramp_from_per_s: float = 30.0
    ramp_to_per_s: float = 2_500.0
    burst_requests: int = 500
    burst_s: float = 0.1
    steady_share: float = 1.0  # of the seconds that a scenario takes
    idle_s: float = 5.0


FULL = Sizes(40_000, ramp_s=8, low_s=8, high_s=6, drop_after_s=4, budget_requests=1_000)
QUICK = Sizes(
    3_000,
    ramp_s=2.5,
    low_s=2,
    high_s=1.5,
    drop_after_s=1.5,
    budget_requests=300,
    settle_requests=100,
    start_s=3.8,
    pair_s=1.0,
    idle_s=3.0,
    ramp_from_per_s=100,
    burst_requests=200,
    steady_share=0.25,
)


@dataclass
class Findings:
    """What the phases found out about one strategy, each field by the phase of its name.

    `before`: conditions of what was sent to it before anything was measured.
    """

    before: list[PhaseConditions] = field(default_factory=list)
    empty_bytes: int = 0
    began_empty: bool = True
    idle: Idle | None = None
    warm: Report | None = None
    warm_sql: Statements | None = None
    cache_bytes: int | None = None
    keys: int | None = None
    keys_without_ttl: int | None = None
    post_entries: EntryBytes | None = None
    ramp: Report | None = None
    knee: Knee | None = None
    low: Report | None = None
    low_sql: Statements | None = None
    low_cpu_s: float = 0.0
    high: Report | None = None
    stampede: Stampede | None = None
    budget: EqualBudget | None = None


@dataclass(frozen=True)
class Contestant:
    """One strategy: its processes, its database, its store, and what is known of it."""

    strategy: str
    service: Service
    database: str
    store: Store
    found: Findings = field(default_factory=Findings)
    gate: Gate | None = None

    @property
    def pids(self) -> set[int]:
        """Every process that was started for it."""
        return {*self.service.pids, *([self.gate.pid] if self.gate else [])}

    async def cpu_s(self) -> float:
        """What the service's processes have used so far."""
        return sum(stats["cpu_s"] for stats in await self.service.stats())


@dataclass
class Contest:
    """The means that all phases share. `where`: the repeat under way, of how many ("2/5")."""

    generator: Generator
    counter: DatabaseCounter
    show: Show
    sizes: Sizes
    seed: int
    population: Path
    work: Path
    shared_stores: bool
    pids: set[int]
    conditions: list[PhaseConditions] = field(default_factory=list)
    where: str = ""

    def plan(self, kind: Kind, label: str, contestant: Contestant) -> Plan:
        """A plan for one strategy, with what all plans have in common."""
        return Plan(
            kind=kind,
            label=label,
            hosts=contestant.service.hosts,
            population=str(self.population),
            seed=self.seed,
            out=str(self.work / f"{contestant.strategy}-{label}.json"),
            drop_after_s=self.sizes.drop_after_s,
        )

    async def run(
        self,
        contestant: Contestant,
        name: str,
        plan: Plan,
        *,
        expected_s: float,
        may_fail: bool = False,
        may_saturate: bool = False,
        watch: Watch | None = None,
    ) -> Report:
        """Run one phase when the service is at rest, and judge its conditions."""
        title = f"{contestant.strategy}: {name}"
        self.show.begin(f"{self.where} {title}" if self.where else title, expected_s)
        contestant.service.check_alive()
        await self.at_rest(contestant)
        phase = self._phase(contestant.strategy, name, plan)
        phase = replace(phase, may_fail=may_fail, may_saturate=may_saturate)
        servers = (contestant.store.url, self.counter.url)
        bystanders = beside(self.pids, servers, shared=self.shared_stores)

        def moment(at: Moment) -> None:
            self.show.moment(at)
            if watch is not None:
                watch(at)

        report = await self.generator.run(plan, moment)
        contestant.service.check_alive()
        self.conditions.append(judge(phase, report, bystanders.others(contestant.pids)))
        self.show.end()
        return report

    def _phase(self, strategy: str, name: str, plan: Plan) -> Phase:
        return Phase(
            strategy,
            name,
            plan.kind,
            order=len(self.conditions) + 1,
            planned_per_s=plan.rate_per_s if plan.kind == "steady" else None,
            duration_s=plan.duration_s,
        )

    async def at_rest(self, contestant: Contestant) -> None:
        """Wait until its services are, and what it wrote has been told to everybody."""
        service, counter = contestant.service, self.counter
        # Of a service that is not ours nobody knows whether a relay runs at all.
        is_ours = service.launch is not None
        owed = partial(counter.undone, contestant.database) if is_ours else nothing_owed
        await at_rest(service, owed=owed)

    def distrust(self, why: str) -> None:
        """Mark the last phase invalid."""
        last = self.conditions[-1]
        self.conditions[-1] = {**last, "valid": False, "why": [*last["why"], why]}
