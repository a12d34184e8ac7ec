"""The process of a gate: a passage of bytes, and the orders that it takes.

`python -m loadtests.trials.gatekeeper LINK HOST PORT` listens on a loopback port, which it tells,
and does what it reads, an order a line: `open`, `shut`, `hang`, `slow SECONDS`, `lead HOST PORT`,
`cpu`. Each is answered by a line of JSON once it is in force. It ends when its standard input does.
LINK: `bytes` are passed as they come, `requests` each to where it leads when they begin.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping

from loadtests.trials.balancer import Caller
from loadtests.trials.passage import Client, Passage

LINKS = {"bytes": Client, "requests": Caller}


async def _keep(link: str, host: str, port: int) -> None:
    passage = Passage(host, port, LINKS[link])
    await passage.open()
    gc.freeze()  # what start-up made is not walked again while commands pass
    _tell("port", passage.port)
    orders: Mapping[str, Callable[..., Awaitable[None]]] = {
        "open": passage.open,
        "shut": passage.shut,
        "hang": passage.hang,
        "slow": lambda delay_s: passage.slow(float(delay_s)),
        "lead": lambda host, port: passage.lead(host, int(port)),
    }
    words = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(words), sys.stdin)
    while order := (await words.readline()).decode().split():
        if order[0] in orders:
            await orders[order[0]](*order[1:])
        _tell("cpu_s", time.process_time())
    await passage.end()


def _tell(name: str, value: float) -> None:
    print(json.dumps({name: value}), flush=True)


if __name__ == "__main__":
    asyncio.run(_keep(sys.argv[1], sys.argv[2], int(sys.argv[3])))
