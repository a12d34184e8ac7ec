"""Roles: what keys are for, where nobody has said so, by a word in their names."""

import re

from .registry import Role

_LOCK = re.compile(r"(?:^|[:/.|_{}-])(?:locks?|mutex|lease)(?:[:/.|_{}-]|$)", re.IGNORECASE)


def role_by_name(shape: str) -> Role | None:
    """`lock:*` holds locks; of most names nothing follows."""
    return "lock" if _LOCK.search(shape) else None
