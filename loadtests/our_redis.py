"""Clients of our own at a cache server: what it did for them is counted, so it can be left out."""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError


@dataclass
class Tally:
    """Commands that one server carried out for us, over whichever connection, handshakes too."""

    answered: int = 0


def our_redis(url: str, tally: Tally) -> Any:
    """A client whose commands are counted."""
    redis: Any = Redis.from_url(url, decode_responses=True, socket_timeout=30)
    pool = redis.connection_pool
    # Whatever kind of connection the URL asks for: plain, TLS or a socket.
    pool.connection_class = _counting(pool.connection_class, tally)
    return redis


def _counting(kind: Any, tally: Tally) -> Any:
    class Counting(kind):  # type: ignore[misc]
        """Each command has one answer, those of pipelines and transactions as well."""

        async def read_response(self, *arguments: Any, **options: Any) -> Any:
            """One more, unless the server does not know the command: that it does not count."""
            try:
                answer = await super().read_response(*arguments, **options)
            except ResponseError as error:
                tally.answered += not str(error).lower().startswith("unknown")
                raise
            tally.answered += 1
            return answer

    return Counting
