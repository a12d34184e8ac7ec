# SPDX-License-Identifier: MIT
"""Fail open: a shared cache that is down or slow costs time once, and never an answer.

Copy the package whole.
"""

from .breaker import Breaker
from .connection import PromptConnection
from .fail_open import FailOpen
from .pool import prompt_pool

__all__ = ["Breaker", "FailOpen", "PromptConnection", "prompt_pool"]
