"""A request that is to be carried out once, and what was answered to it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """A key of somebody's, and what they want done under it."""

    scope: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered, as it went over the wire."""

    status: int
    body: bytes
    location: str
    etag: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer to a request with this fingerprint."""

    fingerprint: bytes
    answered: Answered
