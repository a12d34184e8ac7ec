"""A server that stands still 2 s in every 10 shows it in our percentiles, and in no closed loop's.

Here it is 0.4 s in every 2 s, the same share; with CORRAL_PROOF=1 it is the whole.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from loadtests.generator import Generator, generating
from loadtests.selfcheck.check import Checker, Stall, Stalled

IS_PROOF = os.environ.get("CORRAL_PROOF") == "1"
STALL = Stall(2.0, 10.0, 20.0) if IS_PROOF else Stall(0.4, 2.0, 4.0)
STALL_MS = STALL.stall_s * 1_000


@pytest_asyncio.fixture(scope="module")
async def generator(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Generator]:
    """One Locust."""
    work = tmp_path_factory.mktemp("selfcheck")
    async with generating(env=os.environ, logs=work) as started:
        await started.ready()
        yield started


@pytest_asyncio.fixture(scope="module")
async def seen(generator: Generator, tmp_path_factory: pytest.TempPathFactory) -> Stalled:
    """The same server, asked in both ways."""
    return await Checker(generator, tmp_path_factory.mktemp("stall")).stalled(STALL)


async def test_a_stall_is_recorded_as_it_was(seen: Stalled) -> None:
    """A fifth of all arrivals wait, the last percent of them for nearly all of it."""
    # How near is chance, of where in the schedule the stalls fall: 0.95 on average.
    assert 0.8 * STALL_MS < seen.true_p99_ms <= 1.01 * STALL_MS
    assert seen.p99_ms >= 0.95 * seen.true_p99_ms
    assert seen.p90_ms >= 0.95 * seen.true_p90_ms > 0.3 * STALL_MS


async def test_a_closed_loop_hides_it(seen: Stalled) -> None:
    """It sends next to nothing while it waits, so next to nothing of what it sent has waited."""
    assert seen.closed_p90_ms < 0.2 * seen.true_p90_ms
    assert seen.closed_p99_ms < seen.p99_ms


async def test_a_server_that_answers_at_once_shows_no_stall(
    generator: Generator, tmp_path: Path
) -> None:
    """The control: what is recorded of it is the generator's own, and all of it was answered."""
    speed = await Checker(generator, tmp_path).speed(150.0, 2.0)
    assert 0 == speed.dropped
    assert speed.p50_ms < STALL_MS / 4
