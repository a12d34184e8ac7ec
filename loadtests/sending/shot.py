"""A request made ready to be sent."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from loadtests.mixes.request import Request
from loadtests.population import Population
from loadtests.sending.connection import wire


@dataclass(frozen=True, slots=True)
class Shot:
    """A request and the bytes that are sent for it."""

    request: Request
    wire: bytes


def signed(requests: Iterable[Request], population: Population) -> Iterator[Shot]:
    """The requests with their bytes, signed by their users."""
    for request in requests:
        token = population.tokens.get(request.user) if request.user else None
        yield Shot(request, wire(request, token))
