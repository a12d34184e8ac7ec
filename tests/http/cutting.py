"""A service on a port, and a way to it that breaks: for clients who cannot know what was done."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import uvicorn
from fastapi import FastAPI

CHUNK_BYTES = 65536
EVERY_FIFTH = 5


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[int]:
    """The port of a service that has been started, as `corral serve` would listen there."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, http="httptools", lifespan="off", log_level="critical")
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve([place]))
        try:
            yield int(place.getsockname()[1])
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def cutting(port: int) -> AsyncIterator[int]:
    """A way to `port` on which no answer ever arrives.

    Connections break when the first byte of an answer is there, which is after the commit; every
    fifth as soon as the request was sent, when nobody knows.
    """
    numbers = count()

    async def cut(reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        blind = next(numbers) % EVERY_FIFTH == 0
        answers, server = await asyncio.open_connection("127.0.0.1", port)
        up = asyncio.create_task(_pump(reader, server))
        with contextlib.suppress(OSError):
            if blind:
                await asyncio.wait_for(asyncio.shield(up), 0.005)
            else:
                await answers.read(1)
        up.cancel()
        await asyncio.wait([up])
        for end in (client, server):
            end.transport.abort()

    listener = await asyncio.start_server(cut, "127.0.0.1", 0)
    async with listener:
        yield int(listener.sockets[0].getsockname()[1])


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(CHUNK_BYTES):
        writer.write(piece)
        await writer.drain()
