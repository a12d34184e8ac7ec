"""The loads of one process: numbered as they begin, and the last of them kept."""

from collections import deque
from collections.abc import Iterator

from service.observing.trace import Load

# Some 10 MB when it is full. Who reads them notices when some are gone: numbers have no gaps.
LOADS_KEPT = 50_000
# A bare tuple of numbers and strings is soon left alone by the garbage collector; a Load is not.
_Row = tuple[int, str, str, float, float, bool]


class Loads:
    """What began, what is under way, and the last that ended."""

    def __init__(self) -> None:
        self.begun = 0
        self.under_way = 0
        self._ended: deque[_Row] = deque(maxlen=LOADS_KEPT)

    def __iter__(self) -> Iterator[Load]:
        """Those that are kept, in the order of their ends."""
        return (Load(*row) for row in self._ended)

    def begin(self) -> int:
        """One more; its number."""
        self.begun += 1
        self.under_way += 1
        return self.begun

    def end(
        self, number: int, kind: str, key: str, start_s: float, end_s: float, *, ok: bool
    ) -> None:
        """That one is over."""
        self.under_way -= 1
        self._ended.append((number, kind, key, start_s, end_s, ok))

    def since(self, number: int) -> list[Load]:
        """Those that began after the one with that number, and are over, in that order."""
        if number >= self.begun:  # as most ask: no walk over all that is kept
            return []
        return [Load(*row) for row in sorted(row for row in self._ended if row[0] > number)]
