"""Lets schemathesis search a service for faults: over HTTP, as a process of its own."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

CONFIG = Path(__file__).with_name("schemathesis.toml")
STARTED_S = 0.01


@dataclass(frozen=True)
class Search:
    """What one run found, and the words in which it said so."""

    is_clean: bool
    said: str


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """Serve an app that runs already, on a port of its own; the address."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, lifespan="off", log_level="critical", access_log=False, ws="none")
    )
    serving = asyncio.create_task(server.serve([taken]))
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(STARTED_S)
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        taken.close()


async def search(address: str, *, token: str, seed: int, folder: Path, more: str) -> Search:
    """Search the service at an address. What was found is said with a curl command for each."""
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        "--config-file", str(CONFIG), "--no-color", "run", f"{address}/openapi.json",
        "--seed", str(seed), *more.split(),
        cwd=folder,
        env={**os.environ, "CORRAL_TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return Search(process.returncode == 0, said.decode(errors="replace"))
