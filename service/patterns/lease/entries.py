# SPDX-License-Identifier: MIT
"""Entries: values to bytes and back, with their lives, and a copy kept of what was seen.

Closes: a value stored without a TTL, served without its age, or trusted without being ours.
Race (soft and hard expiry):
    1. a value expires; until its load is over every reader waits, or loads as well
    2. with a soft expiry before the hard one, the value is still there while one load runs
    3. a load that fails leaves the value as it was; at the hard expiry it is gone for good
Does not: compare hosts' clocks. The hard life is counted by the server, the soft one from the
    loader's clock by the reader's: they must agree to a fraction of the soft life.
Use:
    >>> entries = Entries[str](
    ...     encode=str.encode, decode=bytes.decode, ttl=lambda _: 600, fresh=lambda _: 60,
    ...     clock=lambda: 1070.0)
    >>> sealed = entries.seal("hello", 1000.0, 0.25)
    >>> sealed.ttl_s, sealed.fresh_until_s
    (600, 1060.0)
    >>> entries.open("example:{42}", sealed.raw, entries.copies.epoch)
    Opened(value='hello', due=True, late_s=10.0)

Source: stale-while-revalidate: RFC 5861, section 3.
"""

import time
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from .copies import Copies
from .envelope import MOST_S, Envelope, pack, unpack

V = TypeVar("V")


class Sealed(NamedTuple):
    """Bytes to store, for how long, and until when (since the epoch) they count as fresh.

    A life of ``None`` is one without a TTL.
    """

    raw: bytes
    ttl_s: float | None
    fresh_until_s: float


class Opened(NamedTuple, Generic[V]):
    """A cached value, whether it is due for a refresh, and the seconds past its soft life."""

    value: V
    due: bool
    late_s: float


def expired(envelope: Envelope, now_s: float) -> bool:
    """Refresh when the soft expiry has passed; early_expiration.py has a better answer."""
    return now_s >= envelope.fresh_until_s


class Entries(Generic[V]):
    """The codec, the lives and the copies of one kind of entry; arguments as for ``Lease``."""

    def __init__(
        self,
        *,
        encode: Callable[[V], bytes],
        decode: Callable[[bytes], V],
        ttl: Callable[[V], float | None],
        fresh: Callable[[V], float | None] | None = None,
        refresh_due: Callable[[Envelope, float], bool] = expired,
        compress_over_bytes: int = 512,
        stale_for_s: float = 0.0,
        copies: int = 1024,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.copies = Copies[V](most=copies, stale_for_s=stale_for_s, clock=clock)
        self._encode = encode
        self._decode = decode
        self._ttl = ttl
        self._fresh = fresh
        self._refresh_due = refresh_due
        self._compress_over_bytes = compress_over_bytes
        self._clock = clock

    def seal(self, value: V, started_at_s: float, load_s: float) -> Sealed:
        """Wrap a value whose load began at ``started_at_s`` and took ``load_s``."""
        ttl_s = self._ttl(value)
        # The soft life counts from the start of the load: what was written to the database
        # after that may be missing from the value.
        lives_s = (ttl_s, None if self._fresh is None else self._fresh(value))
        fresh_for_s = min((life_s for life_s in lives_s if life_s is not None), default=MOST_S)
        raw = pack(
            self._encode(value),
            written_at_s=started_at_s,
            fresh_for_s=fresh_for_s,
            load_s=load_s,
            compress_over_bytes=self._compress_over_bytes,
        )
        return Sealed(raw, ttl_s, started_at_s + fresh_for_s)

    def open(self, key: str, raw: bytes | None, epoch: int) -> Opened[V] | None:
        """Unwrap bytes read after ``epoch`` was noted; ``None`` if absent, foreign or broken.

        They are broken when ``decode`` raises, whatever it raises; the next fill replaces them.
        """
        if raw is None:
            return None
        try:
            envelope = unpack(raw)
            value = self._decode(envelope.payload)
        except Exception:  # noqa: BLE001 - of another release or broken: whatever is raised, a miss
            return None
        self.copies.keep(key, value, fresh_until_s=envelope.fresh_until_s, epoch=epoch)
        now_s = self._clock()
        late_s = max(0.0, now_s - envelope.fresh_until_s)
        return Opened(value, self._refresh_due(envelope, now_s), late_s)
