"""`corral serve` as a process, and what the system says of it."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.raw_http import Pool
from service.demo.staying import free_port
from service.embedded.servers import Servers

PORT = 8700
ENDS_S = 5.0
SECRET = "signs tokens while safety is measured"  # noqa: S105 - of a service for minutes
UNLIMITED = {"CORRAL_UNLIMITED": "127.0.0.1/32"}


@dataclass(frozen=True)
class Served:
    """A service that runs: connections to it, its pid, and how long its start took."""

    pool: Pool
    pid: int
    start_s: float

    def worked_s(self) -> float:
        """Seconds of CPU that it has had."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        """Memory that it holds."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def service(servers: Servers, **settings: str) -> AsyncIterator[Served]:
    """Start it, and end it with the block."""
    port = free_port(PORT)
    environment = {
        **os.environ,
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_urls["default"],
        "CORRAL_SECRET": SECRET,
        **settings,
    }
    command = [sys.executable, "-m", "service.cli", "serve", "--end-with-parent"]
    began_s = time.monotonic()
    process = subprocess.Popen(  # noqa: ASYNC220, S603 - fixed
        [*command, "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
    )
    pool = Pool(port)
    try:
        while not await _is_ready(pool):
            if process.poll() is not None:
                raise SystemExit("corral serve ended at once; by hand it says why")
            await asyncio.sleep(0.005)
        yield Served(pool, process.pid, time.monotonic() - began_s)
    finally:
        pool.close()
        process.terminate()
        try:
            process.wait(ENDS_S)
        except subprocess.TimeoutExpired:  # it answers what it has begun, and nobody listens
            process.kill()
            process.wait()


async def _is_ready(pool: Pool) -> bool:
    try:
        return (await pool.ask("GET", "/readyz"))[0] == 200
    except OSError:
        return False
