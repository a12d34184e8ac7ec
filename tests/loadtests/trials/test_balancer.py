"""A process of a service is replaced under its callers, and none of their requests is lost."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from loadtests.errors import LoadTestError
from loadtests.trials.balancer import Caller
from loadtests.trials.gate import balanced
from loadtests.trials.passage import Passage
from tests.waiting import until


class Release:
    """Answers every request, of which each is one line, with its own name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.asked = self.heard_bytes = 0
        self.host = ""
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def has_been_asked(self, times: int) -> bool:
        """So often, answered or not."""
        return self.asked == times

    async def has_heard(self, size_bytes: int) -> bool:
        """So much, a whole request or not."""
        return self.heard_bytes == size_bytes

    async def begin(self) -> None:
        """Listen on a port of its own."""
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.host = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def end(self) -> None:
        """Hang up on everybody, as a process that ends does."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        while piece := await reader.read(100):
            self.heard_bytes += len(piece)
            if not piece.endswith(b"\n"):
                continue
            self.asked += 1
            await self.may_answer.wait()
            writer.write(f"{self.name}\n".encode())


class Asker:
    """Keeps one connection and asks one thing at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self) -> str:
        """Who answers; "" when nobody does."""
        self._writer.write(b"who is there\n")
        return await self.hear()

    async def hear(self) -> str:
        """The next answer; "" when there is none."""
        return (await self._reader.readline()).decode().strip()

    def begin(self, words: bytes) -> None:
        """Say the beginning of a question."""
        self._writer.write(words)

    async def leave(self) -> None:
        """Hang up."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


@asynccontextmanager
async def caller_of(host: str) -> AsyncIterator[Asker]:
    """Somebody who keeps a connection to that place."""
    name, _, port = host.rpartition(":")
    caller = Asker(*await asyncio.open_connection(name, int(port)))
    try:
        yield caller
    finally:
        await caller.leave()


@asynccontextmanager
async def releases() -> AsyncIterator[tuple[Release, Release]]:
    """The one before, and the one after."""
    both = Release("old"), Release("new")
    for release in both:
        await release.begin()
    try:
        yield both
    finally:
        for release in both:
            await release.end()


async def test_a_kept_connection_goes_over_with_its_next_request(tmp_path: Path) -> None:
    """However often it was used before; and nothing is asked of the former one after that."""
    async with (
        releases() as (old, new),
        balanced(old.host, env=os.environ, logs=tmp_path) as balancer,
        caller_of(balancer.host) as caller,
    ):
        assert ["old", "old"] == [await caller.ask() for _ in range(2)]
        await balancer.lead_to(new.host)
        assert ["new", "new"] == [await caller.ask() for _ in range(2)]
        assert (2, 2) == (old.asked, new.asked)


async def test_what_was_asked_before_is_answered_by_whom_it_was_asked(tmp_path: Path) -> None:
    """A request under way is not moved, and not lost."""
    async with (
        releases() as (old, new),
        balanced(old.host, env=os.environ, logs=tmp_path) as balancer,
        caller_of(balancer.host) as caller,
    ):
        await caller.ask()
        old.may_answer.clear()
        waiting = asyncio.create_task(caller.ask())
        await until(partial(old.has_been_asked, 2))
        await balancer.lead_to(new.host)
        old.may_answer.set()
        assert ["old", "new"] == [await waiting, await caller.ask()]


async def test_a_request_in_two_pieces_goes_to_one_place(tmp_path: Path) -> None:
    """The second piece follows the first, wherever the balancer leads by then."""
    async with (
        releases() as (old, new),
        balanced(old.host, env=os.environ, logs=tmp_path) as balancer,
        caller_of(balancer.host) as caller,
    ):
        await caller.ask()
        caller.begin(b"tell me, ")
        await until(partial(old.has_heard, len(b"who is there\ntell me, ")))
        await balancer.lead_to(new.host)
        assert ["old", "new"] == [await caller.ask() for _ in range(2)]


async def test_the_end_of_the_former_process_costs_an_idle_caller_nothing(tmp_path: Path) -> None:
    """Its connection was idle when the process hung up on it; straight to it, it is lost."""
    async with (
        releases() as (old, new),
        balanced(old.host, env=os.environ, logs=tmp_path) as balancer,
        caller_of(balancer.host) as caller,
        caller_of(old.host) as straight,
    ):
        assert ["old", "old"] == [await caller.ask(), await straight.ask()]
        await balancer.lead_to(new.host)
        await old.end()
        assert "new" == await caller.ask()
        assert "" == await straight.ask()


async def test_a_process_that_leaves_as_a_request_begins_is_no_loss() -> None:
    """Between the first byte of a request and the way to where it goes there is a moment."""
    async with releases() as (old, new):
        name, _, port = old.host.rpartition(":")
        passage = Passage(name, int(port), Caller)
        await passage.open()
        async with caller_of(f"127.0.0.1:{passage.port}") as caller:
            assert "old" == await caller.ask()
            await passage.lead(name, int(new.host.rpartition(":")[2]))
            client = next(link for link in passage.links if isinstance(link, Caller))
            former = client.other
            assert former is not None
            client.data_received(b"who is there\n")
            former.connection_lost(None)
            assert "new" == await caller.hear()
        await passage.end()


async def test_a_process_that_dies_in_the_middle_of_a_request_shows(tmp_path: Path) -> None:
    """Nobody else is asked in its place: the caller sees what happened."""
    async with (
        releases() as (old, _),
        balanced(old.host, env=os.environ, logs=tmp_path) as balancer,
        caller_of(balancer.host) as caller,
    ):
        old.may_answer.clear()
        waiting = asyncio.create_task(caller.ask())
        await until(partial(old.has_been_asked, 1))
        await old.end()
        assert "" == await waiting


async def test_a_balancer_that_is_gone_says_so(tmp_path: Path) -> None:
    """As a gate does."""
    async with balanced("127.0.0.1:9", env=os.environ, logs=tmp_path) as balancer:
        os.kill(balancer.pid, 9)
        with pytest.raises((LoadTestError, ConnectionError)):
            await balancer.lead_to("127.0.0.1:10")
