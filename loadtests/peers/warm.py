"""Warm hits: throughput, p99 and CPU a request, each beside the constant route's.

The machine's speed drifts, and others work on it: so every window stands between two of the
constant route, and what counts is the ratio to them.
"""

import random
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import mean, median

from loadtests.busy import beside
from loadtests.errors import LoadTestError
from loadtests.peers.client.closed import Window
from loadtests.peers.contenders import CONSTANT, Contender
from loadtests.peers.cores import everywhere, place, shares
from loadtests.peers.lab import CONNECTIONS, Lab
from loadtests.peers.result import Spread, Warm
from loadtests.popularity import ALPHA, Zipf
from loadtests.services import Server

KINDS = ("hot", "zipf")
CLIENT_CPU = 0.9  # of its core: above that a window says more about the client
TRIES = 2


@dataclass
class Taken:
    """The windows of one side and kind that were kept, and why others were not."""

    windows: list[tuple[Window, Window, Window]] = field(default_factory=list)
    made: int = 0
    why: list[str] = field(default_factory=list)


class WarmHits:
    """One process a side, all of them up, asked in turn."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._servers: dict[str, Server] = {}
        rng = random.Random(1)
        order = list(lab.ids)
        rng.shuffle(order)
        zipf = Zipf(order, alpha=ALPHA)
        self._traces = {
            "hot": [lab.hot_id],
            "zipf": [zipf.draw(rng) for _ in range(lab.sizes.trace)],
        }
        self._taken: dict[tuple[str, str], Taken] = {}
        self.cannot: dict[str, str] = {}

    async def measure(self, contenders: Sequence[Contender]) -> Mapping[str, dict[str, Warm]]:
        """Start them all, fill their caches, and take turns.

        Raises LoadTestError where there is nothing to compare with.
        """
        lab = self._lab
        async with AsyncExitStack() as stack:
            standing = []
            for one in [CONSTANT, *(one for one in contenders if one is not CONSTANT)]:
                lab.show.begin(f"warm: starting {one.title}", 2.0)
                try:
                    [server] = await stack.enter_async_context(lab.serving(one, 1))
                    self._servers[one.key] = server
                    await self._fill(one)
                    standing.append(one)
                except LoadTestError as error:
                    self.cannot[one.key] = str(error)
                lab.show.end()
            if CONSTANT.key in self.cannot:
                raise LoadTestError(f"{CONSTANT.title}: {self.cannot[CONSTANT.key]}")
            await self._place()
            stack.push_async_callback(self._place_back)
            for number in range(lab.sizes.rounds):
                for one in standing if number % 2 == 0 else reversed(standing):
                    for kind in KINDS:
                        await self._turn(one, kind, number)
        return {one.key: {kind: self._warm(one, kind) for kind in KINDS} for one in standing}

    async def _fill(self, one: Contender) -> None:
        if one.module not in {"constant", "no_cache"}:
            await self._touch(one)

    async def _touch(self, one: Contender) -> None:
        """Ask for every post of the trace once: caches are full, and those in the process fresh."""
        ids = list(dict.fromkeys([*self._traces["zipf"], self._lab.hot_id]))
        host = self._servers[one.key].host
        found = await self._lab.client.touch(host, ids, connections=CONNECTIONS)
        if found["errors"]:
            raise LoadTestError(f"{found['errors']} of {len(ids)} first answers were errors")

    async def _place(self) -> None:
        where = shares()
        if where is not None:
            service, others = where
            place((server.process.pid for server in self._servers.values()), service)
            place([self._lab.valkey.pid], others)
            await self._lab.client.place(others)

    async def _place_back(self) -> None:
        if shares() is not None:
            place([self._lab.valkey.pid], everywhere())
            await self._lab.client.place(everywhere())

    async def _turn(self, one: Contender, kind: str, number: int) -> None:
        lab, taken = self._lab, self._taken.setdefault((one.key, kind), Taken())
        lab.show.begin(f"warm, {kind}, round {number + 1}: {one.title}", 4.0)
        for _ in range(TRIES):
            try:
                if kind == "zipf":
                    await self._fill(one)
                taken.made += 1
                why = await self._windows(one, kind, taken)
            except LoadTestError as error:
                why = str(error)
            if not why:
                break
            taken.why.append(why)
        lab.show.end()

    async def _windows(self, one: Contender, kind: str, taken: Taken) -> str:
        """Three windows; why they do not count, if so."""
        sizes = self._lab.sizes
        bystanders = beside([])
        before = await self._window(CONSTANT, kind, sizes.constant_s)
        mine = await self._window(one, kind, sizes.window_s)
        after = await self._window(CONSTANT, kind, sizes.constant_s)
        others = bystanders.others()
        if others and others.used_over(sizes.others_cpu):
            return others.said
        if max(_client_share(window) for window in (before, mine, after)) > CLIENT_CPU:
            return f"the client used over {CLIENT_CPU:.0%} of its core"
        if not before["requests"] or not after["requests"]:
            return "the constant route did not answer"
        taken.windows.append((before, mine, after))
        return ""

    async def _window(self, one: Contender, kind: str, for_s: float) -> Window:
        server, ids = self._servers[one.key], self._traces[kind]
        return await self._lab.client.window(
            server.host, ids, connections=CONNECTIONS, for_s=for_s, pids=[server.process.pid]
        )

    def _warm(self, one: Contender, kind: str) -> Warm:
        taken = self._taken[one.key, kind]
        mine = [window for _, window, _ in taken.windows]
        beside = [(before, after) for before, _, after in taken.windows]
        rates = [window["requests"] / window["wall_s"] for window in mine]
        constant = [mean(w["requests"] / w["wall_s"] for w in both) for both in beside]
        tails = [mean(w["p99_ms"] for w in both) for both in beside]
        cpus = [
            1e6 * window["cpu_s"] / window["requests"]
            for window in mine
            if window["cpu_s"] is not None and window["requests"]
        ]
        pairs = zip(mine, tails, strict=True)
        return {
            "ratio": spread([a / b for a, b in zip(rates, constant, strict=True)]),
            "per_s": spread(rates),
            "cpu_us": spread(cpus),
            "p50_ms": spread([window["p50_ms"] for window in mine]),
            "p99_ms": spread([window["p99_ms"] for window in mine]),
            "p99_ratio": spread([w["p99_ms"] / tail for w, tail in pairs if tail]),
            "errors": sum(window["errors"] for window in mine),
            "client_cpu": max((_client_share(window) for window in mine), default=0.0),
            "made": taken.made,
            "kept": len(mine),
            "why": taken.why,
        }


def _client_share(window: Window) -> float:
    return window["client_cpu_s"] / window["wall_s"] if window["wall_s"] else 0.0


def spread(values: Sequence[float]) -> Spread | None:
    """Median, least and most; None of nothing."""
    if not values:
        return None
    return {"median": median(values), "min": min(values), "max": max(values)}
