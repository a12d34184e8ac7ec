"""Stores that somebody else runs: used when they are empty, and never flushed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from redis import Redis
from redis.exceptions import RedisError

from service.queries.databases import is_empty
from service.store_urls import checked_postgres_url, checked_redis_url


@dataclass(frozen=True, slots=True)
class GivenStores:
    """The stores of DATABASE_URL and REDIS_URL."""

    database_url: str
    redis_url: str

    def redis_urls(self, strategies: Sequence[str]) -> dict[str, str]:
        """A numbered database for each strategy, from the one in REDIS_URL on."""
        parts = urlsplit(self.redis_url)
        path = parts.path.strip("/") or "0"
        if not path.isdigit():
            raise ValueError("REDIS_URL must end in a database number")
        return {
            name: urlunsplit(parts._replace(path=f"/{int(path) + place}"))
            for place, name in enumerate(strategies)
        }

    def refuse_unless_empty(self, redis_urls: Mapping[str, str]) -> None:
        """Raise ValueError naming the first store that holds something."""
        if not is_empty(self.database_url):
            raise ValueError(
                "the database of DATABASE_URL is not empty; give one that is, or --yes to use it "
                "all the same: its rows are then replaced"
            )
        for url in redis_urls.values():
            if _keys_in(url):
                raise ValueError(
                    f"{_shown(url)} is not empty; give a REDIS_URL whose database and the "
                    f"{len(redis_urls) - 1} after it are, or --yes to use them all the same"
                )


def given_stores(environment: Mapping[str, str]) -> GivenStores | None:
    """The stores named in the environment, or None. Raises ValueError for one, or a wrong one."""
    database_url = environment.get("DATABASE_URL", "")
    redis_url = environment.get("REDIS_URL", "")
    if bool(database_url) != bool(redis_url):
        missing = "REDIS_URL" if database_url else "DATABASE_URL"
        raise ValueError(f"set {missing} as well, or neither for embedded servers")
    if not database_url:
        return None
    for name, check, url in (
        ("DATABASE_URL", checked_postgres_url, database_url),
        ("REDIS_URL", checked_redis_url, redis_url),
    ):
        try:
            check(url)
        except ValueError as error:
            raise ValueError(f"{name} is wrong: {error}") from None
    return GivenStores(database_url, redis_url)


def _keys_in(url: str) -> int:
    try:
        with Redis.from_url(url) as redis:
            return int(redis.dbsize())
    except RedisError as error:
        raise ValueError(f"{_shown(url)} cannot be used: {error}") from error


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
