"""Ledger: every key with its marks, on disk while the audit runs.

Which keys are to go is known when all were seen. Keeping them in memory would take more than the
audit itself; scanning again would find other keys, with other idle times.
"""

import struct
import tempfile
from collections.abc import Iterator
from typing import NamedTuple, Self

_HEAD = struct.Struct("<IHI")  # tally, marks, length of the key


class Entry(NamedTuple):
    """One key; `tally` is the number of the tally that it counted into."""

    tally: int
    marks: int
    key: bytes


class Ledger:
    """Written once, then read; the file has no name and goes with the ledger."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as this

    def add(self, entry: Entry) -> None:
        """Write a key down."""
        self._file.write(_HEAD.pack(entry.tally, entry.marks, len(entry.key)) + entry.key)

    def __iter__(self) -> Iterator[Entry]:
        self._file.seek(0)
        while head := self._file.read(_HEAD.size):
            tally, marks, length = _HEAD.unpack(head)
            yield Entry(tally, marks, self._file.read(length))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
