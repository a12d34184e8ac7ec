"""What a scenario acts on: one subject's services, and the means to send and to count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from loadtests.contest import Contest, Contestant
from loadtests.faults import STATEMENTS_FORGOTTEN
from loadtests.loads import Loads, load_marks, loads_since
from loadtests.phases import CONNECTIONS, PATIENCE_S, WORKERS
from loadtests.plan import Kind, Plan
from loadtests.recorder import Report
from loadtests.resting import Idle
from loadtests.services import Load
from loadtests.statements import Statements
from loadtests.trials.counts import Counts, counted, idling
from loadtests.trials.gate import Gate
from loadtests.trials.meanwhile import Meanwhile
from loadtests.trials.schema import Rates

Earlier = Callable[[str, str, str], float | None]


@dataclass(frozen=True)
class Measured:
    """One phase, from both sides: the generator's report, and what the servers were given to do.

    `commands`: Redis commands by the server's own count; `cpu_s` sums the service processes. These
    and `sql` hold all of `lasted_s`, in which the services were also `idle`. `loads` began in it.
    """

    report: Report
    sql: Statements
    commands: int
    cpu_s: float
    loads: list[Load]
    lasted_s: float = 0.0
    idle: Idle = field(default_factory=Idle)
    forgotten_loads: int = 0

    @property
    def loads_made(self) -> int:
        """All that began, those that the services have forgotten since as well."""
        return len(self.loads) + self.forgotten_loads


@dataclass(frozen=True)
class Stage:
    """One subject, played with once. `earlier(scenario, subject, figure)`: a median so far.

    `tells_work`: of the scenario; without it, what the services do at rest is not looked at.
    """

    contest: Contest
    contestant: Contestant
    rates: Rates | None
    scenario: str
    repeat: int
    earlier: Earlier
    tells_work: bool = True

    @property
    def low_per_s(self) -> float:
        """The rate that every subject should keep up with."""
        assert self.rates is not None, "knees come before rates, and rates before scenarios"
        return self.rates["low"]

    @property
    def high_per_s(self) -> float:
        """The rate near the last subject's knee."""
        assert self.rates is not None, "knees come before rates, and rates before scenarios"
        return self.rates["high"]

    def long(self, duration_s: float) -> float:
        """A duration, cut to a quarter in a quick run."""
        return duration_s * self.contest.sizes.steady_share

    @property
    def gate(self) -> Gate:
        """What stands before the cache of a scenario that asked for it by `behind_gate`."""
        assert self.contestant.gate is not None, "only a scenario with behind_gate has a gate"
        return self.contestant.gate

    async def steady(
        self,
        rate_per_s: float,
        duration_s: float,
        *,
        mix: str = "browse",
        hosts: Sequence[str] = (),
        meanwhile: Meanwhile | None = None,
        may_saturate: bool = False,
    ) -> Measured:
        """Poisson arrivals at one rate, sent to the services themselves or to these `hosts`.

        With something done to the subject `meanwhile`, errors and falling behind are a finding; the
        latter also where a scenario says that the subject `may_saturate`.
        """
        plan = replace(
            self._plan("steady", mix),
            rate_per_s=rate_per_s,
            duration_s=duration_s,
            hosts=[*(hosts or self.contestant.service.hosts)],
        )
        return await self.measured(
            plan,
            expected_s=duration_s + 1,
            may_fail=meanwhile is not None,
            may_saturate=may_saturate or meanwhile is not None,
            meanwhile=meanwhile,
        )

    async def shaped(
        self, shape: Sequence[tuple[float, float]], *, mix: str, may_saturate: bool = False
    ) -> Measured:
        """Poisson arrivals along (at_s, rate_per_s)."""
        plan = replace(self._plan("shaped", mix), shape=list(shape), duration_s=shape[-1][0])
        return await self.measured(plan, expected_s=shape[-1][0] + 1, may_saturate=may_saturate)

    async def ramp(self) -> Measured:
        """The browse mix, into overload."""
        sizes = self.contest.sizes
        plan = replace(
            self._plan("ramp", "browse"),
            rate_per_s=sizes.ramp_from_per_s,
            to_rate_per_s=sizes.ramp_to_per_s,
            duration_s=sizes.ramp_s,
        )
        return await self.measured(plan, expected_s=sizes.ramp_s * 0.8, may_fail=True)

    async def closed(self, requests: int, *, mix: str = "browse") -> Measured:
        """So many requests, one after another on few connections: no rate, so no latency either."""
        plan = replace(
            self._plan("closed", mix), requests=requests, connections=WORKERS, timeout_s=PATIENCE_S
        )
        return await self.measured(plan, expected_s=requests / 250)

    async def burst(
        self, path: str, requests: int, within_s: float, *, timeout_s: float, expected_s: float
    ) -> Measured:
        """All of them at once, each over a connection of its own; errors are a finding."""
        plan = replace(
            self._plan("burst", "browse"),
            requests=requests,
            duration_s=within_s,
            path=path,
            timeout_s=timeout_s,
        )
        return await self.measured(plan, expected_s=expected_s, may_fail=True)

    async def measured(
        self,
        plan: Plan,
        *,
        expected_s: float,
        may_fail: bool = False,
        may_saturate: bool = False,
        meanwhile: Meanwhile | None = None,
    ) -> Measured:
        """Run a plan, and count what the servers did for it."""
        acts = meanwhile or Meanwhile([])
        contest, contestant = self.contest, self.contestant
        idle = await idling(contest, contestant) if self.tells_work else Idle()
        before = await counted(contest, contestant)
        marks = await load_marks(contestant.service)
        async with acts.going_on():
            report = await contest.run(
                contestant,
                self.scenario,
                plan,
                expected_s=expected_s,
                may_fail=may_fail,
                may_saturate=may_saturate,
                watch=acts.watch,
            )
        spent = await counted(contest, contestant) - before
        loads = await loads_since(contestant.service, marks)
        self._doubt(spent, loads)
        sql, commands, cpu_s = spent.sql, spent.commands, spent.cpu_s
        known, lost = loads.known, loads.forgotten
        return Measured(report, sql, commands, cpu_s, known, spent.at_s, idle, lost)

    def _doubt(self, spent: Counts, loads: Loads) -> None:
        """Mark the phase invalid where what was counted in it cannot be right."""
        is_whole = not self.contestant.service.former  # what these did at their end nobody tells
        if spent.sql.doubt and is_whole:
            self.contest.distrust(spent.sql.doubt)
        if spent.forgotten:
            self.contest.distrust(STATEMENTS_FORGOTTEN)
        if loads.doubt and is_whole:
            self.contest.distrust(loads.doubt)

    def _plan(self, kind: Kind, mix: str) -> Plan:
        label = f"{self.scenario}-{self.repeat}"
        plan = self.contest.plan(kind, label, self.contestant)
        return replace(plan, mix=mix, connections=CONNECTIONS)
