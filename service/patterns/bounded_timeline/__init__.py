# SPDX-License-Identifier: MIT
"""Bounded timeline: the newest ids of each reader's feed. Copy the package whole."""

from .bounded_timeline import BoundedTimeline, Page

__all__ = ["BoundedTimeline", "Page"]
