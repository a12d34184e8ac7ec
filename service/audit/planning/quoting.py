"""Quoting: a key as `redis-cli` reads it from a line, whatever bytes it has."""

_PLAIN = frozenset(range(0x20, 0x7F)) - frozenset(b'"\\')


def quoted(raw: bytes) -> str:
    """In double quotes, all but plain letters as hex: no key ends its line or its quotes."""
    return '"' + "".join(chr(one) if one in _PLAIN else f"\\x{one:02x}" for one in raw) + '"'
