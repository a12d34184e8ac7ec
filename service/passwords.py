"""Passwords: argon2id, off the event loop, a few at once, and the same work for everybody.

A hash is slow and large on purpose. So it is made in a thread, no more than `AT_ONCE` of them in a
process, and who would wait for longer than `WAIT_S` is told to come back.
"""

import asyncio
import math
import os
import sys
from collections.abc import Callable, Set
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.feed.errors import Busy, Invalid
from service.patterns.bulkhead import Bulkhead, Overloaded

V = TypeVar("V")

# OWASP's least for argon2id: 19 MiB, two passes, one lane; some 35 ms on one core.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
AT_ONCE = 2
WAIT_S = 2.0
NICE = 10  # each step a tenth less CPU: a flood of sign-ins takes what others leave


class Passwords:
    """Hashes and verifies; `refused` opens no account, whoever's password it is."""

    def __init__(
        self,
        hasher: PasswordHasher = HASHER,
        *,
        at_once: int = AT_ONCE,
        wait_s: float = WAIT_S,
        refused: Set[str] = frozenset(),
    ) -> None:
        self._hasher = hasher
        self._refused = refused
        self._places = Bulkhead(at_once, wait_s=wait_s)
        # As many threads as places: a request that was given up leaves its thread at work, and
        # the next one waits for it.
        self._threads = ThreadPoolExecutor(
            at_once, thread_name_prefix="argon2", initializer=_behind_the_loop
        )
        # Made with the parameters of every other: who has no password takes as long to refuse.
        self._nobodys = hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """What is kept of a password. Raises Invalid, Busy."""
        if password in self._refused:
            raise Invalid("everybody knows this password: take another")
        return await self._in_thread(lambda: self._hasher.hash(password))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; None for who has none, at the same price. Raises Busy."""
        is_right = await self._in_thread(lambda: self._is_right(kept or self._nobodys, password))
        return is_right and kept is not None and password not in self._refused

    def is_outdated(self, kept: str) -> bool:
        """Whether it was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(kept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the threads; what they are at is finished."""
        self._threads.shutdown(wait=False)

    def _is_right(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], V]) -> V:
        loop = asyncio.get_running_loop()
        try:
            return await self._places.get(
                "password", lambda: loop.run_in_executor(self._threads, work)
            )
        except Overloaded as overloaded:
            raise Busy(
                "too many passwords to check at once; try again shortly",
                retry_after_s=math.ceil(overloaded.retry_after_s),
            ) from None


def _behind_the_loop() -> None:
    """Let a thread have its turn when the loop, and the other processes, need none."""
    if sys.platform == "linux":  # elsewhere priorities belong to processes, and the loop is in this
        os.nice(NICE)
