# SPDX-License-Identifier: MIT
"""Metering: what caches did, counted once each, for Prometheus and StatsD. Copy the package."""

from .exposition import CONTENT_TYPE
from .metering import Metering
from .statsd import StatsD

__all__ = ["CONTENT_TYPE", "Metering", "StatsD"]
