"""What every process did, on one clock: the monotonic one, which Linux has once per machine."""

import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

# A killed process loses what it had not written yet; so little may be lost.
FLUSH_EVERY = 64


class Operation(NamedTuple):
    """One finished read or write of a key; `version` is what was seen, or what was written.

    An `untold` write is one whose invalidation failed: the cache learns of it from a relay.
    """

    name: str  # "read", "write" or "untold"
    key: int
    version: int
    started_s: float
    ended_s: float
    process: int


class Recorder:
    """Writes the operations of one process to a file as they end."""

    def __init__(self, folder: Path, process: int) -> None:
        self._process = process
        self._file = (folder / f"{process}.history").open("a")
        self.operations = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def record(self, name: str, key: int, version: int, started_s: float) -> None:
        """Note an operation that ends now."""
        self.operations += 1
        ended_s = time.monotonic()
        self._file.write(f"{name} {key} {version} {started_s:.9f} {ended_s:.9f}\n")
        if self.operations % FLUSH_EVERY == 0:
            self._file.flush()


def read_history(folder: Path) -> list[Operation]:
    """The operations of all processes that recorded into a folder."""
    return [operation for path in folder.glob("*.history") for operation in _read(path)]


def _read(path: Path) -> Iterator[Operation]:
    process = int(path.stem)
    for line in path.read_text().splitlines(keepends=True):
        if line.endswith("\n"):  # else its process was killed while it wrote it
            name, key, version, started_s, ended_s = line.split()
            yield Operation(name, int(key), int(version), float(started_s), float(ended_s), process)
