"""What can be learnt over HTTP about a service whose database is out of reach."""

import json

from loadtests.mixes.request import Request
from loadtests.population import Population
from loadtests.sending.connection import BadReplyError, Connection, wire

_LISTS = ("/v1/posts?sort=top&window=all&limit=100", "/v1/trending/posts?limit=100")
TIMEOUT_S = 30.0


def discover(host: str) -> Population:
    """The posts in the public lists, their authors, and no tokens.

    Raises RuntimeError, saying what to do, when the lists are empty or no lists.
    """
    connection = Connection(host.removeprefix("http://").rstrip("/"), TIMEOUT_S)
    votes: dict[int, int] = {}
    authors: dict[str, int] = {}
    try:
        for path in _LISTS:
            reply = connection.exchange(wire(Request("list", "GET", path), None))
            for item in json.loads(reply.body)["items"]:
                votes[int(item["id"])] = int(item["counts"]["upvotes"])
                handle = item["author"]["handle"]
                authors[handle] = authors.get(handle, 0) + 1
    except (OSError, BadReplyError, ValueError, KeyError, TypeError) as error:
        raise RuntimeError(f"{host} does not answer like Corral: {error!r}") from error
    finally:
        connection.close()
    if not votes:
        raise RuntimeError(f"{host} lists no posts: seed its database, or give --population.")
    return Population(list(authors), list(authors.values()), list(votes), list(votes.values()), {})
