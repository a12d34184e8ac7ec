"""Changes as rows of the outbox: a name, and its fields as JSON.

A row may have been written by another version of this program. A field that this one does not know
is ignored; one that it needs and does not find, or a change it has never heard of, is refused: the
row stays for a process that knows it. So a new field has a default, or its change a new name.
"""

from typing import get_args

import msgspec

from service.feed.changes import Change

KINDS: dict[str, type[Change]] = {kind.__name__: kind for kind in get_args(Change)}


class UnknownChange(ValueError):
    """A row that this version cannot read."""


def encode(change: Change) -> tuple[str, str]:
    """Name and payload of a change."""
    return type(change).__name__, msgspec.json.encode(change).decode()


def decode(name: str, payload: str) -> Change:
    """The change of a row. Raises UnknownChange."""
    if name not in KINDS:
        raise UnknownChange(f"there is no change {name!r}: it comes from another version")
    try:
        return msgspec.json.decode(payload, type=KINDS[name])
    except msgspec.MsgspecError as error:
        raise UnknownChange(f"{name} comes from another version: {error}") from error
