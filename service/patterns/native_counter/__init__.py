# SPDX-License-Identifier: MIT
"""Native counter: a row's counters as one hash, stepped exactly once. Copy the package whole."""

from .hashes import Read
from .native_counter import NativeCounter

__all__ = ["NativeCounter", "Read"]
