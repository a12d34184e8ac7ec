"""Ids of posts and comments: when one was made, and which ones nothing can have.

An id begins with the milliseconds of its making. One from the future names nothing yet, so whoever
asks for it is answered without a look anywhere: of all ids that could be written these are most.
"""

import time
from collections.abc import Callable

from service.feed.errors import NotFound

ID_EPOCH_MS = 1_199_145_600_000  # 2008-01-01T00:00:00Z: older than any public forum data we load
ID_SEQUENCE_BITS = 12  # 4,096 ids a millisecond before two could meet
AHEAD_S = 3600.0  # ids are made by the database's clock, which may be before ours, but not so far


def may_exist(thing_id: int, *, clock: Callable[[], float] = time.time) -> bool:
    """Whether an id can have been made by now."""
    made_ms = (thing_id >> ID_SEQUENCE_BITS) + ID_EPOCH_MS
    return made_ms <= (clock() + AHEAD_S) * 1000


def possible(thing_id: int) -> int:
    """The id itself. Raises NotFound for one that nothing can have."""
    if not may_exist(thing_id):
        raise NotFound("nothing has this id")
    return thing_id
