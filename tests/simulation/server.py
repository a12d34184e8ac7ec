"""One Redis server in memory: commands arrive, are done one at a time, and are answered.

Between a command and its answer lie two journeys, and between the commands of a pipeline others'
may come. Faults are done to it from outside (`faults.py`).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeAlias

from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import NoScriptError, RedisError

from tests.simulation.keyspace import Argument, Keyspace, Reply, Value, to_bytes
from tests.simulation.lanes import Lane
from tests.simulation.links import Link
from tests.simulation.scheduler import Scheduler
from tests.simulation.scripts import KNOWN, UnknownScript, digest
from tests.simulation.trace import Trace, told
from tests.simulation.weather import Weather

Command: TypeAlias = tuple[Argument, ...]
Answer: TypeAlias = Reply | RedisError
Keys: TypeAlias = dict[bytes, tuple[Value, int | None]]

# A replica that is promoted lacks at most this many of the last changes.
MOST_LAG = 6


class Request:
    """Commands of one client on their way, and the answers so far."""

    def __init__(self, sender: Lane, commands: Sequence[Command], generation: int) -> None:
        self.sender = sender
        self.commands = commands
        self.generation = generation
        self.answers: list[Answer] = []
        self.over: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()


class Server:
    """`before` and `after` are called round each command, with the sender and a short name.

    `overheard` says whether a message reaches a link, `dropped` is told of each value dropped.
    """

    def __init__(self, loop: Scheduler, weather: Weather, trace: Trace) -> None:
        self.keyspace = Keyspace(loop.time, self._publish)
        self.links: list[Link] = []
        self.run_id = 1
        self.down = False
        self.generation = 0  # of connections: a cut ends all there are
        self.before: Callable[[Lane, str], bool] = lambda _lane, _name: True
        self.after: Callable[[Lane, str], None] = lambda _lane, _name: None
        self.overheard: Callable[[Link, bytes], bool] = lambda _link, _channel: True
        self.dropped: Callable[[str], None] = lambda _key: None
        self.replicated: deque[Keys] | None = None  # the data after each of the last commands
        self._loop = loop
        self._weather = weather
        self.trace = trace
        self.lane = loop.new_lane("redis")
        self._scripts: set[str] = set()

    async def ask(self, sender: Lane, commands: Sequence[Command]) -> list[Answer]:
        """Send commands, wait for the answers; errors are among them."""
        if self.down:
            raise Disconnected("The connection was refused.")
        request = Request(sender, commands, self.generation)
        self._loop.arrive(self.lane, self._weather.trip_s(), self._receive, request)
        return await request.over

    def _receive(self, request: Request) -> None:
        while len(request.answers) < len(request.commands):
            if request.generation != self.generation:
                break
            command = request.commands[len(request.answers)]
            request.answers.append(self._do(request.sender, command))
            if len(request.answers) < len(request.commands) and self._weather.interrupts():
                self._loop.arrive(self.lane, 0, self._receive, request)
                return
        self._loop.arrive(request.sender, self._weather.trip_s(), self._answer, request)

    def _answer(self, request: Request) -> None:
        if request.over.done():  # its caller was cancelled
            return
        if request.generation != self.generation:
            request.over.set_exception(Disconnected("The connection was reset."))
        else:
            request.over.set_result(request.answers)

    def _do(self, sender: Lane, command: Command) -> Answer:
        name = self._named(command)
        if not self.before(sender, name):
            lost = Disconnected("lost on the way")
            self.trace(sender.name, lambda: told(name, command, lost))
            return lost
        answer = self._execute(command)
        self.trace(sender.name, lambda: told(name, command, answer))
        if name == "drop" and answer == 1:
            self.dropped(str(command[3]))
        if self.replicated is not None:
            self.replicated.append(dict(self.keyspace.keys))
        self.after(sender, name)
        return answer

    def _named(self, command: Command) -> str:
        name = str(command[0])
        if name == "EVALSHA":
            return KNOWN[str(command[1])][0] if str(command[1]) in KNOWN else name
        return KNOWN[digest(str(command[1]))][0] if name == "EVAL" else name

    def _execute(self, command: Command) -> Answer:
        name, *arguments = command
        if name == "INFO":
            return b"run_id:%040x" % self.run_id
        if name not in {"EVAL", "EVALSHA"}:
            return self.keyspace.call(str(name), *arguments)
        sha = digest(str(arguments[0])) if name == "EVAL" else str(arguments[0])
        if name == "EVALSHA" and sha not in self._scripts:
            return NoScriptError("No matching script.")
        if sha not in KNOWN:
            raise UnknownScript(f"restate this in tests/simulation/scripts.py: {arguments[0]!s}")
        self._scripts.add(sha)
        keys = int(str(arguments[1]))
        given = [to_bytes(argument) for argument in arguments[2:]]
        return KNOWN[sha][1](self.keyspace.call, given[:keys], given[keys:])

    # Pub/sub.

    def subscribe(self, link: Link, channels: Sequence[bytes]) -> None:
        """The command has arrived: from here on the link hears these channels."""
        if link.broken:
            return
        self.links.append(link)
        for place, channel in enumerate(channels, start=1):
            link.channels.add(channel)
            link.push("subscribe", channel, place)

    def unsubscribe(self, link: Link) -> None:
        """Its socket was closed."""
        link.broken = True
        self.links = [other for other in self.links if other is not link]

    def _publish(self, channel: bytes, message: bytes) -> int:
        hearing = [link for link in self.links if channel in link.channels]
        for link in hearing:
            if self.overheard(link, channel):
                link.push("message", channel, message)
        return len(hearing)

    # What is done to it.

    def links_of(self, lane: Lane) -> list[Link]:
        """The subscriptions of one process."""
        return [link for link in self.links if link.lane is lane]

    def hang_up(self, lane: Lane) -> None:
        """A process has died: its sockets are closed."""
        for link in self.links_of(lane):
            self.unsubscribe(link)

    def come_back(self) -> None:
        """Answer again."""
        self.down = False

    def cut(self) -> None:
        """End all connections: what is under way is lost, here or on its way back."""
        self.generation += 1
        for link in self.links:
            link.cut()
        self.links = []

    def restart(self, keys: Keys) -> None:
        """Another server answers from now on, with other data and no scripts."""
        self.run_id += 1
        self._scripts.clear()
        self.keyspace.restore(keys)
        self.cut()

    def fail_over(self) -> None:
        """A replica takes over; it lacks the last changes."""
        states = self.replicated or deque([self.keyspace.keys])
        lag = min(len(states), 1 + int(self._loop.random.random() * MOST_LAG))
        self.trace("fault", lambda: f"failover; the replica lacks the last {lag - 1} commands")
        self.restart(states[-lag])
