"""The burst of the real Locust process, against servers that misbehave in one way each."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from loadtests.arrivals import burst
from loadtests.generator import Generator, generating
from loadtests.plan import Plan
from loadtests.processes import free_port
from loadtests.recorder import Report

REQUESTS = 40
Act = Callable[[str, asyncio.StreamWriter], bool]


@pytest_asyncio.fixture(scope="module")
async def generator(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Generator]:
    """One Locust for all tests here."""
    async with generating(env=os.environ, logs=tmp_path_factory.mktemp("volley")) as started:
        await started.ready()
        yield started


@asynccontextmanager
async def acting(act: Act) -> AsyncIterator[str]:
    """The host of a server that greets, and does `act` on everything else until it is false."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ")[1].decode()
                if not (answer(writer, "") if path == "/healthz" else act(path, writer)):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=1024)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


def answer(writer: asyncio.StreamWriter, cache_status: str) -> bool:
    """Write a small answer; true, as there may be more."""
    head = f"HTTP/1.1 200 OK\r\nCache-Status: {cache_status}\r\nContent-Length: 2\r\n\r\n{{}}"
    writer.write(head.encode())
    return True


def later(cache_status: str) -> Act:
    """Answer in two pieces after everybody else."""

    def act(_path: str, writer: asyncio.StreamWriter) -> bool:
        head = f"HTTP/1.1 200 OK\r\nCache-Status: {cache_status}\r\nContent-Length: 2\r\n"
        loop = asyncio.get_running_loop()
        loop.call_later(0.2, writer.write, head.encode())
        loop.call_later(0.3, writer.write, b"\r\n{}")
        return True

    return act


async def volley(generator: Generator, out: Path, *hosts: str, timeout_s: float = 20.0) -> Report:
    """What the generator reports of a burst to these hosts."""
    plan = Plan(
        "burst",
        "test",
        list(hosts),
        population="",
        seed=1,
        out=str(out / "out.json"),
        requests=REQUESTS,
        duration_s=0.05,
        path="/v1/something",
        timeout_s=timeout_s,
    )
    async with asyncio.timeout(20):
        return await generator.run(plan)


async def test_intended_and_actual_starts_are_recorded(
    generator: Generator, tmp_path: Path
) -> None:
    """Rows are by intended start; a start is never early, and never quite on time."""
    async with acting(lambda _path, writer: answer(writer, "corral; hit")) as host:
        report = await volley(generator, tmp_path, host)
    assert [at_s * 1_000 for at_s in burst(REQUESTS, 0.05)] == [row[0] for row in report["rows"]]
    assert all(end_ms > start_ms for start_ms, end_ms, _ in report["rows"])
    assert report["lateness_p99_ms"] > 0


async def test_answers_out_of_order_go_to_their_own_requests(
    generator: Generator, tmp_path: Path
) -> None:
    """Every other request is answered after all the rest, and the last byte counts."""
    quick = acting(lambda _path, writer: answer(writer, "corral; hit"))
    async with quick as first, acting(later("corral; fwd=miss")) as second:
        report = await volley(generator, tmp_path, first, second)
    assert ["hit", "miss"] * (REQUESTS // 2) == [how for _, _, how in report["rows"]]
    assert all(end - start >= 300 for start, end, how in report["rows"] if how == "miss")


async def test_every_connection_is_greeted_before_the_burst(
    generator: Generator, tmp_path: Path
) -> None:
    """As many connections as requests, each used before."""
    seen: set[object] = set()

    def act(_path: str, writer: asyncio.StreamWriter) -> bool:
        seen.add(writer.get_extra_info("peername"))
        return answer(writer, "corral; hit")

    async with acting(act) as host:
        report = await volley(generator, tmp_path, host)
    assert len(seen) == REQUESTS
    assert (report["planned"], report["requests"], report["errors"]) == (REQUESTS, REQUESTS, 0)


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_a_server_that_hangs_up_makes_errors(
    generator: Generator, tmp_path: Path, begun: bytes
) -> None:
    """Before its answer and in the middle of it; the burst ends all the same."""

    def act(_path: str, writer: asyncio.StreamWriter) -> bool:
        writer.write(begun)
        return False

    async with acting(act) as host:
        report = await volley(generator, tmp_path, host)
    assert report["error_kinds"] == {"connection": REQUESTS}
    assert "closed the connection" in report["error_samples"][0]


async def test_what_is_not_http_makes_errors(generator: Generator, tmp_path: Path) -> None:
    """And is quoted."""

    def act(_path: str, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"220 smtp ready\r\n\r\n")
        return True

    async with acting(act) as host:
        report = await volley(generator, tmp_path, host)
    assert report["error_kinds"] == {"connection": REQUESTS}
    assert "220 smtp" in report["error_samples"][0]


async def test_a_server_that_says_nothing_runs_into_the_timeout(
    generator: Generator, tmp_path: Path
) -> None:
    """Nobody waits for longer than he was told to."""
    async with acting(lambda _path, _writer: True) as host:
        report = await volley(generator, tmp_path, host, timeout_s=0.4)
    assert report["error_kinds"] == {"timeout": REQUESTS}
    assert all(end - start >= 400 for start, end, _ in report["rows"])


async def test_a_burst_on_nobody_makes_errors(generator: Generator, tmp_path: Path) -> None:
    """No connection is to be had, and every request says so."""
    report = await volley(generator, tmp_path, f"127.0.0.1:{free_port()}")
    assert report["error_kinds"] == {"connection": REQUESTS}
