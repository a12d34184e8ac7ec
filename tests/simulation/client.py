"""What our patterns use of `redis.asyncio.Redis`, in front of the server in memory."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError

from tests.simulation.keyspace import Argument, to_bytes
from tests.simulation.lanes import Lane
from tests.simulation.links import Link, Message
from tests.simulation.scheduler import Scheduler
from tests.simulation.server import Answer, Command, Server
from tests.simulation.weather import Weather


class Client:
    """One process's client; a task that is cancelled while it waits has sent its command."""

    def __init__(self, loop: Scheduler, server: Server, weather: Weather, lane: Lane) -> None:
        self.loop = loop
        self.server = server
        self.weather = weather
        self.lane = lane
        self.closed = False

    async def send(self, commands: Sequence[Command]) -> list[Answer]:
        """Send commands in one go."""
        if self.closed:
            raise Disconnected("This process has ended.")
        return await self.server.ask(self.lane, commands)

    async def execute_command(self, *command: Argument) -> Any:
        """Run one command."""
        (answer,) = await self.send([command])
        if isinstance(answer, RedisError):
            raise answer
        return answer

    async def get(self, key: Argument) -> Any:
        """GET."""
        return await self.execute_command("GET", key)

    async def mget(self, keys: Sequence[Argument]) -> Any:
        """MGET."""
        return await self.execute_command("MGET", *keys)

    async def delete(self, *keys: Argument) -> Any:
        """DEL."""
        return await self.execute_command("DEL", *keys)

    async def publish(self, channel: Argument, message: Argument) -> Any:
        """PUBLISH."""
        return await self.execute_command("PUBLISH", channel, message)

    async def info(self, *_sections: str) -> dict[str, Any]:
        """INFO, as far as it tells one server from another."""
        answer = await self.execute_command("INFO")
        run_id = answer.decode().removeprefix("run_id:")
        return {"run_id": run_id, "role": "master", "master_replid": run_id}

    def pipeline(self, *, transaction: bool = True) -> "Pipeline":
        """Commands to be sent in one go."""
        assert not transaction, "no pattern of ours uses MULTI"
        return Pipeline(self)

    def pubsub(self) -> "Pubsub":
        """A subscription of its own."""
        return Pubsub(self)


class Pipeline:
    """Commands, collected."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._commands: list[Command] = []

    def execute_command(self, *command: Argument) -> Self:
        """Add one."""
        self._commands.append(command)
        return self

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Send them."""
        if not self._commands:
            return []
        answers = await self._client.send(self._commands)
        for answer in answers:
            # A lost connection fails the whole pipeline, whoever asked for errors as answers.
            if isinstance(answer, Disconnected) or (
                raise_on_error and isinstance(answer, RedisError)
            ):
                raise answer
        return list(answers)


class Pubsub:
    """A connection of its own, opened by the first command."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._link = Link(client.loop, client.lane, client.weather.trip_s, client.server.trace)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._client.server.unsubscribe(self._link)

    async def subscribe(self, *channels: str) -> None:
        """Connect, and send the command; the answers are messages."""
        server = self._client.server
        await self._client.execute_command("PING")  # connecting is a round trip
        names = [to_bytes(channel) for channel in channels]
        self._client.loop.arrive(
            server.lane, self._client.weather.trip_s(), server.subscribe, self._link, names
        )

    async def ping(self) -> None:
        """Ask for a sign of life; the answer is a message."""
        if self._link.broken:
            raise Disconnected("The subscription was reset.")
        self._link.push("pong", b"", b"")

    async def get_message(self, timeout: float = 0.0) -> Message | None:  # noqa: ASYNC109 - redis-py's
        """The next message, waited for no longer than `timeout` seconds."""
        return await self._link.next(timeout)
