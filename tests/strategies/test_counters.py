"""Counts that follow steps, under plans that keep everything for ever."""

from types import SimpleNamespace
from typing import Any

import pytest

from service import keys
from service.strategies.counters import _ends
from service.strategies.tools import Tools


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_their_last_end_is_scaled_as_all_ttls_are(scale: float) -> None:
    """A day of expiry that passes in minutes passes for them, too."""
    tools: Any = SimpleNamespace(ttl_scale=scale)
    tools.scaled = lambda rule: Tools.scaled(tools, rule)
    site: Any = SimpleNamespace(ttl=lambda _: None, tools=tools)
    assert keys.COUNTS.ttl_s / scale == _ends(site)(None)
