"""What a service tells of its caches to whoever watches it."""

import re

from loadtests.http import page
from loadtests.services import Service

_CACHE = re.compile(r'^cache_requests_total\{[^}]*cache="([^"]+)"', re.MULTILINE)


async def metered_caches(service: Service) -> int:
    """How many caches `/metrics` knows hits and misses of; none where nothing is metered."""
    return len(set(_CACHE.findall(await page(f"http://{service.hosts[0]}/metrics"))))
