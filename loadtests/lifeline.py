"""How a run ends before its time: by a signal, or when whoever started it has gone."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

POLL_S = 0.5
PATIENCE_S = 30.0  # ends of all servers, each asked and then killed, take less
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """Cancels a task, once: a second request must not cut its clean-up short.

    Python's own Ctrl-C raises in whatever runs from the second one on, the event loop included; a
    loop that lost a wake-up so waits for ever.
    """

    def __init__(
        self,
        task: asyncio.Task[object],
        tell: Callable[[], None],
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._task, self._tell = task, tell
        self._patience_s = patience_s
        self._is_asked = False

    def listen(self) -> None:
        """From now on signals are requests to stop, and no exceptions."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.ask)

    def ask(self) -> None:
        """Stop; said aloud at once, since what was started takes a while to end."""
        if not self._is_asked:
            self._is_asked = True
            self._tell()
            self._task.cancel()
            asyncio.get_running_loop().call_later(self._patience_s, self._let_go)

    def _let_go(self) -> None:
        """A clean-up that hangs must not hold whoever asks once more."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.remove_signal_handler(number)


async def stop_without(
    parent: int | None,
    stop: Callable[[], None],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Stop, which ends all that was started, once our parent is not `parent` any more.

    Without a `parent` to watch, never.
    """
    while parent is None or os.getppid() == parent:
        await sleep(POLL_S)
    stop()
