"""500 requests for one expensive list within 100 ms, every ten seconds.

For `locust -f loadtests/locustfile.py Stampede`. Drop the entry in between, by
`POST /v1/admin/cache/expire {"entry": "top:day"}`, to see what the service does with a cold one.
"""

# mypy: allow-untyped-calls

import time

import gevent
from locust import User, task

from loadtests.arrivals import burst
from loadtests.mixes.request import TOP_OF_DAY, Request
from loadtests.recorder import Unrecorded
from loadtests.sending.books import Books
from loadtests.sending.connection import wire
from loadtests.sending.shot import Shot
from loadtests.sending.volley import Volley

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
        request = Request("top", "GET", TOP_OF_DAY)
        shot = Shot(request, wire(request, None))
        starts = [(at_s, shot) for at_s in burst(REQUESTS, WITHIN_S)]
        books = Books(Unrecorded(), self.environment)
        volley = Volley([host], starts, books, timeout_s=TIMEOUT_S)
        began = time.perf_counter()
        volley.send(lambda: time.perf_counter() - began)
        gevent.sleep(PAUSE_S)
