# SPDX-License-Identifier: MIT
"""Store: what the relay needs of a database; ``Table`` is one for asyncpg, write yours for others.

Closes: a relay that can only be had with one driver.
Race (why rows are settled inside ``take``, and not afterwards):
    1. a relay takes rows, gives them back to the database, and drops their entries
    2. meanwhile another relay takes the same rows, since nobody holds them
    3. a third kills the first between the drop and the note that it is done: who does them now?
  So the rows stay locked from the taking to the note, and a death in between unlocks them undone.
Does not: fence. Rows whose connection breaks in the middle are taken again by somebody else while
    the first is still at work: twice, which an idempotent ``apply`` does not mind.
Use:
    >>> Row(7, "renamed", '{"user_id": 42}').id
    7

Source: PostgreSQL, "SELECT", The Locking Clause.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Generic, NamedTuple, Protocol, TypeVar


class Identified(Protocol):
    """Anything with the number of its row."""

    @property
    def id(self) -> int:
        """Unique; it says nothing about the order of commits."""


R = TypeVar("R", bound=Identified)
R_co = TypeVar("R_co", bound=Identified, covariant=True)


class Row(NamedTuple):
    """One row: what happened, and to what, as JSON."""

    id: int
    change: str
    payload: str


class Locked(Protocol[R_co]):
    """Rows that are locked as long as the transaction is open."""

    @property
    def rows(self) -> Sequence[R_co]:
        """The rows."""

    def settle(self, ids: Sequence[int], /) -> Awaitable[None]:
        """Mark some of them done, in that transaction."""


class Taken(NamedTuple, Generic[R]):
    """A plain ``Locked``."""

    rows: Sequence[R]
    settle: Callable[[Sequence[int]], Awaitable[None]]


class Store(Protocol[R_co]):
    """The table, in any database and through any driver."""

    def take(
        self, limit: int, *, older_s: float, but: Sequence[int]
    ) -> AbstractAsyncContextManager[Locked[R_co]]:
        """Lock up to ``limit`` undone rows older than ``older_s`` seconds, but none of ``but``.

        In one transaction, committed at the end of the block, rolled back by an error in it.
        """

    async def recent(self, back_s: float, *, after: int, limit: int) -> Sequence[R_co]:
        """Read the next rows by id that were done, or written, in the last ``back_s`` seconds."""

    async def purge(self, keep_s: float, limit: int) -> int:
        """Delete up to ``limit`` rows done longer ago than ``keep_s`` seconds; say how many."""
