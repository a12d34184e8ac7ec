"""People who look around: the browse mix, open loop, for `locust -f loadtests/locustfile.py`.

Each Locust user stands for `--rate-per-user` arrivals a second, so Locust's number of users sets
the load, and its response times count from the intended start of each request.
"""

# mypy: allow-untyped-calls, allow-untyped-decorators

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from locust import User, events, task
from locust.env import Environment

from loadtests.arrivals import poisson
from loadtests.mixes import MIXES
from loadtests.population import Population
from loadtests.recorder import Unrecorded
from loadtests.sending.books import Books
from loadtests.sending.discovery import discover
from loadtests.sending.shot import Shot, signed
from loadtests.sending.traffic import Traffic

CONNECTIONS = 64


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    """What Locust does not ask for by itself."""
    parser.add_argument("--population", default="", help="file of handles, posts and tokens")
    parser.add_argument("--rate-per-user", type=float, default=20.0, help="arrivals a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mix", default="browse", choices=MIXES, help="what is asked for")


@events.init.add_listener
def browse_unless_told_otherwise(environment: Environment, **_: Any) -> None:
    """Never mix scenarios in one table: those besides Browse run only when they are named."""
    options: Any = environment.parsed_options
    if not options.user_classes and not options.class_picker:
        environment.user_classes = [
            one for one in environment.user_classes if one.__name__ == Browse.__name__
        ] or environment.user_classes


class Browse(User):
    """Reads and writes by `--mix`; only reads, by nobody, when nobody has a token.

    Without `--population` it learns the posts from the lists of the service.
    """

    host = "http://127.0.0.1:8000"

    def on_start(self) -> None:
        """Learn whom and what the traffic is about, and draw this user's own arrivals."""
        options: Any = self.environment.parsed_options
        host = self.environment.host or self.host
        people = Population.load(Path(options.population)) if options.population else discover(host)
        number = self.environment.runner.user_count
        self._mix = MIXES[options.mix](people, options.seed)
        self._people, self._label = people, f"user {number}"
        self._dice = random.Random(f"{options.seed}:{number}")
        self._rate_per_s: float = options.rate_per_user
        self._traffic = Traffic(
            [host.removeprefix("http://").rstrip("/")],
            Books(Unrecorded(), self.environment),
            connections=CONNECTIONS,
            timeout_s=10.0,
            drop_after_s=5.0,
        )

    @task
    def arrive(self) -> None:
        """Endless arrivals, whether or not earlier ones were answered."""
        self._traffic.begin()
        self._traffic.open_loop(self._starts())

    def _starts(self) -> Iterator[tuple[float, Shot]]:
        shots = signed(self._mix.requests(self._label), self._people)
        return zip(poisson(self._rate_per_s, self._dice), shots, strict=False)
