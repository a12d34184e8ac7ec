"""The one value that every side caches: a small post, as JSON by the standard library."""

import json
from typing import Any, TypeAlias, cast

Value: TypeAlias = dict[str, Any]

POST: Value = {
    "id": 184467,
    "title": "What a cache owes to whoever reads it while somebody else writes",
    "author": {"id": 42, "handle": "ada", "display_name": "Ada Byron", "reputation": 18104},
    "body": "A value that was read before a write and stored after it is wrong for as long as "
    "its TTL, and nobody will ever see in a log that it was.",
    "tags": ["caching", "asyncio", "redis"],
    "votes": 311,
    "comments": 27,
    "created_at": "2026-11-23T08:15:00Z",
    "version": 0,
}
TTL_S = 60


def encode(value: Value) -> bytes:
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":")).encode()


def decode(raw: bytes) -> Value:
    """Back from bytes."""
    return cast("Value", json.loads(raw))
