"""Seen: which keys a scan has given already, in 13 to 27 bytes a key.

Closes: a key that is counted twice. SCAN may repeat keys while a table grows or shrinks. A `set`
    would take five times the memory; a Bloom filter would leave keys out.
"""

from array import array

_FILL = 0.6


class Seen:
    """64 bits of each key's hash: two of a million keys share them once in 37 million runs."""

    def __init__(self, expected: int) -> None:
        size = 1024
        while size * _FILL < expected:
            size *= 2
        self._slots = array("Q", bytes(8 * size))
        self._mask = size - 1
        self._most = int(size * _FILL)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, key: bytes) -> bool:
        """Whether a key is new."""
        # Python salts the hash of bytes: nobody can make keys that collide.
        mark = hash(key) & 0xFFFF_FFFF_FFFF_FFFF or 1
        place = mark & self._mask
        slots = self._slots
        while there := slots[place]:
            if there == mark:
                return False
            place = (place + 1) & self._mask
        slots[place] = mark
        self._count += 1
        if self._count > self._most:
            self._grow()
        return True

    def _grow(self) -> None:
        old = self._slots
        size = 2 * len(old)
        new = array("Q", bytes(8 * size))
        mask = size - 1
        for mark in old:
            if mark:
                place = mark & mask
                while new[place]:
                    place = (place + 1) & mask
                new[place] = mark
        self._slots, self._mask, self._most = new, mask, int(size * _FILL)
