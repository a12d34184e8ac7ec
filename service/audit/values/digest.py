"""Digest: what is kept of a sampled value. Never the value: it may be anybody's letter."""

from dataclasses import dataclass, field
from typing import Literal

from .allocator import Allocated
from .encodings import Wrong, weighed, wrong_form
from .envelope import EnvelopeFormat
from .shape import Shape, parsed, shape_of
from .unfolding import unfolded

Form = Literal["JSON", "JSON in an envelope", "zlib", "other", "cut"]


@dataclass(frozen=True, slots=True)
class Digest:
    """One value. `sizes` only for plain JSON: what is packed already has been thought about."""

    form: Form
    shape: Shape | None = None
    wrong: Wrong | None = None
    sizes: dict[str, int] = field(default_factory=dict)


def digest(
    raw: bytes, *, most: int, encoding: str | None, envelope: EnvelopeFormat | None, by: Allocated
) -> Digest:
    """Look into a value as it was read, at most `most` of its bytes."""
    if len(raw) >= most:
        return Digest("cut")
    if encoding == "int":  # the server keeps a number already, whatever it looks like
        return Digest("other")
    opened = envelope.open(raw) if envelope else None
    if opened is not None:
        value = parsed(opened.payload)
        return Digest("JSON in an envelope", shape_of(value[0])) if value else Digest("other")
    value = parsed(raw)
    if value is not None:
        return Digest(
            "JSON", shape_of(value[0]), wrong_form(raw, value[0]), weighed(raw, value[0], by)
        )
    if raw[:1] == b"\x78" and (plain := unfolded(raw)) is not None:
        inside = parsed(plain)
        return Digest("zlib", shape_of(inside[0]) if inside else None)
    return Digest("other")
