"""Who is measured, and in what."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """One row of the table.

    `module` is its file in `sides/`; "" is Corral itself, as it is served. `is_guarded`: a library
    that means to hold a stampede back; the others' takes as long as the database needs for hundreds
    of loads. `is_peer`: it needs the peers' environment. `server`: what it is served by.
    """

    key: str
    title: str
    module: str
    variant: str = ""
    is_peer: bool = True
    is_guarded: bool = True
    only_warm: bool = False
    server: str = "uvicorn"


CONSTANT = Contender("constant", "constant bytes", "constant", is_peer=False, only_warm=True)
LAYERED = Contender("layered", "Corral layered", "layered", is_peer=False)
FAR = Contender(
    "layered_far", "Corral layered, no L1", "layered", "far", is_peer=False, only_warm=True
)
CORRAL = Contender("corral", "Corral, its real endpoint", "", is_peer=False, only_warm=True)
CONTENDERS = (
    CONSTANT,
    LAYERED,
    FAR,
    CORRAL,
    Contender("cashews", "cashews", "cashews"),
    Contender("cashews_lock", "cashews, lock", "cashews", "lock"),
    Contender("cashews_early", "cashews, early", "cashews", "early"),
    Contender("cashews_client", "cashews, client side", "cashews", "client_side"),
    Contender("dogpile_breaker", "dogpile-breaker", "dogpile_breaker"),
    Contender("aiocache", "aiocache, stampede", "aiocache", is_guarded=False),
    Contender("fastapi_cache2", "fastapi-cache2", "fastapi_cache2", is_guarded=False),
    Contender("redis_py", "redis-py by hand", "redis_py", is_peer=False, is_guarded=False),
    Contender("no_cache", "no cache", "no_cache", is_peer=False, only_warm=True),
    # The choice of the server: it is in the peers' environment alone.
    Contender(
        "constant_granian", "constant, granian", "constant", only_warm=True, server="granian"
    ),
    Contender(
        "layered_granian", "Corral layered, granian", "layered", only_warm=True, server="granian"
    ),
)
