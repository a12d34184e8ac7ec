"""What a run was asked for, and everything that stands before it is measured."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from rich.console import Console

from loadtests.peers.asking import asking
from loadtests.peers.contenders import Contender
from loadtests.peers.database import database, seeded, servers
from loadtests.peers.lab import FULL, Lab, Sizes
from loadtests.peers.rounds import turns
from loadtests.peers.valkey import valkey
from loadtests.progress import showing

CHECK_S = 2.0  # to start a side, and ask it twice
FILL_S = 3.5  # to ask for every post of the full trace


@dataclass(frozen=True)
class Order:
    """What was asked for. `python` gives a contender's Python, or raises LoadTestError."""

    home: Path
    sizes: Sizes
    sizes_name: str
    works: Sequence[str]
    contenders: Sequence[Contender]
    python: Callable[[Contender], str]
    command: str


def expected_s(order: Order) -> float:
    """How long it should take, for the time left."""
    sizes, sides = order.sizes, len(order.contenders)
    round_s = 4 * sizes.constant_s + 2 * sizes.window_s + FILL_S * sizes.trace / FULL.trace
    warm_s = sides * (2.0 + sizes.rounds * round_s) if "warm" in order.works else 0.0
    hard_s = sum(
        work.expected_s(sizes, one) for _, work, one in turns(sizes, order.works, order.contenders)
    )
    return 10.0 + CHECK_S * sides + warm_s + hard_s


@asynccontextmanager
async def opened(
    order: Order, work: Path, env: Mapping[str, str], console: Console
) -> AsyncIterator[Lab]:
    """The lab of a run."""
    console.print("Starting servers and making the data (5 to 20 s)", style="dim")
    console.print(f"Then about {max(1, round(expected_s(order) / 60))} minutes", style="dim")
    async with AsyncExitStack() as stack:
        with console.status("starting"):
            server_url, redis_url = await stack.enter_async_context(servers(order.home, env, work))
            url = await seeded(server_url, env)
            counting = await stack.enter_async_context(database(url))
            executable = await _executable(redis_url)
            cache = await stack.enter_async_context(valkey(executable, env, work))
            client = await stack.enter_async_context(asking(env, work))
            ids = await counting.ids()
            newest, load_ms = await counting.tuned(ids[0])
        show = stack.enter_context(showing(console, expected_s(order)))
        yield Lab(
            database=counting,
            valkey=cache,
            client=client,
            show=show,
            sizes=order.sizes,
            work=work,
            env=env,
            python=order.python,
            ids=ids,
            newest=newest,
            load_ms=load_ms,
        )


async def _executable(url: str) -> str:
    """The program of a running server, to start another of."""
    redis: Any = Redis.from_url(url)
    async with redis:
        return str((await redis.info("server"))["executable"])
