"""What becomes of a write whose cache entries cannot be dropped."""

import asyncio
import gc
from collections.abc import Sequence
from typing import Any

import pytest

from service.feed.changes import CountsStep, PostVoted
from service.strategies import invalidation
from service.strategies.invalidation import (
    AfterCommit,
    AfterCommitAndOutbox,
    InsideTransactionAndOutbox,
)

CHANGE = PostVoted(1, 2, CountsStep(version=3))


class Committed:
    """Of a commit, what is looked at after it."""

    changes = (CHANGE,)
    kept = (7,)


class Caches:
    """Drops what it is told to, fails, or hangs."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()

    async def drop(self, _entries: Sequence[Any]) -> None:
        """Drop entries."""
        self.asked.set()
        await self.gate.wait()
        if self.error:
            raise self.error


class Marked:
    """What `Settling` is asked to mark."""

    def __init__(self) -> None:
        self.ids: list[int] = []

    def add(self, ids: Sequence[int]) -> None:
        """Take them."""
        self.ids += ids


def announce(caches: Caches, marked: Marked, seen: list[str]) -> Any:
    """The strategy's piece, with everything about it in view."""
    made: Any = AfterCommitAndOutbox
    return made(caches, marked, lambda event, **_: seen.append(event))


async def test_what_was_dropped_is_marked() -> None:
    """So that no relay drops it again."""
    marked, seen = Marked(), list[str]()
    await announce(Caches(), marked, seen).after_commit(Committed())
    assert (marked.ids, seen) == ([7], [])


async def test_a_drop_that_fails_is_counted_and_left_to_the_relay() -> None:
    """The write stands, so it is no error of the write."""
    marked, seen = Marked(), list[str]()
    broken = Caches(ConnectionError("refused"))
    await announce(broken, marked, seen).after_commit(Committed())
    assert (marked.ids, seen) == ([], ["drop_failed"])


async def test_control_without_an_outbox_it_is_an_error_of_the_write() -> None:
    """The switch: the client is told of a failure, and the row is there."""
    made: Any = AfterCommit
    with pytest.raises(ConnectionError):
        await made(Caches(ConnectionError("refused"))).after_commit(Committed())


async def test_a_drop_that_hangs_does_not_hold_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a second the relay takes over."""
    monkeypatch.setattr(invalidation, "DROP_S", 0.001)
    marked, seen, hanging = Marked(), list[str](), Caches()
    hanging.gate.clear()
    async with asyncio.timeout(5):
        await announce(hanging, marked, seen).after_commit(Committed())
    assert (marked.ids, seen) == ([], ["drop_failed"])


async def test_a_writer_that_is_cancelled_marks_nothing() -> None:
    """Its client has gone; the row has not."""
    marked, seen, hanging = Marked(), list[str](), Caches()
    hanging.gate.clear()
    task = asyncio.create_task(announce(hanging, marked, seen).after_commit(Committed()))
    await hanging.asked.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert (marked.ids, seen) == ([], [])


async def test_what_never_commits_is_not_kept() -> None:
    """The drop failed, and the transaction after it: nobody asks for it again."""

    class Begun(Committed):
        async def keep(self) -> None:
            """Rolled back with the rest."""

    made: Any = InsideTransactionAndOutbox
    broken = Caches(ConnectionError("refused"))
    announce, begun = made(broken, Marked()), Begun()
    await announce.before_commit(begun)
    del begun, broken.error  # whose traceback holds it
    gc.collect()
    assert len(announce._failed) == 0
