"""A stand-in that speaks Corral's paths and nothing more: it lets the harness be tested alone.

Run as a process: `python fake_service.py --port 8000 [--guarded] [--load-s S] [--stall-s S]
[--stall-every-s S]`. Answers are hits from the second time on; a miss counts one SQL statement.
"""

import argparse
import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

OPEN_TO_ALL = {"/readyz", "/healthz"}


@dataclass
class FakeService:
    """The state of one server process. `guarded`: one load at a time for each path."""

    load_s: float = 0.0
    guarded: bool = False
    stall_s: float = 0.0
    stall_every_s: float = 1.0
    cache: set[str] = field(default_factory=set)
    flights: dict[str, asyncio.Event] = field(default_factory=dict)
    loads: list[dict[str, object]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    sql: int = 0
    began: float = field(default_factory=time.monotonic)

    async def answer(self, method: str, path: str) -> tuple[int, str, object]:
        """Status, Cache-Status and body for one request."""
        await self._stall()
        if path in OPEN_TO_ALL:
            return 200, "", {}
        if path.startswith("/v1/admin/stats"):
            return 200, "", self.stats(int(path.partition("since=")[2] or 0))
        if path == "/v1/admin/cache/expire":
            self.cache = {key for key in self.cache if "sort=top" not in key}
            return 204, "", None
        if method != "GET":
            self.sql += 1
            self.counts["bypass"] += 1
            return 200, "corral; fwd=bypass", {}
        outcome = await self._read(path)
        self.counts[outcome] += 1
        return 200, f"corral; {STATUS[outcome]}", {"path": path, "items": ITEMS}

    def stats(self, since: int) -> dict[str, object]:
        """What `/v1/admin/stats` answers."""
        return {
            "pid": os.getpid(),
            "strategy": "fake",
            "cpu_s": time.process_time(),
            "sql_statements": self.sql,
            "requests": dict(self.counts),
            "in_flight": {"requests": 0, "loads": len(self.flights), "db": 0, "redis": 0},
            "loads_total": len(self.loads),
            "loads": self.loads[since:],
        }

    async def _read(self, path: str) -> str:
        if path in self.cache:
            return "hit"
        if self.guarded and path in self.flights:
            await self.flights[path].wait()
            return "collapsed"
        self.flights[path] = done = asyncio.Event()
        start_s = time.time()
        await asyncio.sleep(self.load_s)
        self.sql += 1
        kind = "top" if "sort=top" in path else "post"
        load = {"id": len(self.loads) + 1, "kind": kind, "key": path, "ok": True}
        self.loads.append({**load, "start_s": start_s, "end_s": time.time()})
        self.cache.add(path)
        done.set()
        self.flights.pop(path, None)
        return "miss"

    async def _stall(self) -> None:
        """Every `stall_every_s` nothing is answered for `stall_s`: everybody waits for its end."""
        into_s = (time.monotonic() - self.began) % self.stall_every_s
        if into_s < self.stall_s:
            await asyncio.sleep(self.stall_s - into_s)


ITEMS = [
    {"id": number, "counts": {"upvotes": number}, "author": {"handle": f"user{number % 5}"}}
    for number in range(100, 120)
]
STATUS = {"hit": "hit", "miss": "fwd=miss", "collapsed": "fwd=miss; collapsed"}


async def serve(service: FakeService, port: int = 0) -> asyncio.Server:
    """Listen on 127.0.0.1; port 0 takes a free one."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                method, path, length = _parse(head)
                await reader.readexactly(length)
                writer.write(_render(*await service.answer(method, path)))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(talk, "127.0.0.1", port, backlog=1024)


def _parse(head: bytes) -> tuple[str, str, int]:
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    lengths = [line.split(":")[1] for line in lines if line.lower().startswith("content-length")]
    return method, path, int(lengths[0]) if lengths else 0


def _render(status: int, cache_status: str, body: object) -> bytes:
    payload = b"" if body is None else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-length: {len(payload)}\r\n"
    if cache_status:
        head += f"Cache-Status: {cache_status}\r\n"
    return head.encode() + b"\r\n" + payload


async def _main(make: Callable[[], FakeService], port: int) -> None:
    async with await serve(make(), port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--guarded", action="store_true")
    parser.add_argument("--load-s", type=float, default=0.0)
    parser.add_argument("--stall-s", type=float, default=0.0)
    parser.add_argument("--stall-every-s", type=float, default=1.0)
    options = parser.parse_args()
    made = {name: value for name, value in vars(options).items() if name != "port"}
    asyncio.run(_main(lambda: FakeService(**made), options.port))
