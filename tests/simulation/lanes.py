"""A lane is a process: callbacks that run one after the other, in the order they became ready."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import Any


class Soon(asyncio.Handle):
    """A handle with no more than is needed: there are hundreds in a schedule."""

    __slots__ = ()

    def __init__(
        self, callback: Callable[..., object], args: Sequence[Any], context: Context
    ) -> None:
        self._context = context
        self._callback = callback
        self._args = args
        self._cancelled = False

    def cancel(self) -> None:
        """Do not run it."""
        self._cancelled = True


class Lane:
    """Callbacks that run one after the other, unless it is frozen; the dead are so for good."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ready: deque[asyncio.Handle] = deque()
        self.frozen = False
        self.dead = False
        self.tasks: list[asyncio.Task[Any]] = []
