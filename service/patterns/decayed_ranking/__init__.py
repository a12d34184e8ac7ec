# SPDX-License-Identifier: MIT
"""Decayed ranking: what is trending, by forward decay, with exact undo. Copy the package whole."""

from .decayed_ranking import DecayedRanking, Ranked
from .sums import Event

__all__ = ["DecayedRanking", "Event", "Ranked"]
