"""A whole run: everything is started, every work is done with every side, everything ends."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from loadtests.errors import LoadTestError
from loadtests.machine import package_versions, this_machine
from loadtests.peers.cache_killed import cache_killed
from loadtests.peers.checking import checked, same_answers
from loadtests.peers.contenders import Contender
from loadtests.peers.expiry import expiry
from loadtests.peers.goals import goals
from loadtests.peers.lab import Lab
from loadtests.peers.loader_killed import loader_killed
from loadtests.peers.opening import Order, opened
from loadtests.peers.result import SCHEMA, ClientCheck, Result, Side
from loadtests.peers.stampede import stampede
from loadtests.peers.tally import Tally
from loadtests.peers.warm import WarmHits
from loadtests.peers.weight import weight

SERVER = "uvicorn with uvloop and httptools, gc.freeze after start-up, access log off: all sides"
Work = Callable[[Lab, Contender, Tally], Awaitable[Any]]


async def _weight(lab: Lab, one: Contender, _tally: Tally) -> Any:
    return await weight(lab, one)


WORKS: Mapping[str, Work] = {
    "weight": _weight,
    "stampede": stampede,
    "expiry": expiry,
    "loader_killed": loader_killed,
    "cache_killed": cache_killed,
}
ALL_WORKS = ("warm", *WORKS)


@dataclass(frozen=True)
class Measured:
    """What the works have brought."""

    sides: Mapping[str, Side]
    tally: Tally
    client: ClientCheck | None
    versions: Mapping[str, str]


async def run(order: Order, *, work: Path, env: Mapping[str, str], console: Console) -> Result:
    """Make it. Raises LoadTestError when it cannot be made."""
    began, created_at = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    async with opened(order, work, env, console) as lab:
        found = await _measured(order, lab)
    warm = [kind for side in found.sides.values() for kind in (side["hot"], side["zipf"]) if kind]
    return {
        "schema": SCHEMA,
        "created_at": created_at,
        "command": order.command,
        "sizes": order.sizes_name,
        "duration_s": time.monotonic() - began,
        "machine": this_machine(),
        "versions": {**found.versions, **package_versions()},
        "server": SERVER,
        "posts": len(lab.ids),
        "newest": lab.newest,
        "load_ms": lab.load_ms,
        "client": found.client,
        "windows_made": found.tally.made + sum(kind["made"] for kind in warm),
        "windows_kept": found.tally.kept + sum(kind["kept"] for kind in warm),
        "goals": goals(found.sides, found.client),
        "sides": list(found.sides.values()),
        "settings": asdict(order.sizes),
    }


async def _measured(order: Order, lab: Lab) -> Measured:
    sides = {one.key: empty_side(one) for one in order.contenders}
    await same_answers(lab, order.contenders, sides)
    client = None
    if "warm" in order.works:
        client = await checked(lab)
        await _warm(lab, order.contenders, sides)
    tally = Tally()
    for name in (name for name in WORKS if name in order.works):
        for one in order.contenders:
            await _work(lab, name, one, sides[one.key], tally)
    versions = {"postgres": await lab.database.version(), "valkey": await lab.valkey.version()}
    return Measured(sides, tally, client, versions)


async def _warm(lab: Lab, contenders: Sequence[Contender], sides: Mapping[str, Side]) -> None:
    standing = [one for one in contenders if not sides[one.key]["cannot"]]
    hits = WarmHits(lab)
    try:
        measured = await hits.measure(standing)
    except LoadTestError as error:
        hits.cannot.update(dict.fromkeys(sides, str(error)))
        measured = {}
    for key, found in measured.items():
        if key in sides:
            sides[key]["hot"], sides[key]["zipf"] = found["hot"], found["zipf"]
            for kind in ("hot", "zipf"):
                if not found[kind]["kept"]:
                    sides[key]["cannot"][kind] = found[kind]["why"][-1]
    for key, why in hits.cannot.items():
        if key in sides:
            sides[key]["cannot"]["warm"] = why


async def _work(lab: Lab, name: str, one: Contender, side: Side, tally: Tally) -> None:
    if one.only_warm or "start" in side["cannot"]:
        return
    try:
        found = await WORKS[name](lab, one, tally)
    except LoadTestError as error:
        side["cannot"][name] = str(error)
        lab.show.end()
        return
    side[name] = found  # type: ignore[literal-required]
    if found is None:
        side["cannot"][name] = tally.why[-1] if tally.why else "no run was undisturbed"


def empty_side(one: Contender) -> Side:
    """A row of which nothing is known yet."""
    return {
        "key": one.key,
        "title": one.title,
        "versions": {},
        "hot": None,
        "zipf": None,
        "stampede": None,
        "expiry": None,
        "loader_killed": None,
        "cache_killed": None,
        "weight": None,
        "cannot": {},
    }
