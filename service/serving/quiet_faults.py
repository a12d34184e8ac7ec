"""A fault that every request meets is shown once a minute, not once a request."""

import logging
import time
from collections.abc import Callable

from redis.exceptions import AuthenticationError, AuthorizationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

QUIET_S = 60.0
MOST_KINDS = 1_000  # far more than there are places that raise; a bound, not a limit


class QuietFaults(logging.Filter):
    """Lets the first of equal faults pass in a minute; Redis being away needs no traceback."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._shown_at_s: dict[tuple[object, ...], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is shown; what is no fault always is."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        kind, now_s = _kind(error), self._clock()
        if now_s - self._shown_at_s.get(kind, -QUIET_S) < QUIET_S:
            return False
        if len(self._shown_at_s) >= MOST_KINDS:
            self._shown_at_s.clear()
        self._shown_at_s[kind] = now_s
        if _is_redis_away(error):
            record.exc_info, record.args = None, (str(error)[:200],)
            record.msg = "Redis is away, and this strategy does not do without it (%s)"
        return True


def _is_redis_away(error: BaseException) -> bool:
    """Whether Redis cannot be reached; one that answers with an error, or lets nobody in, can."""
    return isinstance(error, RedisConnectionError | RedisTimeoutError) and not isinstance(
        error, AuthenticationError | AuthorizationError
    )


def _kind(error: BaseException) -> tuple[object, ...]:
    """What it is and where it was raised; Redis is missed in many places for one reason."""
    if _is_redis_away(error):
        return (RedisConnectionError,)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = (trace.tb_frame.f_code.co_filename, trace.tb_lineno) if trace else ()
    return (type(error), *place)
