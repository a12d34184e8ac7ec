"""Runs the generator against servers whose latency is known, and says by how much it errs."""

import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
    """Percentiles of one run: what a stall did in truth, what was recorded, what a closed loop
    records of the same server."""

    true_p90_ms: float
    p90_ms: float
    true_p99_ms: float
    p99_ms: float
    closed_p90_ms: float
    closed_p99_ms: float
