"""One process of one side: `python -m benchmarks.worker SIDE`, with the side's own Python.

Standard input: a line of JSON per order, `{"id": 1, "order": "herd", ...}`; standard output: a
line per answer, `{"id": 1, "answer": ...}`, and `{"began": key}` whenever a load begins. It ends
when its input does.
"""

import asyncio
import gc
import importlib
import json
import logging
import os
import sys
from typing import Any

from benchmarks.orders import ORDERS
from benchmarks.orders.bench import Bench
from benchmarks.sides.side import CannotDo


def say(message: dict[str, Any]) -> None:
    """One line, at once and whole."""
    os.write(sys.stdout.fileno(), json.dumps(message).encode() + b"\n")


async def carry_out(bench: Bench, order: dict[str, Any]) -> None:
    """Answer one order, whatever becomes of it."""
    number, name = order.pop("id"), order.pop("order")
    try:
        answer = {"id": number, "answer": await ORDERS[name](bench, **order)}
    except CannotDo as reason:
        answer = {"id": number, "cannot": str(reason)}
    except Exception as error:  # noqa: BLE001 - the runner is told, and decides
        answer = {"id": number, "error": repr(error)}
    say(answer)


async def serve(side: str) -> None:
    """Take orders until there are no more."""
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    opened = importlib.import_module(f"benchmarks.sides.{side}").opened
    bench = Bench(opened, began=lambda key: say({"began": key}))
    gc.collect()
    gc.freeze()  # as the service does, and for every side alike
    under_way: set[asyncio.Task[None]] = set()
    while line := await orders.readline():
        task = asyncio.create_task(carry_out(bench, json.loads(line)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    for task in under_way:
        task.cancel()
    await bench.close()


if __name__ == "__main__":
    logging.disable()  # libraries that log each failure would be measured writing
    asyncio.run(serve(sys.argv[1]))
