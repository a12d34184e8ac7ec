"""Link: one connection that touches nothing, commands in, replies out, errors among them.

Closes: a pool. `CLIENT NO-TOUCH` holds for one connection; sent through a client of a pool it holds
    for the next command at best, and whatever another connection reads has its idle time reset.
"""

from collections.abc import Sequence
from typing import Any

from redis.connection import Connection, parse_url
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from .errors import AuditError

Word = bytes | str | int
Reply = Any
TIMEOUT_S = 30.0


class Link:
    """One server. Whether it leaves idle times alone stands in `no_touch`, and why not if not."""

    def __init__(self, url: str, *, no_touch: bool = True, **instead: Any) -> None:
        try:
            given: dict[str, Any] = {**parse_url(url), **instead}  # type: ignore[no-untyped-call]
        except ValueError as error:
            raise AuditError(f"the address is wrong: {error}") from None
        made: Any = given.pop("connection_class", Connection)
        self.database = int(given.get("db", 0))
        self._asks_no_touch = no_touch
        self.no_touch = False
        self.no_touch_refused: str | None = None
        self.commands = 0  # each counts as a hit or a miss of the server's own, too
        # RESP2, and no word of the library about itself: a user may connect that may do no more
        # than what the audit needs.
        self._connection: Any = made(
            **{"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S, **given},
            protocol=2,
            driver_info=None,
            redis_connect_func=self._greet,
        )

    def ask(self, *words: Word) -> Reply:
        """One command's reply. Raises ResponseError for a refusal."""
        [reply] = self.ask_all([words])
        if isinstance(reply, ResponseError):
            raise reply
        return reply

    def ask_all(self, commands: Sequence[Sequence[Word]]) -> list[Reply]:
        """Replies in the order of the commands; what a command raises stands in its place."""
        if not commands:
            return []
        self.commands += len(commands)
        try:
            self._connection.connect()
            self._connection.send_packed_command([packed(commands)], check_health=False)
            return [self._reply() for _ in commands]
        except (RedisError, OSError) as error:
            self._connection.disconnect()
            raise AuditError(f"the server cannot be asked: {error}") from None

    def close(self) -> None:
        """Leave."""
        self._connection.disconnect()

    def _reply(self) -> Reply:
        try:
            return self._connection.read_response(disable_decoding=True)
        except ResponseError as error:
            return error

    def _greet(self, connection: Any) -> None:
        # On every connect, before anything is read: a link that was cut comes back as harmless.
        connection.on_connect()
        if not self._asks_no_touch:
            return
        connection.send_command("CLIENT", "NO-TOUCH", "ON", check_health=False)
        try:
            connection.read_response()
            self.no_touch = True
        except ResponseError as error:
            self.no_touch_refused = reason_of(error)


def packed(commands: Sequence[Sequence[Word]]) -> bytes:
    """Commands as they go over the wire; by hand, as the library takes most of a scan's time."""
    parts: list[bytes] = []
    for words in commands:
        parts.append(b"*%d\r\n" % len(words))
        for word in words:
            raw = word if isinstance(word, bytes) else str(word).encode()
            parts.append(b"$%d\r\n%b\r\n" % (len(raw), raw))
    return b"".join(parts)


def reason_of(error: ResponseError) -> str:
    """A refusal in one line, with its code where the library has cut that off."""
    text = (str(error).splitlines() or ["refused"])[0]
    return f"NOPERM {text}" if isinstance(error, NoPermissionError) else text
