"""Scanning: every key of one node once, in batches, until all are seen or a bound is reached."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from redis.exceptions import ResponseError

from .errors import AuditError
from .link import Link, reason_of
from .options import Options
from .seen import Seen


@dataclass(slots=True)
class Progress:
    """How far a scan is. `partial` says why it did not see everything; `None`: it did."""

    total: int | None
    options: Options
    began_s: float = field(default_factory=time.monotonic)
    given: int = 0  # by SCAN, repeats among them
    scanned: int = 0
    partial: str | None = None

    def bound(self, clock: Callable[[], float] = time.monotonic) -> str | None:
        """Which bound is reached, in words; `None` while there is room."""
        options = self.options
        if options.budget_s is not None and clock() - self.began_s >= options.budget_s:
            return f"the time budget of {options.budget_s:g} s was over"
        if options.most_keys is not None and self.scanned >= options.most_keys:
            return f"a sample of {options.most_keys:,} keys was asked for"
        if self.total is not None:
            most = max(options.outgrown_floor, options.outgrown_times * self.total)
            if self.given >= most:
                return "keys came faster than SCAN could end"
        return None


def batches(link: Link, progress: Progress, seen: Seen) -> Iterator[list[bytes]]:
    """Keys not seen before. What ended the scan early stands in `progress.partial` afterwards."""
    cursor = b"0"
    while True:
        if why := progress.bound():
            progress.partial = why
            return
        try:
            cursor, keys = link.ask("SCAN", cursor, "COUNT", progress.options.count)
        except ResponseError as error:
            raise AuditError(
                f"without SCAN there is no audit: grant +scan ({reason_of(error)})"
            ) from None
        progress.given += len(keys)
        new = [key for key in keys if seen.add(key)]
        progress.scanned += len(new)
        if new:
            yield new
        if cursor == b"0":
            return
