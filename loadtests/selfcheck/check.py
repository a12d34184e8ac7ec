"""Runs the generator against servers whose latency is known, and says by how much it errs."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from loadtests.errors import LoadTestError
from loadtests.generator import Generator
from loadtests.histogram import histogram_of
from loadtests.plan import Plan
from loadtests.population import Population
from loadtests.processes import running, tail
from loadtests.recorder import Report
from loadtests.selfcheck.known import rest_of_stall_s

RATE_PER_S = 1_500.0
ERROR_MS = 1.0
ROOT = Path(__file__).parents[2]
POSTS = range(100, 400)
WORKERS = 8  # of the closed loop that hides a stall
STALL_RATE_PER_S = 150.0
NOBODY = Population(["nobody"], [1], list(POSTS), [1] * len(POSTS), {})


@dataclass(frozen=True)
class Stall:
    """Nothing is answered for `stall_s` in every `every_s`; watched for `duration_s`."""

    stall_s: float
    every_s: float
    duration_s: float


@dataclass(frozen=True)
class Speed:
    """A steady run against a server that answers at once: all latency is the generator's own."""

    planned_per_s: float
    achieved_per_s: float
    cpu: float
    dropped: int
    p50_ms: float
    p99_ms: float
    lateness_p99_ms: float


@dataclass(frozen=True)
class Stalled:
    """Percentiles of a stall: in truth, as recorded, and as a closed loop would record them."""

    true_p90_ms: float
    p90_ms: float
    true_p99_ms: float
    p99_ms: float
    closed_p90_ms: float
    closed_p99_ms: float


@dataclass(frozen=True)
class Checker:
    """A generator, and a directory for what it writes."""

    generator: Generator
    work: Path
    pids: set[int] = field(default_factory=set)  # of the servers that it started

    async def speed(self, rate_per_s: float, duration_s: float) -> Speed:
        """At this rate, against a server that answers at once."""
        async with self._known(Stall(0.0, 1.0, duration_s)) as host:
            plan = self._plan(host, kind="steady", rate_per_s=rate_per_s, duration_s=duration_s)
            report = await self.generator.run(plan)
        _all_answered(report)
        error_ms = histogram_of(end - start for start, end, _ in report["rows"])
        in_time = sum(end <= duration_s * 1_000 for _, end, _ in report["rows"])
        return Speed(
            planned_per_s=rate_per_s,
            achieved_per_s=in_time / duration_s,
            cpu=report["cpu_s"] / report["duration_s"],
            dropped=report["dropped"],
            p50_ms=error_ms.quantile_ms(0.50),
            p99_ms=error_ms.quantile_ms(0.99),
            lateness_p99_ms=report["lateness_p99_ms"],
        )

    async def stalled(self, stall: Stall) -> Stalled:
        """The same server, asked in an open and in a closed loop."""
        async with self._known(stall) as host:
            steady = self._plan(
                host, kind="steady", rate_per_s=STALL_RATE_PER_S, duration_s=stall.duration_s
            )
            opened = await self.generator.run(steady)
            closed = await self._closed_for(host, stall.duration_s)
        _all_answered(opened)
        zero = opened["started_at"]
        true_ms = histogram_of(
            rest_of_stall_s(zero + start / 1_000, stall.stall_s, stall.every_s) * 1_000
            for start, _, _ in opened["rows"]
        )
        return Stalled(
            true_p90_ms=true_ms.quantile_ms(0.90),
            p90_ms=_quantile_ms(opened, 0.90),
            true_p99_ms=true_ms.quantile_ms(0.99),
            p99_ms=_quantile_ms(opened, 0.99),
            closed_p90_ms=_quantile_ms(closed, 0.90),
            closed_p99_ms=_quantile_ms(closed, 0.99),
        )

    async def _closed_for(self, host: str, duration_s: float) -> Report:
        """A closed loop that takes about so long: as many as it gets through, by a first try."""
        few = 500
        tried = await self.generator.run(
            self._plan(host, kind="closed", requests=few, connections=WORKERS)
        )
        fast_per_s = 1_000 / max(_quantile_ms(tried, 0.50), 0.1) * WORKERS
        return await self.generator.run(
            self._plan(
                host,
                kind="closed",
                requests=round(fast_per_s * duration_s / 2),
                connections=WORKERS,
            )
        )

    @asynccontextmanager
    async def _known(self, stall: Stall) -> AsyncIterator[str]:
        """A server of known latency for the length of the block; its host."""
        log = self.work / "known.log"
        command = [sys.executable, "-m", "loadtests.selfcheck.known"]
        command += [str(stall.stall_s), str(stall.every_s)]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        async with running(command, env=env, log=log, talks=True) as process:
            assert process.stdout is not None
            port = (await process.stdout.readline()).decode().strip()
            if not port:
                raise LoadTestError(f"The server of the self-check ended:\n{tail(log)}")
            self.pids.add(process.pid)
            yield f"127.0.0.1:{port}"

    def _plan(self, host: str, **given: object) -> Plan:
        NOBODY.save(population := self.work / "nobody.json")
        common = {"label": "selfcheck", "hosts": [host], "population": str(population), "seed": 1}
        return Plan(**{**common, "out": str(self.work / "selfcheck.json"), **given})  # type: ignore[arg-type]


def _quantile_ms(report: Report, share: float) -> float:
    return histogram_of(end - start for start, end, _ in report["rows"]).quantile_ms(share)


def _all_answered(report: Report) -> None:
    if report["errors"]:
        raise LoadTestError(f"The self-check's own server failed requests: {report['error_kinds']}")
