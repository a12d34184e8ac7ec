# SPDX-License-Identifier: MIT
"""Lease: one fill per key per fleet, fenced against invalidation. Copy the package whole."""

from .entries import expired
from .envelope import Envelope
from .lease import Lease
from .reads import Reads
from .wake import Wake

__all__ = ["Envelope", "Lease", "Reads", "Wake", "expired"]
