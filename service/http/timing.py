"""`Server-Timing` (W3C): what this answer waited for, in milliseconds."""

from typing import Protocol


class Timed(Protocol):
    """Where the time of one request went."""

    def times(self) -> tuple[float, float, float]:
        """Seconds of db, redis and app so far."""


def server_timing(trace: Timed) -> bytes:
    """The header's value. The three may overlap: see `service/observing/trace.py`."""
    db_s, redis_s, app_s = trace.times()
    return b"db;dur=%.3f, redis;dur=%.3f, app;dur=%.3f" % (db_s * 1e3, redis_s * 1e3, app_s * 1e3)
