"""Every work with every side, one trial at a time, there and back: a drift meets all alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from loadtests.peers.cache_killed import CACHE_KILLED
from loadtests.peers.contenders import Contender
from loadtests.peers.expiry import EXPIRY
from loadtests.peers.lab import Lab, Sizes
from loadtests.peers.loader_killed import LOADER_KILLED
from loadtests.peers.result import Side
from loadtests.peers.stampede import STAMPEDE
from loadtests.peers.tally import Tally
from loadtests.peers.weight import WEIGHT
from loadtests.peers.work import Work, attempted

WORKS: Mapping[str, Work[Any]] = {
    one.name: one for one in (WEIGHT, STAMPEDE, EXPIRY, LOADER_KILLED, CACHE_KILLED)
}
ALL_WORKS = ("warm", *WORKS)

Turn = tuple[int, Work[Any], Contender]


def turns(sizes: Sizes, works: Sequence[str], contenders: Sequence[Contender]) -> list[Turn]:
    """(number from 0, work, side): in each round all works, the sides in A B C, then in C B A."""
    tried = [one for one in contenders if not one.only_warm]
    chosen = [WORKS[name] for name in WORKS if name in works]
    most = max((work.repeats(sizes, one) for work in chosen for one in tried), default=0)
    return [
        (number, work, one)
        for number in range(most)
        for work in chosen
        for one in (tried if number % 2 == 0 else reversed(tried))
        if number < work.repeats(sizes, one)
    ]


async def rounds(
    lab: Lab,
    works: Sequence[str],
    contenders: Sequence[Contender],
    sides: Mapping[str, Side],
    tally: Tally,
) -> None:
    """Fill the rows. Who fails in a work, and once more, is not tried in it again, and says why."""
    found: dict[tuple[str, str], list[Any]] = {}
    for number, work, one in turns(lab.sizes, works, contenders):
        cannot = sides[one.key]["cannot"]
        if "start" in cannot or work.name in cannot:
            continue
        runs = found.setdefault((work.name, one.key), [])
        attempt = await attempted(lab, work, one, number, tally)
        if attempt.found is not None:
            runs.append(attempt.found)
        elif attempt.failed:
            cannot[work.name] = f"trial {number + 1} failed twice: {attempt.why}"
        elif number == work.repeats(lab.sizes, one) - 1 and not runs:
            cannot[work.name] = attempt.why
    for (name, key), runs in found.items():
        if runs:
            sides[key][name] = WORKS[name].together(runs)  # type: ignore[literal-required]
