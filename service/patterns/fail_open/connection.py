# SPDX-License-Identifier: MIT
"""Prompt connection: a redis-py connection that asks the breaker, then answers in time or fails.

Closes: redis-py's defaults, with which one GET took 4.9 s against a refused port and 59.5 s against
    a hung server (8.1: 5 s per attempt, 10 retries).
Race (why the limit is not ``socket_timeout``):
    1. redis-py's limit is asyncio.timeout: it fires when the loop was late, answer or not
       (patience.py), and so a burst of requests opens the breaker on a healthy server
    2. its write goes through asyncio.wait_for, which on Python 3.11 can lose a cancellation
  Here one timer watches a command from the send to the reply, and ends it by closing the socket.
Does not: retry, or count waiting for the pool: that is our own load. Subscriptions and blocking
    commands need a client of their own: they wait by design. One breaker per server, so it is not
    for a cluster: its client makes the connections to all nodes itself, and takes no class for
    them. There FailOpen answers as well, but each request waits for that client's own timeouts.
Use:
    >>> from redis.asyncio import BlockingConnectionPool
    >>> async def main() -> bytes | None:
    ...     pool = BlockingConnectionPool.from_url(
    ...         REDIS_URL, connection_class=PromptConnection, breaker=Breaker())
    ...     async with Redis.from_pool(pool) as redis:
    ...         return await redis.get("nothing:{42}")
    >>> asyncio.run(main()) is None
    True

Source: redis-py 8.1, asyncio/connection.py; AWS Builders' Library, "Timeouts, retries, and backoff
    with jitter".
"""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from redis.asyncio import Connection, SSLConnection
from redis.asyncio.connection import UnixDomainSocketConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from .breaker import Breaker, Outcome
from .packing import Packed
from .patience import Patience


class _Prompt(Packed):
    """What is prompt about a connection, over any transport.

    ``connect_s`` bounds connecting with its handshake, ``command_s`` a command from the send to
    each of its replies. Errors are redis-py's own; also for a refusal of the breaker.
    """

    def __init__(
        self, *, breaker: Breaker, connect_s: float = 0.1, command_s: float = 0.05, **options: Any
    ) -> None:
        # Whatever a URL may say: no other clock, and no retries.
        options |= {"socket_timeout": None, "socket_connect_timeout": None, "retry": None}
        super().__init__(**options | {"retry_on_timeout": False, "retry_on_error": []})
        self._breaker = breaker
        self._connect_s = connect_s
        self._command_s = command_s
        self._permit: int | None = None
        self._patience: Patience | None = None
        self._sent_at_s = 0.0
        self._connecting = False

    async def connect(self) -> None:
        """Ask the breaker, then connect if need be; a pool calls this before each use."""
        self._leave("cancelled")  # of a use that came to nothing, such as an unsendable argument
        self._enter()
        if self.is_connected:
            return
        self._connecting = True
        try:
            with self._reporting():
                await self._connect_in_time()
        except BaseException:
            # redis-py cleans up after errors of its own only; half a handshake is no connection.
            await self.disconnect(nowait=True)
            raise
        finally:
            self._connecting = False

    async def send_packed_command(
        self, command: bytes | str | Iterable[bytes], check_health: bool = True
    ) -> None:
        """Send, and start the clock."""
        if self._connecting:  # the handshake, under the limit of its own
            await super().send_packed_command(command, check_health)
            return
        if not self.is_connected:
            await self.connect()
        if self._permit is None:
            self._enter()
        self._sent_at_s = asyncio.get_running_loop().time()
        self._watch()
        with self._reporting():
            await super().send_packed_command(command, check_health)

    async def read_response(
        self,
        disable_decoding: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109 - redis-py's signature
        **options: Any,
    ) -> Any:
        """Read a reply; the clock has been running since the send."""
        if self._connecting:
            return await super().read_response(disable_decoding, timeout, **options)
        if timeout is not None:  # a caller who waits by design, and says how long
            self._end()
            self._leave("cancelled")
            return await super().read_response(disable_decoding, timeout, **options)
        if self._patience is None:
            self._watch()  # the next reply of a pipeline
        try:
            with self._reporting():
                return await super().read_response(disable_decoding, **options)
        finally:
            if (patience := self._end()) is not None:
                took_s = asyncio.get_running_loop().time() - self._sent_at_s
                self._leave("slow" if patience.slow else "ok", took_s)

    async def _connect_in_time(self) -> None:
        limit_s = self._breaker.limit_s(self._connect_s)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as timeout:
                patience = Patience(
                    lambda: timeout.reschedule(loop.time()), slow_s=limit_s, limit_s=limit_s
                )
                try:
                    await super().connect()  # type: ignore[no-untyped-call]
                finally:
                    patience.end()
        except TimeoutError:
            raise RedisTimeoutError(f"Not connected within {limit_s * 1000:.0f} ms.") from None

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        """Tell the breaker of errors, and call a link that was given up by its name."""
        try:
            yield
        except ResponseError:
            raise  # that is an answer
        except BaseException as error:
            patience = self._end()
            # A caller who went away proves nothing.
            self._leave("failed" if isinstance(error, Exception) else "cancelled")
            if patience is not None and patience.over and isinstance(error, Exception):
                raise RedisTimeoutError("Redis did not answer in time.") from None
            raise

    def _enter(self) -> None:
        self._permit = self._breaker.enter()
        if self._permit is None:
            raise RedisConnectionError("Redis is not asked: the breaker is open.")

    def _leave(self, outcome: Outcome, took_s: float = 0.0) -> None:
        if self._permit is not None:
            permit, self._permit = self._permit, None
            self._breaker.leave(permit, outcome, took_s)

    def _watch(self) -> None:
        self._end()
        self._patience = Patience(
            self._abort,
            slow_s=self._breaker.slow_s,
            limit_s=self._breaker.limit_s(self._command_s),
            since_s=self._sent_at_s,
        )

    def _end(self) -> Patience | None:
        patience, self._patience = self._patience, None
        if patience is not None:
            patience.end()
        return patience

    def _abort(self) -> None:
        # Not a cancellation, which the caller's own could get mixed up with: the socket is closed,
        # and who waits for it finds that out. A late reply has nowhere to go, nor has unsent data.
        if self._writer is not None:
            self._writer.transport.abort()


class PromptConnection(_Prompt, Connection):
    """Over TCP; give it to a pool as ``connection_class``, with ``breaker``."""


class PromptSSLConnection(_Prompt, SSLConnection):
    """Over TLS."""


class PromptUnixConnection(_Prompt, UnixDomainSocketConnection):
    """Over a Unix socket."""
