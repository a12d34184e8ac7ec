"""500 requests for one expensive list within 100 ms, every ten seconds.

For `locust -f loadtests/locustfile.py Stampede`. Drop the entry in between, by
`POST /v1/admin/cache/expire {"entry": "top:day"}`, to see what the service does with a cold one.
"""

# mypy: allow-untyped-calls

import gevent
from locust import User, task

from loadtests.arrivals import burst
from loadtests.mix import TOP_OF_DAY, Request
from loadtests.recorder import Unrecorded
from loadtests.scenarios.connection import wire
from loadtests.scenarios.traffic import Shot, Traffic

REQUESTS = 500
WITHIN_S = 0.1
PAUSE_S = 10.0
TIMEOUT_S = 60.0


class Stampede(User):
    """One burst after another; one Locust user is enough."""

    host = "http://127.0.0.1:8000"
    fixed_count = 1

    @task
    def trample(self) -> None:
        """Send a burst, wait for every answer, pause."""
        host = (self.environment.host or self.host).removeprefix("http://").rstrip("/")
        traffic = Traffic(
            [host],
            self.environment,
            Unrecorded(),
            connections=REQUESTS,
            timeout_s=TIMEOUT_S,
            drop_after_s=TIMEOUT_S,
        )
        request = Request("top", "GET", TOP_OF_DAY)
        shot = Shot(request, wire(request, None))
        traffic.connect()
        traffic.begin()
        traffic.open_loop((at_s, shot) for at_s in burst(REQUESTS, WITHIN_S))
        traffic.drain()
        traffic.close()
        gevent.sleep(PAUSE_S)
