"""What a scenario acts on: one subject's services, and the means to send and to count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from loadtests.contest import Contest, Contestant, at_rest
from loadtests.counting import Statements
from loadtests.phases import CONNECTIONS, PATIENCE_S, WORKERS
from loadtests.plan import Kind, Plan
from loadtests.recorder import Report
from loadtests.services import Load
from loadtests.trials.gate import Gate
from loadtests.trials.meanwhile import Meanwhile
from loadtests.trials.schema import Rates

Earlier = Callable[[str, str, str], float | None]


@dataclass(frozen=True)
class Measured:
    """One phase, from both sides: the generator's report, and what the servers were given to do.

    `commands`: Redis commands by the server's own count; `cpu_s` sums the service processes.
    """

    report: Report
    sql: Statements
    commands: int
    cpu_s: float
    loads: list[Load]


@dataclass(frozen=True)
class Stage:
    """One subject, played with once. `earlier(scenario, subject, figure)`: a median so far."""

    contest: Contest
    contestant: Contestant
    rates: Rates | None
    scenario: str
    repeat: int
    earlier: Earlier

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
    ) -> Measured:
        """Poisson arrivals at one rate, sent to the services themselves or to these `hosts`.

        With something done to the subject `meanwhile`, errors are a finding.
        """
        plan = replace(
            self._plan("steady", mix),
            rate_per_s=rate_per_s,
            duration_s=duration_s,
            hosts=[*(hosts or self.contestant.service.hosts)],
        )
        return await self.measured(
            plan, expected_s=duration_s + 1, may_fail=meanwhile is not None, meanwhile=meanwhile
        )

    async def shaped(self, shape: Sequence[tuple[float, float]], *, mix: str) -> Measured:
        """Poisson arrivals along (at_s, rate_per_s)."""
        plan = replace(self._plan("shaped", mix), shape=list(shape), duration_s=shape[-1][0])
        return await self.measured(plan, expected_s=shape[-1][0] + 1)

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
        meanwhile: Meanwhile | None = None,
    ) -> Measured:
        """Run a plan, and count what the servers did for it."""
        acts = meanwhile or Meanwhile([])
        service, store = self.contestant.service, self.contestant.store
        before, commands, cpu_s = await self._counts()
        forgotten = await self.contest.counter.forgotten()
        marks = [stats["loads_total"] for stats in await service.stats()]
        async with acts.going_on():
            report = await self.contest.run(
                self.contestant,
                self.scenario,
                plan,
                expected_s=expected_s,
                may_fail=may_fail,
                watch=acts.watch,
            )
        await at_rest(service)
        spent_s = await self._cpu_s() - cpu_s
        ran = await store.commands() - commands
        sql = await self._statements() - before
        await self._doubt(sql, forgotten)
        loads = [load for stats in await service.stats(marks) for load in stats["loads"]]
        return Measured(report, sql, ran, spent_s, loads)

    async def _doubt(self, sql: Statements, forgotten: int) -> None:
        """Mark the phase invalid where the counts of its statements cannot be right."""
        if sql.agree is False and not self.contestant.service.former:
            self.contest.distrust(
                f"the drivers counted {sql.by_driver} statements, the database {sql.by_database}"
            )
        if await self.contest.counter.forgotten() != forgotten:
            self.contest.distrust("pg_stat_statements ran out of room: its counts are too low")

    def _plan(self, kind: Kind, mix: str) -> Plan:
        label = f"{self.scenario}-{self.repeat}"
        plan = self.contest.plan(kind, label, self.contestant)
        return replace(plan, mix=mix, connections=CONNECTIONS)

    async def _counts(self) -> tuple[Statements, int, float]:
        await at_rest(self.contestant.service)
        return await self._statements(), await self.contestant.store.commands(), await self._cpu_s()

    async def _statements(self) -> Statements:
        counter = self.contest.counter
        return await counter.snapshot(self.contestant.service, self.contestant.database)

    async def _cpu_s(self) -> float:
        return sum(stats["cpu_s"] for stats in await self.contestant.service.stats())
