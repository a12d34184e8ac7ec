"""A service that somebody else started, at its addresses."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.services import Service, Stats, stats_at


@dataclass(frozen=True)
class Elsewhere(Service):
    """A service that somebody else started: `servers` is empty, `addresses` are its processes'."""

    addresses: list[str]
    local_pids: list[int]

    @property
    def hosts(self) -> list[str]:
        """Where it listens."""
        return self.addresses

    @property
    def pids(self) -> list[int]:
        """Its processes on this machine, which are no strangers to a measurement."""
        return self.local_pids

    async def stats(self, since: Sequence[int] | None = None) -> list[Stats]:
        """Counters of every process; loads after `since`, one id a process. None where untold."""
        if not self.tells:
            return []
        marks = since or [2**53] * len(self.addresses)
        told = (
            stats_at(host, mark, self.admin_token)
            for host, mark in zip(self.addresses, marks, strict=True)
        )
        return list(await asyncio.gather(*told))
