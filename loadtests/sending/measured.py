"""The generator of measured runs: one Locust process that carries out plan after plan.

It reads a plan a line from standard input and leaves at its end; importing Locust takes longer than
many a run. What it tells the runner goes to standard output in lines that begin with `@ `.
"""

# mypy: allow-untyped-calls

import gc
import json
import random
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import gevent
from gevent.fileobject import FileObject
from locust import User, task

from loadtests.arrivals import ExponentialRamp, burst, shaped, steady
from loadtests.histogram import histogram_of
from loadtests.mixes import MIXES, Mix
from loadtests.mixes.request import WRITES, Request
from loadtests.plan import Kind, Plan
from loadtests.population import Population
from loadtests.recorder import Recorder, Run, summary
from loadtests.sending.books import Books
from loadtests.sending.connection import wire
from loadtests.sending.own_load import LOOK_EVERY_S, OwnLoad
from loadtests.sending.shot import Shot, signed
from loadtests.sending.traffic import Traffic
from loadtests.sending.volley import Volley

PROGRESS_EVERY_S = 0.5
# Preparing takes a core for a while, and the kernel makes whoever just had much CPU wait longer.
REST_S = 0.1


class Measured(User):
    """Not a person: the one user that sends all the traffic of a plan."""

    fixed_count = 1

    @task
    def obey(self) -> None:
        """Carry out plans until standard input ends, then end Locust."""
        tell({"ready": True})
        with FileObject(sys.stdin.fileno(), "r", closefd=False) as lines:
            for line in lines:
                self._carry_out(Plan.from_line(line))
        self.environment.runner.quit()

    def _carry_out(self, plan: Plan) -> None:
        self.environment.stats.reset_all()
        recorder = Recorder()
        traffic = Traffic(
            plan.hosts,
            Books(recorder, self.environment),
            connections=plan.connections,
            timeout_s=plan.timeout_s,
            drop_after_s=plan.drop_after_s,
        )
        send = _SENDERS[plan.kind](plan, traffic)
        run = _measure(plan, send, recorder, traffic)
        Path(plan.out).write_text(json.dumps(summary(recorder, run)))
        tell({"done": plan.out})


def _measure(plan: Plan, send: Callable[[], int], recorder: Recorder, traffic: Traffic) -> Run:
    gc.collect()
    gc.freeze()  # what was prepared is not walked again while answers are timed
    gevent.sleep(REST_S)
    progress = gevent.spawn(_report_progress, recorder, traffic)
    load = OwnLoad(time.process_time, time.perf_counter)
    watching = gevent.spawn(_watch_own_load, load)
    started_at, cpu_s = time.time(), time.process_time()
    traffic.begin()
    planned = send()
    traffic.drain()
    run = Run(
        label=plan.label,
        started_at=started_at,
        duration_s=traffic.now_s(),
        planned=planned,
        cpu_s=time.process_time() - cpu_s,
        cpu_at_worst=load.at_worst(),
        patience_s=plan.drop_after_s,
    )
    watching.kill()
    progress.kill()
    traffic.close()
    gc.unfreeze()
    return run


def _closed(plan: Plan, traffic: Traffic) -> Callable[[], int]:
    shots = _shots(plan, plan.requests)
    return lambda: traffic.closed_loop(shots, workers=plan.connections)


def _warm(plan: Plan, traffic: Traffic) -> Callable[[], int]:
    population, _ = _people(plan.population, plan.seed, plan.mix)
    trace = _compact(plan.population, plan.seed, plan.mix, plan.label, plan.requests)
    sent = [one for one in trace if one.kind in WRITES] if plan.writes_only else trace
    shots = list(signed(sent, population))
    return lambda: traffic.closed_loop(shots, workers=plan.connections)


def _steady(plan: Plan, traffic: Traffic) -> Callable[[], int]:
    times = steady(plan.rate_per_s, plan.duration_s, _dice(plan))
    starts = list(zip(times, _shots(plan, len(times)), strict=True))
    return lambda: traffic.open_loop(starts)


def _shaped(plan: Plan, traffic: Traffic) -> Callable[[], int]:
    times = shaped(plan.shape, _dice(plan))
    starts = list(zip(times, _shots(plan, len(times)), strict=True))
    return lambda: traffic.open_loop(starts)


def _ramp(plan: Plan, traffic: Traffic) -> Callable[[], int]:
    ramp = ExponentialRamp(plan.rate_per_s, plan.to_rate_per_s, plan.duration_s)
    times = ramp.arrivals(_dice(plan))
    starts = list(zip(times, _shots(plan, len(times)), strict=True))

    def behind(at_s: float) -> bool:
        unanswered = traffic.outstanding / ramp.rate_per_s(at_s)
        return max(traffic.recent_s, unanswered) > plan.stop_backlog_s

    return lambda: traffic.open_loop(starts, stop=behind)


def _burst(plan: Plan, traffic: Traffic) -> Callable[[], int]:
    request = Request("burst", "GET", plan.path)
    shot = Shot(request, wire(request, None))
    starts = [(at_s, shot) for at_s in burst(plan.requests, plan.duration_s)]
    volley = Volley(plan.hosts, starts, traffic.books, timeout_s=plan.timeout_s)
    return lambda: volley.send(traffic.now_s)


_SENDERS: dict[Kind, Callable[[Plan, Traffic], Callable[[], int]]] = {
    "warm": _warm,
    "closed": _closed,
    "steady": _steady,
    "shaped": _shaped,
    "ramp": _ramp,
    "burst": _burst,
}


def _shots(plan: Plan, length: int) -> list[Shot]:
    population, mix = _people(plan.population, plan.seed, plan.mix)
    return list(signed(mix.trace(plan.label, length), population))


@lru_cache(maxsize=4)  # the same for most plans of a run
def _people(path: str, seed: int, mix: str) -> tuple[Population, Mix]:
    population = Population.load(Path(path))
    return population, MIXES[mix](population, seed)


@lru_cache(maxsize=1)  # one for all subjects; a long one takes seconds to draw
def _compact(path: str, seed: int, mix: str, label: str, requests: int) -> list[Request]:
    return _people(path, seed, mix)[1].compact_trace(label, requests)


def _dice(plan: Plan) -> random.Random:
    return random.Random(f"{plan.seed}:{plan.label}:arrivals")


def _report_progress(recorder: Recorder, traffic: Traffic) -> None:
    told = 0
    while True:
        gevent.sleep(PROGRESS_EVERY_S)
        recent, told = recorder.answers[told:], len(recorder.answers)
        p99_ms = histogram_of(answer.latency_ms for answer in recent).quantile_ms(0.99)
        rate_per_s = len(recent) / PROGRESS_EVERY_S
        tell({"at_s": traffic.now_s(), "rate_per_s": rate_per_s, "p99_ms": p99_ms})


def _watch_own_load(load: OwnLoad) -> None:
    while True:
        gevent.sleep(LOOK_EVERY_S)
        load.look()


def tell(message: dict[str, object]) -> None:
    """One line to the runner."""
    sys.stdout.write(f"@ {json.dumps(message)}\n")
    sys.stdout.flush()
