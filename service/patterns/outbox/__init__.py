# SPDX-License-Identifier: MIT
"""Outbox: after-commit work that survives a crash. Copy the package whole."""

from .identity import server_identity
from .listen import Listen
from .relay import Relay
from .settling import Settling
from .store import Locked, Row, Store, Taken
from .table import Table

__all__ = [
    "Listen",
    "Locked",
    "Relay",
    "Row",
    "Settling",
    "Store",
    "Table",
    "Taken",
    "server_identity",
]
