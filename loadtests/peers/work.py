"""A work that is done with every side in turn: what it needs, one trial of it, and how often."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from loadtests.busy import beside
from loadtests.errors import LoadTestError
from loadtests.peers.contenders import Contender
from loadtests.peers.lab import Lab, Sizes
from loadtests.peers.tally import Tally
from loadtests.services import Server

T = TypeVar("T")
TRIES = 2

Serving = Callable[[Lab, Contender], AbstractAsyncContextManager[Sequence[Server]]]


class SpoiltError(LoadTestError):
    """What a trial is about did not come to pass, which is no fault of the side."""


def never_late(_found: object) -> float:
    """Where no request has a time at which it is meant to begin."""
    return 0.0


@dataclass(frozen=True)
class Work(Generic[T]):
    """`serving`: the side's services for one trial; `measure`: the trial, by its number from 0.

    `together` makes one result of all trials of a side. `late_ms`: how late the client began.
    """

    name: str
    title: str
    serving: Serving
    measure: Callable[[Lab, Contender, Sequence[Server], int], Awaitable[T]]
    together: Callable[[Sequence[T]], Any]
    repeats: Callable[[Sizes, Contender], int]
    expected_s: Callable[[Sizes, Contender], float]
    late_ms: Callable[[T], float] = never_late


@dataclass(frozen=True)
class Attempt(Generic[T]):
    """What a trial brought, or why it brought nothing.

    `failed`: every try of it, and each by the side, not by others.
    """

    found: T | None
    why: str = ""
    failed: bool = False


async def attempted(
    lab: Lab, work: Work[T], one: Contender, number: int, tally: Tally
) -> Attempt[T]:
    """One trial on fresh services, made once more where it failed or others spoilt it."""
    tries: list[Attempt[T]] = []
    for _ in range(TRIES):
        lab.show.begin(f"{work.title} {number + 1}: {one.title}", work.expected_s(lab.sizes, one))
        tries.append(attempt := await _once(lab, work, one, number))
        await lab.database.end_all()
        lab.show.end()
        tally.made += 1
        if attempt.found is not None:
            tally.kept += 1
            return attempt
        tally.why.append(attempt.why)
    why = "; ".join(dict.fromkeys(attempt.why for attempt in tries))
    return Attempt(None, why, failed=all(attempt.failed for attempt in tries))


async def _once(lab: Lab, work: Work[T], one: Contender, number: int) -> Attempt[T]:
    try:
        async with work.serving(lab, one) as servers:
            bystanders = beside([])
            found = await work.measure(lab, one, servers, number)
            others = bystanders.others()
    except SpoiltError as error:
        return Attempt(None, str(error))
    except LoadTestError as error:
        return Attempt(None, str(error), failed=True)
    if others is not None and others.used_over(lab.sizes.others_cpu):
        return Attempt(None, others.said)
    if (late_ms := work.late_ms(found)) > lab.sizes.late_ms:
        return Attempt(None, f"the client began late: p99 {late_ms:.0f} ms")
    return Attempt(found)
