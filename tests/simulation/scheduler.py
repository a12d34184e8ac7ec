"""An event loop whose every choice comes from a seed: what runs next, and when a message arrives.

It runs several *lanes*, each an event loop of its own as far as the code in it can tell: callbacks
in the order in which they became ready, as asyncio promises, and nothing of another lane between
two of its own unless the seed says so. A lane stands for a process: it can stand still, or die.
Time is virtual and moves only when nothing is left to do.
"""

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import Context, ContextVar, copy_context
from itertools import count
from typing import Any, TypeVar, TypeVarTuple

from tests.simulation.lanes import Lane, Soon

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# Since the epoch: some clocks of the patterns are stored as milliseconds of it.
START_S = 1_000_000.0
# No schedule of ours comes near; one that does is going round in circles.
MOST_STEPS = 20_000


class Stuck(AssertionError):
    """Nothing is ready, no timer is set, and yet somebody waits."""


# The lane of a task, which follows it into what it waits for: whoever ends the wait, the task goes
# on in its own. A task with an empty context has the lane of whoever ends its wait.
_LANE: ContextVar[Lane] = ContextVar("lane")


class Scheduler(asyncio.AbstractEventLoop):
    """The loop; `steps` counts what has run, and orders events that share an instant."""

    def __init__(self, seed: object) -> None:
        self.random = random.Random(repr(seed))
        self._draw = self.random.random
        self.steps = 0
        self.failures: list[dict[str, Any]] = []
        self.main = Lane("world")
        self.lane = self.main
        self._context = Context()  # of messages: they belong to nobody's request
        self._lanes = [self.main]
        # Messages under way: which of them arrives next is anybody's guess.
        self._air: list[tuple[Lane, asyncio.Handle]] = []
        self._timers: list[tuple[float, int, Lane, asyncio.Handle]] = []
        self._numbers = count()
        self._now_s = START_S
        self._running = False
        self._closed = False

    def new_lane(self, name: str) -> Lane:
        """Add a process."""
        self._lanes.append(Lane(name))
        return self._lanes[-1]

    def spawn(self, lane: Lane, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task in a lane; what it starts is in that lane as well."""
        context = copy_context()
        context.run(_LANE.set, lane)
        task: asyncio.Task[T] = asyncio.Task(work, loop=self, context=context)
        lane.tasks.append(task)
        return task

    def arrive(self, lane: Lane, delay_s: float, hear: Callable[..., None], *args: Any) -> None:
        """Run `hear` in a lane after a delay, or, at 0, at some moment of this instant."""
        handle = Soon(hear, args, self._context)
        if delay_s > 0:
            self._set(self._now_s + delay_s, lane, handle)
        else:
            self._air.append((lane, handle))

    def run_until_complete(self, future: Awaitable[T] | Generator[Any, None, T]) -> T:
        """Run until `future` is done. Raises `Stuck` when that cannot happen any more."""
        asyncio._set_running_loop(self)
        self._running = True
        try:
            assert asyncio.iscoroutine(future)
            waited: asyncio.Task[T] = self.spawn(self.main, future)
            while not waited.done():
                handle = self._next()
                if not handle._cancelled:
                    handle._context.run(handle._callback, *handle._args)  # type: ignore[attr-defined]
            return waited.result()
        finally:
            self._running = False
            asyncio._set_running_loop(None)

    def _next(self) -> asyncio.Handle:
        """The seed's choice among the first of each lane and all that is in the air."""
        air = self._air
        while True:
            lanes = [lane for lane in self._lanes if lane.ready and not lane.frozen]
            choices = len(lanes) + len(air)
            if not choices:
                self._pass_time()
                continue
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise Stuck(f"after {MOST_STEPS} steps this schedule has still not ended")
            pick = int(self._draw() * choices) if choices > 1 else 0
            if pick < len(lanes):
                self.lane = lanes[pick]
                return self.lane.ready.popleft()
            place = pick - len(lanes)
            air[place], air[-1] = air[-1], air[place]
            self.lane, handle = air.pop()
            if not self.lane.frozen:
                return handle
            self.lane.ready.append(handle)  # it waits in the socket

    def _pass_time(self) -> None:
        """Go to the next timer, and make ready all that is due then."""
        timers = self._timers
        if not timers:
            raise Stuck(f"nobody will ever wake {sorted(map(str, asyncio.all_tasks(self)))}")
        self._now_s = max(self._now_s, timers[0][0])
        while timers and timers[0][0] <= self._now_s:
            _when, _number, lane, handle = heapq.heappop(timers)
            if not handle._cancelled:
                lane.ready.append(handle)

    def _set(self, when_s: float, lane: Lane, handle: asyncio.Handle) -> None:
        heapq.heappush(self._timers, (when_s, next(self._numbers), lane, handle))

    # What asyncio asks of a loop.

    def time(self) -> float:
        """The virtual time."""
        return self._now_s

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Run at the end of a lane's queue."""
        handle = Soon(callback, args, copy_context() if context is None else context)
        lane = self.lane if context is None else context.get(_LANE, self.lane)
        lane.ready.append(handle)
        return handle

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:  # fmt: skip
        """Run in this lane at a time."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._set(when, self.lane, handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:  # fmt: skip
        """Run in this lane after a delay."""
        return self.call_at(self._now_s + delay, callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Coroutine[Any, Any, T] | Generator[Any, None, T], *,
        name: object = None, context: Context | None = None,
    ) -> asyncio.Task[T]:  # fmt: skip
        """A task of the running lane."""
        task: asyncio.Task[T] = asyncio.Task(coro, loop=self, context=context)
        self.lane.tasks.append(task)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Note it: a schedule in which an error went nowhere has failed."""
        self.failures.append(context)

    def get_debug(self) -> bool:
        """No."""
        return False

    def is_running(self) -> bool:
        """Whether it runs."""
        return self._running

    def is_closed(self) -> bool:
        """Never; there is nothing to close."""
        return self._closed

    def _timer_handle_cancelled(self, handle: asyncio.Handle) -> None:
        """Cancelled timers are skipped when their time comes."""


def new_scheduler(seed: object) -> Scheduler:
    """A loop with what asyncio itself needs of one; no files, signals or processes."""
    return Scheduler(seed)  # type: ignore[abstract]
