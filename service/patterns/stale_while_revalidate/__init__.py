# SPDX-License-Identifier: MIT
"""Stale-while-revalidate: serve stale, renew once in the background. Copy the package whole."""

from .stale_while_revalidate import StaleWhileRevalidate

__all__ = ["StaleWhileRevalidate"]
