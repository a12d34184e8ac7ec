"""Who is measured: a side, a way of using it, and the environment it needs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """One column; `lock` names its file in `peers/`, "" for our own environment."""

    key: str
    title: str
    module: str
    lock: str = ""
    variant: str = ""
    brief: str = ""  # where a column is narrow
    is_narrow: bool = False  # left out of the terminal's table, and of a short run


CORRAL = Contender("corral", "Corral", "corral")
UNFENCED = Contender("unfenced", "Corral, fence off", "corral", variant="unfenced")
CONTENDERS = (
    CORRAL,
    Contender("cashews", "cashews", "cashews", "cashews"),
    Contender(
        "cashews_default", "cashews, no lock", "cashews", "cashews", "default", is_narrow=True
    ),
    Contender("aiocache", "aiocache", "aiocache", "aiocache"),
    Contender(
        "aiocache_plain", "aiocache, no lock", "aiocache", "aiocache", "plain", is_narrow=True
    ),
    Contender(
        "dogpile_breaker", "dogpile-breaker", "dogpile_breaker", "dogpile_breaker", brief="dogpile"
    ),
    Contender(
        "fastapi_cache2", "fastapi-cache2", "fastapi_cache2", "fastapi_cache2", brief="fastapi"
    ),
    Contender("redis_py", "redis-py", "redis_py"),
)
