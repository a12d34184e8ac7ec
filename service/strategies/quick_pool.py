"""A pool of connections to Redis that takes no lock where there is nothing to wait for.

redis-py's own takes a condition, a timeout and two contexts to hand out a connection that lies
there, and as much to take it back: half of what a GET costs. What is checked is the same; what is
told is less: OpenTelemetry's counters of the pool, and the event after each release that renews
streamed credentials. No URL asks for either.
"""

from typing import Any

from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import AbstractConnection


class QuickPool(BlockingConnectionPool):
    """redis-py's, with a short way for whoever need not wait.

    While somebody waits all go redis-py's way: nobody takes the short one past them.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._waiting = 0

    async def get_connection(
        self, command_name: Any = None, *keys: Any, **options: Any
    ) -> AbstractConnection:
        """A connection that is ready for a command."""
        if self._waiting or self._in_maintenance or not self._available_connections:
            self._waiting += 1
            try:
                return await super().get_connection()  # type: ignore[no-any-return, no-untyped-call]
            finally:
                self._waiting -= 1
        connection = self._available_connections.pop()
        self._in_use_connections.add(connection)
        try:
            await self.ensure_connection(connection)
        except BaseException:
            await self.release(connection)
            raise
        return connection

    async def release(self, connection: AbstractConnection) -> None:
        """Take a connection back."""
        must_end = connection.should_reconnect()  # type: ignore[no-untyped-call]
        if self._waiting or self._in_maintenance or must_end:
            await super().release(connection)
            return
        self._in_use_connections.remove(connection)
        self._available_connections.append(connection)
