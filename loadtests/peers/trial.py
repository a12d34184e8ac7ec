"""A measurement that somebody else's work can spoil: made again once, and then left out."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from loadtests.busy import Bystanders, ancestors
from loadtests.peers.asking import Answered
from loadtests.peers.lab import Lab
from loadtests.peers.tally import Tally
from loadtests.services import Server

T = TypeVar("T")
TRIES = 2


async def undisturbed(
    lab: Lab,
    servers: Sequence[Server],
    trial: Callable[[], Awaitable[T]],
    tally: Tally,
    *,
    tries: int = TRIES,
    late_ms: Callable[[T], float] = lambda _: 0.0,
) -> T | None:
    """What a trial brought; None when each try was spoilt. `tally` counts them.

    Spoilt by others at work, or by a client that began late: `late_ms` says how late.
    """
    ours = ancestors() | {lab.client.pid, *(server.process.pid for server in servers)}
    for _ in range(tries):
        bystanders = Bystanders(ours)
        found = await trial()
        others = bystanders.others()
        tally.made += 1
        if others is not None and others.cpu > lab.sizes.others_cpu:
            tally.why.append(f"others were at work: {others.cpu:.0%} of a core, {others.busiest}")
        elif late_ms(found) > lab.sizes.late_ms:
            tally.why.append(f"the client began late: p99 {late_ms(found):.0f} ms")
        else:
            tally.kept += 1
            return found
    return None


def latencies_ms(answers: Sequence[Answered]) -> list[float]:
    """Of all, ascending; who got an error waited for that."""
    return sorted(1_000 * one.latency_s for one in answers) or [0.0]


def quantile(ascending: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))]


def lateness_ms(answers: Sequence[Answered]) -> float:
    """How late the client began, p99."""
    return quantile(sorted(1_000 * (one.started_s - one.at_s) for one in answers) or [0.0], 0.99)


def errors_of(answers: Sequence[Answered]) -> dict[str, int]:
    """What went wrong, by kind."""
    found: dict[str, int] = {}
    for one in answers:
        if not one.is_good:
            found[str(one.outcome)] = found.get(str(one.outcome), 0) + 1
    return found
