"""A whole run: everything is started, every work is done with every side, everything ends."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from loadtests.errors import LoadTestError
from loadtests.machine import package_versions, this_machine
from loadtests.peers.checking import checked, same_answers
from loadtests.peers.contenders import Contender
from loadtests.peers.goals import goals
from loadtests.peers.lab import Lab
from loadtests.peers.opening import Order, opened
from loadtests.peers.result import SCHEMA, ClientCheck, Result, Side
from loadtests.peers.rounds import rounds
from loadtests.peers.rows import empty_side
from loadtests.peers.tally import Tally
from loadtests.peers.warm import WarmHits

SERVER = "uvicorn with uvloop and httptools, gc.freeze after start-up, access log off: all sides"
SERVER_TOO = ", but for those that say granian"


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
        "server": SERVER + SERVER_TOO,
        "posts": len(lab.ids),
        "newest": lab.newest,
        "load_ms": lab.load_ms,
        "client": found.client,
        "windows_made": found.tally.made + sum(kind["made"] for kind in warm),
        "windows_kept": found.tally.kept + sum(kind["kept"] for kind in warm),
        "goals": goals(found.sides, found.client, least_runs=order.sizes.least_runs),
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
    await rounds(lab, order.works, order.contenders, sides, tally)
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
