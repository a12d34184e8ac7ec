# SPDX-License-Identifier: MIT
"""Near cache: values kept in the process, dropped by push. Copy the package whole."""

from .near_cache import NearCache
from .push import Push

__all__ = ["NearCache", "Push"]
