"""What every work is done with: servers, a client, the sides' processes, and how much of all."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from loadtests.busy import OTHER_CPU
from loadtests.peers.asking import Client
from loadtests.peers.contenders import CONTENDERS, Contender
from loadtests.peers.database import Database
from loadtests.peers.sides.side import Setup
from loadtests.peers.valkey import Valkey
from loadtests.processes import free_port, running
from loadtests.progress import Show
from loadtests.services import CORRAL, UNLIMITED, Server

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 2
CONNECTIONS = 32


@dataclass(frozen=True)
class Sizes:
    """How much of everything; the goals are meant for the full sizes."""

    rounds: int = 4
    window_s: float = 1.5
    constant_s: float = 0.75
    trace: int = 20_000
    repeats: int = 3  # of every work that has no number of its own
    herd: int = 500
    herds: int = 5
    bare_herds: int = 3  # of sides that guard nothing, each of which takes all the patience
    expiry_s: float = 8.0
    waiters: int = 250
    warm_posts: int = 500
    before_s: float = 2.0
    outage_s: float = 8.0
    after_s: float = 3.0
    weighed: int = 1_000
    patience_s: float = 12.0  # who has no answer by then counts as an error
    others_cpu: float = OTHER_CPU  # of all cores: what strangers may use in a trial that is kept
    late_ms: float = 20.0  # p99 of starts that were meant to be at once

    @property
    def least_runs(self) -> int:
        """How many trials a verdict needs: three, or the one that there is."""
        return min(3, self.repeats)


FULL = Sizes()
QUICK = Sizes(
    rounds=1, window_s=1.0, constant_s=0.5, trace=4_000, repeats=1, herds=1, bare_herds=1,
    expiry_s=6.0, before_s=1.0, outage_s=3.0, after_s=1.5, weighed=500, patience_s=7.5,
)  # fmt: skip
TINY = Sizes(
    rounds=1, window_s=0.2, constant_s=0.1, trace=50, repeats=1, herd=40, herds=1, bare_herds=1,
    expiry_s=2.5, waiters=20, warm_posts=20, before_s=0.5, outage_s=1.0, after_s=0.5, weighed=20,
    patience_s=5.0,
    others_cpu=float("inf"), late_ms=float("inf"),
)  # fmt: skip
SIZES = {"full": FULL, "quick": QUICK, "tiny": TINY}


@dataclass
class Lab:
    """The place of one run. `python` starts a contender's processes, or raises LoadTestError."""

    database: Database
    valkey: Valkey
    client: Client
    show: Show
    sizes: Sizes
    work: Path
    env: Mapping[str, str]
    python: Callable[[Contender], str]
    ids: Sequence[int]
    newest: int = 0
    load_ms: float = 0.0

    @property
    def hot_id(self) -> int:
        """The post that is asked for when one is hot."""
        return self.ids[0]

    def number(self, contender: Contender) -> int:
        """The key space of a contender; 0 is for whoever is none."""
        return CONTENDERS.index(contender) + 1 if contender in CONTENDERS else 0

    @asynccontextmanager
    async def serving(
        self, contender: Contender, count: int, *, fresh_s: int = 3_600, expensive: bool = False
    ) -> AsyncIterator[list[Server]]:
        """So many processes of a side, ready. Raises LoadTestError with their words if not."""
        async with AsyncExitStack() as stack:
            servers = []
            for number in range(count):
                port = free_port()
                command = self._command(contender, port, fresh_s, self.newest * expensive)
                log = self.work / f"{contender.key}-{number + 1}.log"
                env = {**self.env, **self._stores(contender)}
                process = running(command, env=env, log=log, cwd=ROOT)
                started = await stack.enter_async_context(process)
                servers.append(Server(f"127.0.0.1:{port}", started, log))
            await asyncio.gather(*(server.ready() for server in servers))
            yield servers

    def _command(self, contender: Contender, port: int, fresh_s: int, newest: int) -> list[str]:
        if not contender.module:
            return [*CORRAL, "serve", "--host", "127.0.0.1", "--port", str(port)]
        setup = Setup(
            side=contender.module,
            port=port,
            database_url=self.database.url,
            redis_url=self.valkey.url(self.number(contender)),
            variant=contender.variant,
            fresh_s=fresh_s,
            newest=newest,
            hot_id=self.hot_id,
            server=contender.server,
        )
        given = json.dumps(asdict(setup))
        return [self.python(contender), "-m", "loadtests.peers.apps", given]

    def _stores(self, contender: Contender) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database.url,
            "REDIS_URL": self.valkey.url(self.number(contender)),
            "CORRAL_STRATEGY": "layered",
            "CORRAL_UNLIMITED": UNLIMITED,
        }


def hosts_of(servers: Sequence[Server]) -> list[str]:
    """Where they listen."""
    return [server.host for server in servers]
