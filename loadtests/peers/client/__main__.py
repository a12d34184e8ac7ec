"""Takes orders, a line of JSON each, from standard input, and answers each with a line.

`closed`: {"host", "ids", "connections", "for_s", "once", "pids"} -> a Window.
`open`: {"hosts", "shots": [[at_s, host, id]], "prepare", "timeout_s", "most"} -> {"shots": [[at_s,
started_s, end_s, outcome, age_s]]}; before it begins it says {"began": unix time}.
"""

import itertools
import json
import math
import os
import sys
import time
from typing import Any

from loadtests.peers.client.closed import ClosedLoop, Window
from loadtests.peers.client.line import BrokenError, wire_of
from loadtests.peers.client.opened import OpenLoop, Shot

# Connections are accepted, and a process that slept gets its processor back.
LEAD_S = 0.1


def say(message: Any) -> None:
    """One line, whole."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def closed(order: dict[str, Any]) -> Window:
    """Carry out a closed loop; `once` asks for each id and ends."""
    wires = [_wire(post_id) for post_id in order["ids"]]
    endless = iter(wires) if order["once"] else itertools.cycle(wires)
    loop = ClosedLoop(order["host"], endless, order["connections"])
    if order["once"]:
        return loop.run(math.inf, order["pids"])
    return loop.run(order["for_s"], order["pids"], lead_s=LEAD_S)


def opened(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out an open loop."""
    shots = [Shot(at_s, host, _wire(post_id)) for at_s, host, post_id in order["shots"]]
    loop = OpenLoop(order["hosts"], timeout_s=order["timeout_s"], most=order["most"])
    loop.prepare(order["prepare"])
    say({"began": time.time()})
    loop.run(shots)
    return {"shots": [[s.at_s, s.started_s, s.end_s, s.outcome, s.age_s] for s in shots]}


def place(order: dict[str, Any]) -> dict[str, Any]:
    """Run on these cores from now on."""
    os.sched_setaffinity(0, order["cores"])
    return {}


ORDERS = {"closed": closed, "open": opened, "place": place}


def main() -> None:
    """Take orders until there are no more."""
    for line in sys.stdin:
        order = json.loads(line)
        try:
            say({"answer": ORDERS[order.pop("order")](order)})
        except (OSError, BrokenError) as error:
            say({"error": f"{type(error).__name__}: {error}"})


def _wire(post_id: int) -> bytes:
    return wire_of(f"/v1/posts/{post_id}")


if __name__ == "__main__":
    main()
