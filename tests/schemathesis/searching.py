"""Lets schemathesis search a service for faults: over HTTP, as a process of its own."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from tests.waiting import until

CONFIG = Path(__file__).with_name("schemathesis.toml")


@dataclass(frozen=True)
class Found:
    """What one run found, and the words in which it said so: a curl command for each fault."""

    is_clean: bool
    said: str


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """Serve an app that runs already, on a port of its own; the address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(app, lifespan="off", log_level="critical", access_log=False, ws="none")
        )
        serving = asyncio.create_task(server.serve([taken]))

        async def has_started() -> bool:  # uvicorn tells nobody
            return server.started

        try:
            await until(has_started)
            yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


def write_config(folder: Path, ids: Mapping[str, Sequence[int]]) -> Path:
    """The configuration with ids of what is there."""
    text = CONFIG.read_text(encoding="utf-8")
    for name, values in ids.items():
        text = text.replace(f"[{name}]", f"[{', '.join(map(str, values))}]")
    path = folder / CONFIG.name
    path.write_text(text, encoding="utf-8")
    return path


async def search(
    address: str, config: Path, *, seed: int, more: Sequence[str], **environment: str
) -> Found:
    """Search the service at an address."""
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        "--config-file", str(config), "--no-color", "run", f"{address}/openapi.json",
        "--seed", str(seed), *more,
        cwd=config.parent,
        env={**os.environ, **environment},
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
    return Found(process.returncode == 0, said.decode(errors="replace"))
