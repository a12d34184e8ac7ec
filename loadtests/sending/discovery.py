"""What can be learnt over HTTP about a service whose database is out of reach."""

import json

from loadtests.discovery import LISTS, population_of
from loadtests.mixes.request import Request
from loadtests.population import Population
from loadtests.sending.connection import BadReplyError, Connection, wire

TIMEOUT_S = 30.0


def discover(host: str) -> Population:
    """The posts in the public lists, their authors, and no tokens.

    Raises RuntimeError, saying what to do, when the lists are empty or no lists.
    """
    connection = Connection(host.removeprefix("http://").rstrip("/"), TIMEOUT_S)
    try:
        asked = (wire(Request("list", "GET", path), None) for path in LISTS)
        found = population_of(json.loads(connection.exchange(one).body) for one in asked)
    except (OSError, BadReplyError, ValueError, KeyError, TypeError) as error:
        raise RuntimeError(f"{host} does not answer like Corral: {error!r}") from error
    finally:
        connection.close()
    if not found.posts:
        raise RuntimeError(f"{host} lists no posts: seed its database, or give --population.")
    return found
