"""What every row works with: a server, a database, processes, and how much of all to do."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from benchmarks.contenders import Contender
from benchmarks.crew import Crew, Worker
from benchmarks.measures import Figures, Metric
from benchmarks.valkey import HOST, Valkey


@dataclass(frozen=True)
class Sizes:
    """How much work there is; the goals are meant for the full sizes."""

    rounds: int = 5
    herd: int = 1_000
    herds: int = 4  # of Corral in a round: 20 in all
    races: int = 2_000  # of Corral in a round: 10,000 in all
    races_of_others: int = 200
    patience_s: float = 8.0  # who has no answer by then counts as that late
    outage_s: float = 5.0
    later: int = 20
    blocks: int = 7
    calls: int = 200


FULL = Sizes()
QUICK = Sizes(
    rounds=1, herds=1, races=400, races_of_others=50, patience_s=2.5, outage_s=1.5, later=10,
    blocks=3, calls=200,
)  # fmt: skip
TINY = Sizes(
    rounds=1, herd=80, herds=1, races=100, races_of_others=50, patience_s=5.0, outage_s=2.0,
    later=3, blocks=2, calls=50,
)  # fmt: skip


class Lab:
    """The place of one run."""

    def __init__(self, cache: Valkey, database: Valkey, crew: Crew, sizes: Sizes) -> None:
        self.cache = cache
        self.database = database
        self.crew = crew
        self.sizes = sizes
        self.late_ms = 0.0  # the latest start of all herds
        self._numbers = itertools.count()

    def name(self) -> str:
        """A name for keys that nobody has used."""
        return f"bench:{next(self._numbers)}"

    @asynccontextmanager
    async def workers(
        self, contender: Contender, count: int, *, versions: bool = False
    ) -> AsyncIterator[list[Worker]]:
        """Processes with a fresh stack on an empty cache."""
        self.cache.flush()
        database = self.database.port if versions else None
        async with self.crew.opened(
            contender, count, host=HOST, port=self.cache.port, database=database
        ) as workers:
            yield workers


@dataclass(frozen=True)
class Row:
    """One kind of work. `measure` is called `repeats` times a round for Corral, once for others."""

    key: str
    title: str
    metrics: Sequence[Metric]
    measure: Callable[[Lab, Contender], Awaitable[Figures]]
    repeats: Callable[[Sizes], int] = lambda _: 1
    rounds_of_others: int = 5
