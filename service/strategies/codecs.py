"""Values to bytes and back. Bytes from a cache are untrusted: what does not fit is a miss."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Codec(Generic[V]):
    """A pair of functions; `decode` raises ValueError for bytes that are not a `V`."""

    encode: Callable[[V], bytes]
    decode: Callable[[bytes], V]


def json_text(kind: Any) -> Codec[Any]:
    """JSON by the standard library, as most people write it."""

    def encode(value: Any) -> bytes:
        return json.dumps(msgspec.to_builtins(value)).encode()

    def decode(raw: bytes) -> Any:
        return _fitting(lambda: msgspec.convert(json.loads(raw), kind))

    return Codec(encode, decode)


def msgpack_typed(kind: Any) -> Codec[Any]:
    """Msgpack against the type itself: smaller, and checked while it is read."""
    decoder = msgspec.msgpack.Decoder(kind)
    return Codec(
        msgspec.msgpack.Encoder().encode, lambda raw: _fitting(lambda: decoder.decode(raw))
    )


def _fitting(read: Callable[[], V]) -> V:
    try:
        return read()
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
